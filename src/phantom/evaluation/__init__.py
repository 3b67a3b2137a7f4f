"""Evaluation: what a change is worth, measured by real tools."""
