"""Tasks: order, list, cancel, retry."""
