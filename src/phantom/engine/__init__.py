"""Durable execution: everything that knows DBOS, and nothing of what a task is."""
