"""Totals of tables."""
