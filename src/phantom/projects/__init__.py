"""Projects: three slots, their configuration, and what their tasks add up to."""
