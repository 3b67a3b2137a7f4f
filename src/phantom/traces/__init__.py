"""Traces of tasks for Langfuse: read from the rows of what has ended, sent by OTLP over HTTP."""
