"""What the agents of a task printed, call by call, as JSON lines without secrets."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import BinaryIO

import orjson
from sqlalchemy import select

from phantom.db import models
from phantom.db.database import Database
from phantom.errors import NotFound
from phantom.security.redaction import redacted

OUTPUT_NAMES = ("output.jsonl", "turns.jsonl")
"""Below a call's directory: what a program printed, or what was said to a provider and back."""
_LONGEST_LINE = 1_000_000
_LINES_AT_ONCE = 200


class Transcripts:
    """Reads the files that calls leave in `journals`; they go when the task's workspace goes."""

    def __init__(self, database: Database, journals: Path) -> None:
        self._database = database
        self._journals = journals

    async def find(self, task_id: str, attempt: int) -> Sequence[models.AgentCall]:
        """The calls of one run, oldest first. Raises NotFound where it has made none."""
        async with self._database.read() as session:
            calls = await session.scalars(
                select(models.AgentCall)
                .where(models.AgentCall.task_id == task_id, models.AgentCall.attempt == attempt)
                .order_by(models.AgentCall.started_at, models.AgentCall.call_id)
            )
            found = list(calls)
        if not found:
            raise NotFound(f"Run {attempt} of this task has no transcript: it has called no agent.")
        return found

    async def lines(self, calls: Sequence[models.AgentCall]) -> AsyncIterator[bytes]:
        """Each call's head, then its lines; those that are no JSON object come as `text`."""
        for call in calls:
            path = await asyncio.to_thread(self._path, call)
            yield _head(call, kept=path is not None)
            if path is None:
                continue
            with await asyncio.to_thread(_opened, path) as file:
                while piece := await asyncio.to_thread(_read, file):
                    yield piece

    def _path(self, call: models.AgentCall) -> Path | None:
        directory = self._journals / call.call_id
        paths = [directory / name for name in OUTPUT_NAMES]
        return next((path for path in paths if path.is_file() and not path.is_symlink()), None)


def _opened(path: Path) -> BinaryIO:
    # Not through a link: where there is no sandbox, an agent could have put one there.
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _head(call: models.AgentCall, *, kept: bool) -> bytes:
    head = {
        "type": "call",
        "call_id": call.call_id,
        "agent": call.agent,
        "agent_type": call.agent_type,
        "iteration": call.iteration,
        "state": call.state,
        "started_at": call.started_at,
        "kept": kept,
    }
    return orjson.dumps(head) + b"\n"


def _read(file: BinaryIO) -> bytes:
    """The next lines; empty at the end of what has been printed so far."""
    lines = []
    for _ in range(_LINES_AT_ONCE):
        line = file.readline(_LONGEST_LINE)
        if not line:
            break
        if line.strip():
            lines.append(_clean(line))
    return b"".join(lines)


def _clean(line: bytes) -> bytes:
    text = redacted(line.decode(errors="replace").strip())
    try:
        whole = isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        whole = False
    return (text.encode() if whole else orjson.dumps({"type": "text", "text": text})) + b"\n"
