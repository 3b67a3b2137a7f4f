"""Caps for tests of money, in micro-dollars."""

from datetime import timedelta

from phantom.clock import utc_now
from phantom.ledger.caps import Cap, Scope


def task_cap(limit: int) -> Cap:
    """Of one task."""
    return Cap(Scope.TASK, limit, "the task's cost ceiling")


def project_cap(limit: int) -> Cap:
    """Of a project, over all time."""
    return Cap(Scope.PROJECT, limit, "the project's total budget")


def day_cap(limit: int) -> Cap:
    """Of the server; from yesterday on, so that midnight changes nothing during a test."""
    today = utc_now()
    since = today.date() - timedelta(days=1)
    return Cap(Scope.SERVER, limit, "the server's daily cap", since, today + timedelta(days=1))
