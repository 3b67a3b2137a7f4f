"""Agents: one port, and the adapters behind it."""
