"""Finding the config files below a root, within bounds. Blocking."""

import contextlib
import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from phantom.errors import InvalidInput
from phantom.files.allowed import ALLOWED, ConfigPath, name_fits
from phantom.security.jail import MAX_PARTS, check_name, subdirectory
from phantom.vocabulary import FileType


class Exhausted(Exception):
    """A bound was reached; what was found until then is the answer."""


@dataclass(slots=True)
class Budget:
    """What one listing may take.

    Attributes:
        files: how many files it may still return.
        data: bytes of content it may still return.
        names: directory entries it may still look at.
        seconds: how long it may take in all.
    """

    files: int = 500
    data: int = 4_000_000
    names: int = 20_000
    seconds: float = 2.0
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = time.monotonic() + self.seconds

    def look(self) -> None:
        """Count one directory entry. Raises Exhausted."""
        self.names -= 1
        if self.names < 0 or time.monotonic() > self._ends:
            raise Exhausted

    def take(self, size: int) -> None:
        """Count one file of `size` bytes. Raises Exhausted."""
        self.files -= 1
        self.data -= size
        if self.files < 0 or self.data < 0:
            raise Exhausted


@dataclass(frozen=True, slots=True)
class Match:
    """A name that the table has; `parent` is its open directory, until the next is asked for."""

    path: ConfigPath
    parent: int


def matches(root: int, file_type: FileType | None, budget: Budget) -> Iterator[Match]:
    """Every name below an open root that the table has, by the table's order, then by name.

    Directories that are links or cannot be opened are passed over. Raises Exhausted.
    """
    for each in ALLOWED:
        if file_type in {None, each.file_type}:
            for parts, parent in _walk(root, each.parts, (), budget):
                yield Match(ConfigPath(parts, each.file_type), parent)


def _walk(
    directory: int, pattern: Sequence[str], above: tuple[str, ...], budget: Budget
) -> Iterator[tuple[tuple[str, ...], int]]:
    first, rest = pattern[0], pattern[1:]
    if len(above) >= MAX_PARTS:
        return
    if first == "**":
        yield from _walk(directory, rest, above, budget)
        for name in _names(directory, budget):
            if not name.startswith("."):
                yield from _below(directory, name, pattern, above, budget)
    elif rest:
        yield from _below(directory, first, rest, above, budget)
    else:
        for name in _names(directory, budget) if "*" in first else [first]:
            if name_fits(name, first) and _is_there(directory, name):
                yield (*above, name), directory


def _below(
    directory: int, name: str, pattern: Sequence[str], above: tuple[str, ...], budget: Budget
) -> Iterator[tuple[tuple[str, ...], int]]:
    budget.look()
    try:
        inner = subdirectory(directory, name)
    except OSError:
        return  # not there, no directory, a link, or not for us to read
    try:
        yield from _walk(inner, pattern, (*above, name), budget)
    finally:
        os.close(inner)


def _names(directory: int, budget: Budget) -> list[str]:
    """The plain names in a directory, in order."""
    names = []
    with os.scandir(directory) as entries:
        for entry in entries:
            budget.look()
            with contextlib.suppress(InvalidInput):
                check_name(entry.name)
                names.append(entry.name)
    return sorted(names)


def _is_there(directory: int, name: str) -> bool:
    """True for anything but a directory; what is no file is told as skipped."""
    try:
        mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
    except OSError:
        return False
    return not stat.S_ISDIR(mode)
