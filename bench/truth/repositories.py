"""Thirty repositories with a seeded bug: our own programs, and further bugs in some of them."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.repair.programs import Program, own

_AUTHOR = ("-c", "user.name=Truth", "-c", "user.email=truth@localhost")

_ENDLESS = "graph_paths"
"""The tests of this one do not end; what comes of that is tested elsewhere."""

# program, what stands in the right version, what stands there instead
_FURTHER = (
    ("graph_paths", "distance + 1", "distance"),
    ("inventory", "if count > self.available", "if count >= self.available"),
    ("lru", "> self.size", ">= self.size"),
    ("pagination", "(number - 1) * size", "number * size"),
    ("permissions", "place + 1", "place"),
    ("roman", "total += value", "total = value"),
    ("temperature_log", "9 / 5 + 32", "9 / 5 - 32"),
    ("tree_depth", "return 1 + max", "return max"),
    ("word_count", "(-counts[word], word)", "(counts[word], word)"),
    ("interval_merge", "start <= merged[-1][1]", "start < merged[-1][0]"),
    ("shopping_cart", "(1 - discount_for(total))", "(1 + discount_for(total))"),
)


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository with a bug.

    Attributes:
        label: what names it in a prompt, such as `T07`.
        module: the buggy file, relative to the root.
        buggy: its text.
        right: the text that passes the tests.
        test: the file of its tests, relative to the root.
    """

    label: str
    root: Path
    module: Path
    buggy: str
    right: str
    test: Path

    @property
    def prompt(self) -> str:
        """The order."""
        return f"[{self.label}] The tests of this project fail. Repair {self.module}."


def make(below: Path, count: int) -> list[Repository]:
    """The first `count` of them, each with everything in one commit."""
    programs = {program.name: program for program in own()}
    bugs = [
        (program, _text(program, program.module))
        for program in programs.values()
        if program.name != _ENDLESS
    ]
    for name, right, wrong in _FURTHER:
        text = programs[name].published.read_text()
        assert text.count(right) == 1, f"{name}: {right!r} does not stand there once"
        bugs.append((programs[name], text.replace(right, wrong)))
    return [_laid(below, n, program, text) for n, (program, text) in enumerate(bugs[:count], 1)]


def _text(program: Program, path: Path) -> str:
    return (program.source / "project" / path).read_text()


def _laid(below: Path, number: int, program: Program, buggy: str) -> Repository:
    root = below / f"t{number:02}"
    program.lay_out(root)
    shutil.rmtree(root / ".git", ignore_errors=True)
    (root / program.module).write_text(buggy)
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "As it is")):
        subprocess.run(["git", *_AUTHOR, *command], cwd=root, check=True)
    (test,) = sorted(root.rglob("test_*.py"))[:1]
    return Repository(
        label=f"T{number:02}",
        root=root,
        module=program.module,
        buggy=buggy,
        right=program.published.read_text(),
        test=test.relative_to(root),
    )
