"""Caps: how much may be spent, by what and until when."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from phantom.clock import iso
from phantom.db.models import MICROS

MAX_DOLLARS = 1_000_000.0
"""US dollars; more than anybody means, and finite."""
Dollars = Annotated[float, Field(ge=0, le=MAX_DOLLARS, allow_inf_nan=False)]


class Budget(BaseModel):
    """What a project may spend, in US dollars; null is no cap. Days and months are UTC."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)

    per_task: Dollars | None = None
    per_day: Dollars | None = None
    per_month: Dollars | None = None
    total: Dollars | None = None


@dataclass(frozen=True, slots=True)
class ServerCaps:
    """What the whole server may spend, in US dollars; None is no cap."""

    daily: float | None = None
    monthly: float | None = None


class Scope(StrEnum):
    """Whose spending a cap adds up, widest first: the order in which they are locked."""

    SERVER = "server"
    PROJECT = "project"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Cap:
    """One cap.

    Attributes:
        limit: micro-dollars.
        since: first day that counts, or None for all of them.
        frees: when it counts from 0 again, or None where only raising it helps.
        name: what the user calls it.
    """

    scope: Scope
    limit: int
    name: str
    since: date | None = None
    frees: datetime | None = None

    def refusal(self, least: int, settled: int, reserved: int) -> str:
        """Why a call that takes at least `least` micro-dollars is not made, and what helps."""
        left = max(0, self.limit - settled - reserved)
        held = f" and {_dollars(reserved)} set aside for calls under way" if reserved else ""
        help_ = "Raise it to go on."
        if self.frees is not None:
            help_ = f"It frees at {iso(self.frees)}; raise it to go on sooner."
        return (
            f"The next call takes at least {_dollars(least)}, but of {self.name} of "
            f"${self.limit / MICROS:.2f} only {_dollars(left)} is left: {_dollars(settled)} is "
            f"spent{held}. {help_}"
        )


def caps_of(budget: Budget, server: ServerCaps, ceiling: float, now: datetime) -> tuple[Cap, ...]:
    """All caps on a call of a task with this cost ceiling (US dollars), widest first."""
    today = now.astimezone(UTC).date()
    first = today.replace(day=1)
    tomorrow, next_month = today + timedelta(days=1), (first + timedelta(days=32)).replace(day=1)
    task = min(ceiling, ceiling if budget.per_task is None else budget.per_task)
    periods = (
        (Scope.SERVER, server.monthly, "the server's monthly cap", first, next_month),
        (Scope.SERVER, server.daily, "the server's daily cap", today, tomorrow),
        (Scope.PROJECT, budget.total, "the project's total budget", None, None),
        (Scope.PROJECT, budget.per_month, "the project's monthly budget", first, next_month),
        (Scope.PROJECT, budget.per_day, "the project's daily budget", today, tomorrow),
        (Scope.TASK, task, "the task's cost ceiling", None, None),
    )
    return tuple(
        Cap(scope, round(limit * MICROS), name, since, None if frees is None else _midnight(frees))
        for scope, limit, name, since, frees in periods
        if limit is not None
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _dollars(micros: int) -> str:
    return f"${micros / MICROS:.4f}"
