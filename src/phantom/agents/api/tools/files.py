"""The workspace as a model may see and change it: below its root, no links, bounded.

Paths come from a model, which reads text of strangers: hostile input. Every one is walked by
`phantom.security.jail`, descriptor by descriptor, without following links. All methods block.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from phantom.agents.port import AgentRequest
from phantom.errors import Conflict, InvalidInput, NotFound
from phantom.security import jail
from phantom.security.sandbox import CODE_AS_CONFIGURATION

MAX_FILE_BYTES = 2_000_000
"""Larger files are neither read nor edited."""
MAX_TEXT = 60_000
"""Characters of one result."""
MAX_LINES = 800
MAX_LINE = 2_000
MAX_LISTED = 500
MAX_FOUND = 100
MAX_SEARCHED = 20_000
"""Files that one search opens."""
_MAX_DEPTH = 40
_UNSEEN = frozenset({".git", ".venv", "node_modules", "__pycache__", ".pytest_cache"})
"""Directories that are neither listed nor searched; all but `.git` may be read by their path."""


class Workspace:
    """The files below one directory; what is named in `kept` at its root can only be read."""

    def __init__(self, root: Path, kept: Sequence[str] = ()) -> None:
        self._root = root
        self._kept = frozenset(kept)

    @classmethod
    def of(cls, request: AgentRequest) -> "Workspace":
        """That of a call: configuration that is code is kept, unless the project is trusted."""
        return cls(request.workspace, () if request.trusted else CODE_AS_CONFIGURATION)

    def listing(self, path: str = ".") -> str:
        """The files below a directory, one path a line."""
        names: list[str] = []
        for name in self._below(_directory(path)):
            if len(names) == MAX_LISTED:
                names.append(f"[more than {MAX_LISTED} files; list a directory below]")
                break
            names.append(name)
        return "\n".join(names) or "[no files]"

    def search(self, text: str, path: str = ".") -> str:
        """The lines that hold `text`, as `path:line: content`."""
        if not text.strip():
            raise InvalidInput("There must be a text to search for.")
        found: list[str] = []
        below = self._below(_directory(path))
        for number, name in enumerate(below):
            if number == MAX_SEARCHED or len(found) >= MAX_FOUND:
                found.append("[there may be more; search a directory below, or for a longer text]")
                break
            found.extend(self._hits(name, text, MAX_FOUND - len(found)))
        return _bounded("\n".join(found)) or f"[{text[:100]!r} stands in no file]"

    def read(self, path: str, first: int = 1, count: int = MAX_LINES) -> str:
        """Lines of a text file, each behind its number."""
        lines = self._text(parts_of(path)).splitlines()
        start = max(1, first) - 1
        end = min(len(lines), start + max(1, min(count, MAX_LINES)))
        shown = [f"{n + 1}\t{_clipped(lines[n])}" for n in range(start, end)]
        if end < len(lines):
            shown.append(f"[{len(lines)} lines in all; read on from {end + 1}]")
        return _bounded("\n".join(shown)) or f"[empty: the file has {len(lines)} lines]"

    def edit(self, path: str, old: str, new: str) -> str:
        """Put `new` where `old` stands, which must be exactly once; returns its new digest."""
        parts = self._writable(path)
        text = self._text(parts)
        count = text.count(old) if old else 0
        if count != 1:
            raise InvalidInput(_why_not(path, count, old, already=bool(new) and new in text))
        data = _encoded(text.replace(old, new))
        with jail.directory(self._root, parts[:-1]) as parent:
            mode = jail.read(parent, parts[-1], MAX_FILE_BYTES).mode
            jail.replace(parent, parts[-1], data, mode)
        return hashlib.sha256(data).hexdigest()

    def create(self, path: str, content: str) -> str:
        """Write a file that is not there yet; returns its digest."""
        parts, data = self._writable(path), _encoded(content)
        with jail.directory(self._root, parts[:-1], create=True) as parent:
            try:
                jail.create(parent, parts[-1], data)
            except FileExistsError:
                # Written by this very call before its server died.
                if self._content(parts) != data:
                    raise Conflict(
                        f"There is a {path} already; change it with edit_file."
                    ) from None
        return hashlib.sha256(data).hexdigest()

    def text(self, path: str) -> str:
        """A file's whole text. Raises NotFound and InvalidInput."""
        return self._text(parts_of(path))

    def put(self, path: str, data: bytes) -> None:
        """Write a file, new or in the place of another, whose mode it keeps."""
        parts = self._writable(path)
        if len(data) > MAX_FILE_BYTES:
            raise InvalidInput(f"A file may have {MAX_FILE_BYTES:,} bytes at most.")
        with jail.directory(self._root, parts[:-1], create=True) as parent:
            try:
                jail.create(parent, parts[-1], data)
            except FileExistsError:
                mode = jail.read(parent, parts[-1], MAX_FILE_BYTES).mode
                jail.replace(parent, parts[-1], data, mode)

    def remove(self, path: str) -> None:
        """Take a file away. Raises NotFound and InvalidInput."""
        parts = self._writable(path)
        with jail.directory(self._root, parts[:-1]) as parent:
            jail.read(parent, parts[-1], MAX_FILE_BYTES)  # an ordinary file, and nothing else
            jail.remove(parent, parts[-1])

    def digest(self, path: str) -> str | None:
        """SHA-256 of a file's content in hex, or None where it is not there or not to be read."""
        try:
            return hashlib.sha256(self._content(parts_of(path))).hexdigest()
        except (InvalidInput, NotFound):
            return None

    def check(self, path: str) -> None:
        """Raise InvalidInput unless a file may be written there."""
        self._writable(path)

    def _writable(self, path: str) -> tuple[str, ...]:
        parts = parts_of(path)
        if parts[0].lower() in self._kept:
            raise InvalidInput(
                f"{parts[0]} configures agents and editors, and the project is not trusted: leave "
                "it as it is."
            )
        return parts

    def _content(self, parts: tuple[str, ...]) -> bytes:
        with jail.directory(self._root, parts[:-1]) as parent:
            return jail.read(parent, parts[-1], MAX_FILE_BYTES).data

    def _text(self, parts: tuple[str, ...]) -> str:
        try:
            return self._content(parts).decode()
        except UnicodeDecodeError:
            raise InvalidInput(f"{'/'.join(parts)} is not a text file in UTF-8.") from None

    def _hits(self, name: str, text: str, room: int) -> list[str]:
        try:
            whole = self._text(tuple(name.split("/")))
        except (InvalidInput, NotFound):
            return []  # binary, too large, or gone meanwhile
        if text not in whole:
            return []
        lines = enumerate(whole.splitlines(), 1)
        hits = [f"{name}:{number}: {_clipped(line)}" for number, line in lines if text in line]
        return hits[:room]

    def _below(self, parts: tuple[str, ...]) -> Iterator[str]:
        with jail.directory(self._root, parts) as top:
            yield from _walk(top, "/".join(parts), len(parts))


def _walk(directory: int, prefix: str, depth: int) -> Iterator[str]:
    """Paths of the regular files below an open directory, by name; links are left out."""
    with os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        path = f"{prefix}/{name}" if prefix else name
        try:
            mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
            if stat.S_ISREG(mode):
                yield path
            elif stat.S_ISDIR(mode) and name not in _UNSEEN and depth < _MAX_DEPTH:
                inner = jail.subdirectory(directory, name)
                try:
                    yield from _walk(inner, path, depth + 1)
                finally:
                    os.close(inner)
        except OSError:  # gone meanwhile, or swapped for a link
            continue


def _directory(path: str) -> tuple[str, ...]:
    return () if path in {"", ".", "./"} else parts_of(path)


def parts_of(path: str) -> tuple[str, ...]:
    """The names in a path that a model gave. Raises InvalidInput with what to give instead."""
    if path.startswith(("/", "~")):
        raise InvalidInput(
            "Give the path relative to the working directory, without / or ~ in front."
        )
    parts = tuple(path.removeprefix("./").rstrip("/").split("/"))
    if len(path.encode(errors="replace")) > jail.MAX_PATH_BYTES or len(parts) > _MAX_DEPTH:
        raise InvalidInput("The path is too long.")
    for part in parts:
        jail.check_name(part)
    if any(part.lower() == ".git" for part in parts):
        raise InvalidInput("What lies in .git is not for you: your changes are recorded for you.")
    return parts


def _encoded(text: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("The text holds half a character, which no file can.") from None
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInput(f"A file may have {MAX_FILE_BYTES:,} bytes at most.")
    return data


def _why_not(path: str, count: int, old: str, *, already: bool) -> str:
    if not old:
        return "`old` must be the text that is to be replaced."
    if count > 1:
        return f"`old` stands {count} times in {path}; take in enough lines around it to be unique."
    done = " It holds `new` already, so this edit may be done." if already else ""
    return f"`old` does not stand in {path}, letter by letter; read the file again.{done}"


def _clipped(line: str) -> str:
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} [{len(line):,} characters]"


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}\n[cut off here; ask for less]"
