"""What a repository holds: its files, and the languages that its evaluators speak.

A language counts where the base commit has it or HEAD does. Who removes the last Python file does
not thereby get rid of the evaluators of Python.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from phantom.git import git


class Language(StrEnum):
    """A language with evaluators of its own."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"
    """TypeScript too: both have the same manifest and the same runners."""
    GO = "go"
    RUST = "rust"


_MANIFESTS = {
    "package.json": Language.JAVASCRIPT,
    "go.mod": Language.GO,
    "Cargo.toml": Language.RUST,
}
_FOREIGN = {"node_modules", "vendor", "third_party", "testdata"}
"""Directories with what others wrote, or with material for tests: no project of this repository."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The tracked files of both sides of a change.

    Attributes:
        base_tree: hash of the base commit's tree.
        blobs: hash of the content at the base commit by path.
        paths: what is tracked at HEAD.
        languages: what the files of either side tell: a manifest, for Python any source file.
    """

    base_tree: str
    blobs: dict[str, str]
    paths: frozenset[str]
    languages: frozenset[Language]

    @classmethod
    def of(cls, blobs: dict[str, str], paths: Iterable[str], base_tree: str = "") -> "Repository":
        """The repository with these files."""
        tracked = frozenset(paths)
        found = {_language(path) for path in tracked.union(blobs)}
        return cls(base_tree, blobs, tracked, frozenset(language for language in found if language))

    def roots(self, manifest: str) -> tuple[str, ...]:
        """The directories at HEAD that hold a file of this name, `""` for the top, sorted.

        Those below a directory of foreign code are left out, and those inside another root: a
        workspace of packages is tested from its top.
        """
        found = sorted(
            PurePosixPath(path).parent
            for path in self.paths
            if path.rpartition("/")[2] == manifest and not _is_foreign(path)
        )
        outermost = [root for root in found if not set(root.parents) & set(found)]
        return tuple("" if root == PurePosixPath() else str(root) for root in outermost)


NOTHING = Repository.of({}, ())
"""A repository without a file."""


async def read_repository(workspace: Path, base_commit: str, *, own: Path | None) -> Repository:
    """The files of `base_commit` and of HEAD; raises GitFailed where that is no commit here.

    `own` is the git directory to ask, where it is not the one in the workspace.
    """
    asked = (f"{base_commit}^{{tree}}", "HEAD^{tree}")
    tree, head = (await git(workspace, "rev-parse", *asked, own=own)).split()
    listed = await asyncio.gather(
        *(
            git(workspace, "ls-tree", "-r", "-z", each, own=own)
            for each in dict.fromkeys((tree, head))
        )
    )
    return await asyncio.to_thread(_repository, tree, listed[0], listed[-1])


def _repository(tree: str, listed: str, tracked: str) -> Repository:
    at_head = (entry.partition("\t")[2] for entry in tracked.split("\0"))
    return Repository.of(dict(_blobs(listed.split("\0"))), filter(None, at_head), tree)


def _blobs(entries: Iterable[str]) -> Iterable[tuple[str, str]]:
    for entry in filter(None, entries):
        description, _, path = entry.partition("\t")
        _mode, kind, blob = description.split(" ")
        if kind == "blob":
            yield path, blob


def _language(path: str) -> Language | None:
    name = path.rpartition("/")[2]
    language = Language.PYTHON if name.endswith(".py") else _MANIFESTS.get(name)
    return None if language and _is_foreign(path) else language


def _is_foreign(path: str) -> bool:
    return not _FOREIGN.isdisjoint(path.split("/")[:-1])
