"""What an agent does, told while it does it: as much as a person can follow, each thing once."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from phantom.agents.port import (
    Activity,
    AgentEvent,
    AgentRequest,
    FileEdit,
    TextDelta,
    ToolUse,
    UsageReport,
)
from phantom.db import models
from phantom.events.store import EventStore
from phantom.events.types import AgentActivity
from phantom.ledger import ledger
from phantom.orchestration.run import Run

TELL_SECONDS = 0.25
"""How often events of one call are written, at most."""
LONGEST_LINE = 2_000
"""Characters of a message; the transcript has the rest."""
LINES_AT_ONCE = 20
LINES_IN_ALL = 3_000
"""Of one call. A raving agent fills neither the database nor anybody's screen."""

_Line = tuple[str, dict[str, str | int | float | bool | None]]


class Narrator:
    """Turns an agent's events into events of the task, in batches, each exactly once.

    `seen` is how many of the call's events a server before this one has told.
    """

    def __init__(
        self, store: EventStore, run: Run, request: AgentRequest, agent: str, seen: int
    ) -> None:
        self._store = store
        self._run = run
        self._request = request
        self._agent = agent
        self._seen = seen
        self._count = 0
        self._lines_told = 0
        self._batch: list[AgentEvent] = []
        self._told_at = 0.0

    async def take(self, event: AgentEvent) -> None:
        """Queue one event; those told before a restart are passed over."""
        self._count += 1
        if self._count <= self._seen:
            return
        _append(self._batch, event)
        now = asyncio.get_running_loop().time()
        if now - self._told_at >= TELL_SECONDS:
            await self.flush()
            self._told_at = now

    async def flush(self) -> None:
        """Tell what is queued, together with the count that keeps it from being told again."""
        if not self._batch:
            return
        async with self._store.transaction() as transaction:
            await self._run.claim.hold(transaction.session)
            call = await transaction.session.get_one(models.AgentCall, self._request.call_id)
            call.events_seen = self._count
            await self._keep_usage(transaction.session, call)
            for message, detail in self._lines():
                transaction.emit(
                    AgentActivity(
                        task_id=self._run.task_id,
                        iteration=self._request.iteration,
                        agent=self._agent,
                        message=message[:LONGEST_LINE],
                        detail=detail | self._which(),
                    ),
                    task_id=self._run.task_id,
                    project_id=self._run.project_id,
                )
        self._batch = []

    def _which(self) -> dict[str, str | int | float | bool | None]:
        """Which of several candidates tells this."""
        candidate = self._request.candidate
        return {"candidate": candidate} if candidate else {}

    async def _keep_usage(self, session: AsyncSession, call: models.AgentCall) -> None:
        """Keep what the agent has used so far: that is paid, should it not come to its end."""
        told = [event for event in self._batch if isinstance(event, UsageReport)]
        if not told:
            return
        call.used = told[-1].model_dump(mode="json")
        if (micros := ledger.micros(told[-1].cost)) is not None:
            await ledger.grow(session, call.call_id, micros)

    def _lines(self) -> list[_Line]:
        """The batch as lines, the newest where it has too many."""
        told = [line for event in self._batch if (line := _line(event)) is not None]
        room = min(LINES_AT_ONCE, LINES_IN_ALL - self._lines_told)
        self._lines_told += min(len(told), max(room, 0))
        if len(told) <= room:
            return told
        left_out = len(told) - max(room, 0)
        if room <= 0:
            return []
        return [(f"({left_out} more, in the transcript)", {"kind": "gap"}), *told[left_out:]]


def _append(batch: list[AgentEvent], event: AgentEvent) -> None:
    """Pieces of one text become one; of running totals only the last says anything."""
    last = batch[-1] if batch else None
    match last, event:
        case TextDelta(text=before), TextDelta(text=text):
            batch[-1] = TextDelta(text=(before + text)[: LONGEST_LINE + 1])
        case UsageReport(), UsageReport():
            batch[-1] = event
        case _:
            batch.append(event)


def _line(event: AgentEvent) -> _Line | None:
    match event:
        case Activity(message=message, detail=detail):
            return message, detail
        case TextDelta(text=text):
            return (text, {"kind": "text"}) if text.strip() else None
        case ToolUse(tool=tool, summary=summary):
            return f"{tool}: {summary}", {"kind": "tool", "tool": tool}
        case FileEdit(path=path):
            return f"edited {path}", {"kind": "edit", "path": path}
        case UsageReport(usage=usage):
            told = f"{usage.total:,} tokens so far, {usage.output:,} of them written"
            return told, {"kind": "usage", **usage.model_dump()}
        case _:
            return None
