"""Watching what a process writes, so that whoever counts facts need not stand in their way.

A watcher sees rows as a transaction writes them, and is told of them once it has been committed:
what was rolled back never happened, and what a restart finds done is not counted again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction
from sqlalchemy.orm.attributes import get_history

Told = Callable[[], None]
"""What is done with a row once it is certain."""
_WATCHERS, _TOLD = "watchers", "told"


class Kind(StrEnum):
    """What a transaction is for."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Transaction:
    """How a transaction went.

    Attributes:
        waited: seconds until it had its connection and, to write, its turn.
        took: seconds from then to its end.
        committed: False where an exception ended it; a read is committed where none did.
    """

    kind: Kind
    waited: float
    took: float
    committed: bool


class Watcher(Protocol):
    """One who is told what this process does with the database; must not raise or block."""

    def written(self, row: object, *, new: bool) -> Told | None:
        """A row is being written: what to do if that is committed, or None."""
        ...

    def ended(self, transaction: Transaction) -> None:
        """A transaction is over."""
        ...


class WatchedSession(Session):
    """A session that shows what it writes to its watchers."""

    def admit(self, watchers: Sequence[Watcher]) -> None:
        """Show everything from now on to `watchers`."""
        self.info[_WATCHERS] = watchers
        self.info[_TOLD] = []

    def tell(self) -> None:
        """It is committed: let the watchers do what they wanted to do then."""
        for told in self.info[_TOLD]:
            told()


def changed(row: object, name: str) -> bool:
    """True where the row's attribute `name` gets another value by what is being written."""
    return bool(get_history(row, name).added)


def added(row: object, name: str) -> list[dict[str, str]]:
    """What is appended to a list on the row by what is being written."""
    history = get_history(row, name)
    before: list[dict[str, str]] = history.deleted[0] if history.deleted else []
    now: list[dict[str, str]] = history.added[0] if history.added else []
    return (now or [])[len(before or []) :]


@event.listens_for(WatchedSession, "after_flush")
def _show(session: Session, _context: UOWTransaction) -> None:
    for watcher in session.info.get(_WATCHERS, ()):
        for rows, new in ((session.new, True), (session.dirty, False)):
            for row in rows:
                if (told := watcher.written(row, new=new)) is not None:
                    session.info[_TOLD].append(told)
