"""The record of one call: what was asked, answered, done and told, each before it is acted on.

A file of lines, one JSON object each, that is only appended to. What cost money (an answer, a
tool's result, the end) is on the disk before anything follows from it; what was told is in the
file, where a power cut may lose its last lines but no killed process can.
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from phantom.agents.port import AgentEvent, Cancelled, Failed, Finished, Terminal
from phantom.errors import Conflict

FILE_NAME = "turns.jsonl"
Json = JsonValue


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(_Entry):
    """An event that the caller has been given."""

    entry: Literal["told"] = "told"
    event: AgentEvent


class Begun(_Entry):
    """How the conversation began: messages of earlier calls, and the first of this one."""

    entry: Literal["begun"] = "begun"
    model: str
    messages: list[Json]


class Asked(_Entry):
    """A request is about to leave; without an answer after it, it may have been paid for."""

    entry: Literal["asked"] = "asked"


class Answered(_Entry):
    """A model's finished response."""

    entry: Literal["answered"] = "answered"
    message: Json


class Lost(_Entry):
    """A request that ended without an answer; `billed` where it may have cost something."""

    entry: Literal["lost"] = "lost"
    billed: bool


class Done(_Entry):
    """A tool's result; `changed` is the file that it changed.

    Which call it belongs to is told by position: models give ids, but not always different ones.
    """

    entry: Literal["done"] = "done"
    turn: int
    """How many answers the call had, this one included."""
    place: int
    """Which of the answer's calls, from 0."""
    text: str
    changed: str | None = None
    digest: str | None = None
    """SHA-256 of the changed file's content, in hex."""


Entry = Annotated[Told | Begun | Asked | Answered | Lost | Done, Field(discriminator="entry")]
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


class Journal:
    """The file of a call, open for more.

    Attributes:
        entries: what it holds, oldest first.
    """

    def __init__(self, entries: list[Entry], descriptor: int) -> None:
        self.entries = entries
        self._descriptor = descriptor
        self._writing = asyncio.Lock()

    @classmethod
    def open(cls, directory: Path) -> "Journal":
        """Open or begin the journal in `directory`; a last line that was cut off is taken away.

        Blocks. Raises Conflict where the file was damaged by others.
        """
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / FILE_NAME
        entries, length = _read(file)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(file, flags, 0o600)
        os.ftruncate(descriptor, length)
        return cls(entries, descriptor)

    @property
    def terminal(self) -> Terminal | None:
        """How the call ended, if it has."""
        last = self.entries[-1] if self.entries else None
        event = last.event if isinstance(last, Told) else None
        return event if isinstance(event, Finished | Failed | Cancelled) else None

    async def write(self, *entries: Entry, durable: bool = True) -> None:
        """Append; `durable` returns only once it is on the disk."""
        data = b"".join(_ENTRY.dump_json(each) + b"\n" for each in entries)
        async with self._writing:
            await asyncio.to_thread(self._append, data, durable)
            self.entries.extend(entries)

    def _append(self, data: bytes, durable: bool) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        if durable:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def entries_of(directory: Path) -> list[Entry]:
    """What a call's journal holds; nothing where there is none. Blocks. Raises Conflict."""
    return _read(directory / FILE_NAME)[0]


def _read(file: Path) -> tuple[list[Entry], int]:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return [], 0
    whole = data[: data.rfind(b"\n") + 1]
    try:
        return [_ENTRY.validate_json(line) for line in whole.splitlines()], len(whole)
    except ValueError as error:
        raise Conflict(f"The journal {file} is damaged; remove the directory it is in.") from error
