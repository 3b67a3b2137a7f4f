"""The version before the last change of each config file, kept in the home directory.

Not beside the file, where an agent would find it and a commit would take it along. Blocking.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from phantom.files.allowed import ConfigPath


class Versions:
    """One earlier version a file; the directory is made when the first is kept."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """One change at a time, over all processes that share the home directory."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def keep(self, root: Path, path: ConfigPath, data: bytes) -> None:
        """Keep `data` as the version to go back to."""
        target = self._place(root, path)
        temporary = target.with_suffix(".tmp")
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)

    def kept(self, root: Path, path: ConfigPath) -> bytes | None:
        """The version to go back to, or None."""
        try:
            return self._place(root, path).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, root: Path, path: ConfigPath) -> bool:
        """True where there is a version to go back to."""
        return self._place(root, path).is_file()

    def _place(self, root: Path, path: ConfigPath) -> Path:
        name = hashlib.sha256(f"{root}\0{path}".encode("utf-8", "surrogateescape")).hexdigest()
        return self._directory / f"{name}.previous"
