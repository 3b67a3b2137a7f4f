"""Findings of the base commit, computed once.

Every iteration of a task, and every task cut from the same files, has the same base: what is
known goes by the hash of the commit's tree.
"""

import contextlib
import os
import re
import tempfile
from collections import OrderedDict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from phantom.evaluation.newness import Sighting

Findings = dict[str, list[Sighting]]
"""By path; a file without findings has an empty list, one not looked at is absent."""

_STORED = TypeAdapter(Findings)
_MAX_TREES = 200
_SAFE_NAME = re.compile(r"[\w.-]+")


class BaseCache:
    """In memory, and below `directory` as one JSON file for each tool and tree.

    Its methods block for a file read or write: call them in a thread.

    Attributes:
        hits: files that a scanner needed and found here.
        misses: files that it had to scan.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._memory: OrderedDict[tuple[str, str], Findings] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def get(self, tool: str, tree: str) -> Findings:
        """What is known of this tree by this tool (name and version); empty where nothing is."""
        key = (tool, tree)
        if key not in self._memory:
            self._remember(key, self._load(key))
        self._memory.move_to_end(key)
        return dict(self._memory[key])

    def count(self, *, hits: int, misses: int) -> None:
        """Note for how many files a look-up spared a scan, and for how many it did not."""
        self.hits += hits
        self.misses += misses

    def add(self, tool: str, tree: str, findings: Findings) -> None:
        """Keep the findings of further files of a tree."""
        known = self.get(tool, tree) | findings
        self._remember((tool, tree), known)
        self._store((tool, tree), known)

    def _remember(self, key: tuple[str, str], findings: Findings) -> None:
        self._memory[key] = findings
        while len(self._memory) > _MAX_TREES:
            self._memory.popitem(last=False)

    def _file(self, key: tuple[str, str]) -> Path | None:
        if self._directory is None or not all(map(_SAFE_NAME.fullmatch, key)):
            return None
        return self._directory / f"{key[0]}-{key[1]}.json"

    def _load(self, key: tuple[str, str]) -> Findings:
        file = self._file(key)
        # A cache that cannot be read is an empty one: the tool then runs again.
        with contextlib.suppress(OSError, ValidationError):
            if file:
                return _STORED.validate_json(file.read_bytes())
        return {}

    def _store(self, key: tuple[str, str], findings: Findings) -> None:
        file = self._file(key)
        if file is None:
            return
        # A full disk must not cost a score.
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(_STORED.dump_json(findings))
            Path(name).replace(file)
            self._evict(file.parent)

    def _evict(self, directory: Path) -> None:
        files = sorted(directory.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for old in files[:-_MAX_TREES]:
            old.unlink(missing_ok=True)
