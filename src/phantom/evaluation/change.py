"""The change under evaluation: which files differ from the base commit, and in which lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from phantom.git import git

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_WORK_FILES = ("setup.py", "noxfile.py", "conf.py")
_WORK_DIRECTORIES = {"doc", "docs", "bench", "benchmark", "benchmarks", "example", "examples"}
_TEST_DIRECTORIES = {"test", "tests", "__tests__"}
_JAVASCRIPT = re.compile(r"\.[cm]?[jt]sx?$")
_JAVASCRIPT_TEST = re.compile(r"(^test|[._-](test|spec))\.[cm]?[jt]sx?$")
_REGULAR = "100"  # mode 100644 or 100755; a link is 120000, a submodule 160000


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file that differs between the base commit and HEAD.

    Attributes:
        path: at HEAD, relative to the workspace; where the file was deleted, its path at base.
        base_path: at base; differs from `path` only for a renamed file.
        base_blob: hash of the content at base, or None where no regular file was there.
        head_blob: hash of the content at HEAD, or None where no regular file is there now.
        link: True where it is a symbolic link at HEAD.
        added: the text of each line that is new or rewritten, by its number at HEAD.
        removed: the text of the lines that are gone, in order.
    """

    path: str
    base_path: str
    base_blob: str | None
    head_blob: str | None
    link: bool = False
    added: dict[int, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)

    @property
    def is_python(self) -> bool:
        """True for a Python source file."""
        return self.path.endswith((".py", ".pyi"))

    @property
    def is_javascript(self) -> bool:
        """True for a source file of JavaScript or TypeScript."""
        return bool(_JAVASCRIPT.search(self.path)) and not self.path.endswith(".d.ts")

    @property
    def is_test(self) -> bool:
        """True for a source file that holds tests or supports them."""
        return is_test_path(self.path) or is_test_path(self.base_path)

    @property
    def is_product(self) -> bool:
        """True for what the tests are there to run: no test, and nothing that only serves work."""
        *directories, name = self.path.split("/")
        return not (self.is_test or name in _WORK_FILES or _WORK_DIRECTORIES & set(directories))


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that differs between the base commit and HEAD of a workspace."""

    files: tuple[ChangedFile, ...]

    @property
    def at_head(self) -> tuple[ChangedFile, ...]:
        """The changed files that exist as regular files at HEAD."""
        return tuple(file for file in self.files if file.head_blob)

    @property
    def blob_ids(self) -> list[str]:
        """The hashes of all contents before and after, without repetition."""
        pairs = ((file.base_blob, file.head_blob) for file in self.files)
        return list(dict.fromkeys(blob for pair in pairs for blob in pair if blob))


def is_test_path(path: str) -> bool:
    """True where a source file's name or directory says that it belongs to the tests.

    By the habits of its language: of a file that is no source, no name says so. Tests that stand
    beside what they test in one file, as in Rust, are not told by a path.
    """
    *directories, name = path.split("/")
    in_tests = not _TEST_DIRECTORIES.isdisjoint(directories)
    if name.endswith(".py"):
        return (
            name.startswith("test")
            or name.endswith("_test.py")
            or name == "conftest.py"
            or in_tests
        )
    if _JAVASCRIPT.search(name):
        return in_tests or bool(_JAVASCRIPT_TEST.search(name))
    return name.endswith("_test.go") or (name.endswith(".rs") and in_tests)


async def read_change(workspace: Path, base_commit: str, *, own: Path | None = None) -> Change:
    """What HEAD changes against `base_commit`; raises GitFailed where that is no commit here.

    `own` is the git directory to ask, where it is not the one in the workspace.
    """
    out = await git(
        workspace,
        *("diff", "--raw", "--patch", "-z", "-U0", "-M", "--no-abbrev"),
        *("--no-ext-diff", "--no-textconv", "--no-color", base_commit, "HEAD", "--"),
        own=own,
    )
    raw, _, patch = out.partition("\0\0")
    return Change(files=tuple(_read_files(raw, patch)))


def _read_files(raw: str, patch: str) -> Iterator[ChangedFile]:
    """The files in the order of git's summary, which is also the order of the patch."""
    fields = iter(raw.rstrip("\0").split("\0")) if raw else iter(())
    lines = _Lines(patch)
    for summary in fields:
        base_mode, head_mode, base_blob, head_blob, status = summary.lstrip(":").split(" ")
        base_path = next(fields)
        file = ChangedFile(
            path=next(fields) if status[0] in "RC" else base_path,
            base_path=base_path,
            base_blob=base_blob if base_mode.startswith(_REGULAR) else None,
            head_blob=head_blob if head_mode.startswith(_REGULAR) else None,
            link=head_mode == "120000",
        )
        # A changed type (file to link) is told as a deletion and an addition.
        for _ in range(2 if status == "T" else 1):
            lines.read_section(file)
        yield file


class _Lines:
    """Reads a patch section by section.

    Hunks are read by the counts in their header, so that no content can pass for a header.
    """

    def __init__(self, patch: str) -> None:
        self._lines = iter(patch.split("\n"))
        self._line = next(self._lines, None)

    def read_section(self, file: ChangedFile) -> None:
        """Add the next file's lines to `file`."""
        self._advance()  # "diff --git ..."
        while self._line is not None and not self._line.startswith("diff --git "):
            if hunk := _HUNK.match(self._line):
                self._read_hunk(file, *hunk.groups())
            else:
                self._advance()

    def _read_hunk(self, file: ChangedFile, old: str | None, start: str, new: str | None) -> None:
        self._advance()
        for _ in range(int(old or "1")):
            file.removed.append(self._content())
        for number in range(int(start), int(start) + int(new or "1")):
            file.added[number] = self._content()
        self._skip_note()

    def _content(self) -> str:
        self._skip_note()
        text = (self._line or "")[1:]
        self._advance()
        return text

    def _skip_note(self) -> None:
        while self._line is not None and self._line.startswith("\\"):
            self._advance()  # "\ No newline at end of file"

    def _advance(self) -> None:
        self._line = next(self._lines, None)
