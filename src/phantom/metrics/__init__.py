"""Figures over many tasks: each is a formula over the sums that were kept as things ended."""
