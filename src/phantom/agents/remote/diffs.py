"""Unified diffs of strangers, applied to text: by content, with line numbers only as a hint."""

import re
from dataclasses import dataclass, field

from phantom.errors import InvalidInput

_FENCE = re.compile(r"^(`{3,})(?:diff|patch)\s*\n(.*?)^\1\s*$", re.DOTALL | re.MULTILINE)
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")
_NOWHERE = "/dev/null"


@dataclass(slots=True)
class Hunk:
    """Lines that stand in the file, and those that shall stand in their place.

    Attributes:
        line: where they are said to stand, from 1.
    """

    line: int
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Patch:
    """What changes in one file; `old` or `new` is None where it is not there before or after."""

    old: str | None
    new: str | None
    hunks: list[Hunk] = field(default_factory=list)

    def applied(self, text: str) -> str:
        """`text` after the change. Raises InvalidInput where a hunk is not found in it."""
        lines = text.splitlines()
        shift = 0
        for hunk in self.hunks:
            at = _place(lines, hunk, shift)
            if at is None:
                raise InvalidInput(
                    f"The diff of {self.old or self.new} does not fit: the lines that it wants to "
                    f"change at {hunk.line} do not stand there."
                )
            lines[at : at + len(hunk.old)] = hunk.new
            shift += len(hunk.new) - len(hunk.old)
        return "".join(f"{line}\n" for line in lines)


def fenced_diffs(text: str) -> str:
    """The diffs in a text: what stands in fences that are marked so, or all of it if it is one."""
    found = [match[2] for match in _FENCE.finditer(text)]
    if found:
        return "".join(found)
    return text if text.startswith(("diff --git ", "--- ")) else ""


def patches_of(diff: str) -> list[Patch]:
    """The changes in a diff, one for each file. Raises InvalidInput where it is none."""
    patches: list[Patch] = []
    before: str | None = None
    lines = diff.rstrip("\n").splitlines()
    for number, line in enumerate(lines):
        inside = patches[-1].hunks[-1] if patches and patches[-1].hunks else None
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("--- ") and following.startswith("+++ "):
            before = _name(line)
        elif line.startswith("+++ ") and number and lines[number - 1].startswith("--- "):
            patches.append(Patch(before, _name(line)))
        elif (head := _HUNK.match(line)) and patches:
            patches[-1].hunks.append(Hunk(int(head[1])))
        elif line.startswith(("rename ", "copy ", "Binary ", "GIT binary")):
            raise InvalidInput("The diff renames files or holds binary ones; neither is taken.")
        elif inside is not None:
            _take(inside, line)
    return patches


def _take(hunk: Hunk, line: str) -> None:
    if line.startswith("-"):
        hunk.old.append(line[1:])
    elif line.startswith("+"):
        hunk.new.append(line[1:])
    elif line.startswith(" ") or not line:
        hunk.old.append(line[1:])
        hunk.new.append(line[1:])


def _name(line: str) -> str | None:
    name = line[4:].split("\t", maxsplit=1)[0].strip()
    if name == _NOWHERE:
        return None
    return name[2:] if name.startswith(("a/", "b/")) else name


def _place(lines: list[str], hunk: Hunk, shift: int) -> int | None:
    """Where a hunk's old lines stand: nearest to where they are said to."""
    length = len(hunk.old)
    said = max(0, hunk.line - 1 + shift) if length else min(hunk.line + shift, len(lines))
    if not length:
        return said
    places = [n for n in range(len(lines) - length + 1) if lines[n : n + length] == hunk.old]
    return min(places, key=lambda n: abs(n - said), default=None)
