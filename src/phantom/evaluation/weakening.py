"""Tests that a change removed or weakened.

Making a test weaker is the cheapest way to make it pass, so it counts against the change. Compared
are, test by test: whether it is still there (under its name anywhere, or with its assertions in a
new test), its skip marks, the strength of its assertions, and its parametrised cases. How these are
read from a source is a matter of its language.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from phantom.evaluation.change import ChangedFile
from phantom.evaluation.contents import read_contents, text_of
from phantom.evaluation.port import Finding, FindingSeverity, Subject

EXACT, LOOSE = 2, 1
"""How much an assertion pins down: an equality, or any other."""


@dataclass(frozen=True, slots=True)
class TestSource:
    """One changed file of tests before and after; None where it did not or does not exist."""

    __test__ = False  # not a test class, whatever its name

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Shape:
    """What matters of one test, or of another function that asserts something.

    Attributes:
        line: where it begins.
        checks: its assertions by their normal form.
        strength: the sum of `EXACT` and `LOOSE` over them.
        trivial: how many assertions cannot fail.
        skips: marks and calls that keep it from failing, those around it included.
        cases: how many parametrised cases it has.
        is_test: False for a function that tests call.
    """

    line: int
    checks: Counter[str]
    strength: int
    trivial: int
    skips: int
    cases: int
    is_test: bool


ReadShapes = Callable[[str | None], dict[str, Shape] | None]
"""The functions of a file that matter, by qualified name; None where it cannot be parsed."""


async def weakened_tests(
    subject: Subject, files: Sequence[ChangedFile], read: ReadShapes
) -> tuple[Finding, ...]:
    """One finding for each test in `files` that the change removed or weakened."""
    contents = await read_contents(subject, files)
    sources = [
        TestSource(
            path=file.path,
            before=text_of(contents.before, file.base_path) if file.base_blob else None,
            after=text_of(contents.after, file.path) if file.head_blob else None,
        )
        for file in files
    ]
    return await asyncio.to_thread(weakenings, sources, read)


def weakenings(sources: Sequence[TestSource], read: ReadShapes) -> tuple[Finding, ...]:
    """One finding for each test that was removed or is weaker than before.

    A file that cannot be parsed at HEAD is passed over: its tests fail by themselves.
    """
    before: dict[tuple[str, str], Shape] = {}
    after: dict[tuple[str, str], Shape] = {}
    for source in sources:
        new = read(source.after)
        if new is not None:
            after |= {(source.path, name): shape for name, shape in new.items()}
            old = read(source.before) or {}
            before |= {(source.path, name): shape for name, shape in old.items()}
    new_tests = {key: after[key] for key in after.keys() - before.keys()}
    room = {key: shape.cases for key, shape in new_tests.items() if shape.is_test}
    findings: list[Finding] = []
    for (path, name), old_shape in before.items():
        now = after.get((path, name))
        if now is not None:
            findings += _weaker(path, name, old_shape, now)
        elif old_shape.is_test and not _lives_on(name, old_shape, new_tests, room):
            findings.append(_finding("test-removed", path, None, f"the test {name} was removed"))
    return tuple(findings)


def _weaker(path: str, name: str, before: Shape, now: Shape) -> Iterator[Finding]:
    """At most one finding: what hides a test altogether comes first."""
    if now.skips > before.skips:
        yield _finding("test-skipped", path, now.line, f"{name} is now skipped or may fail")
    elif now.trivial > before.trivial:
        yield _finding("test-weakened", path, now.line, f"{name} asserts what is always true")
    elif now.strength < before.strength:
        yield _finding("test-weakened", path, now.line, f"{name} asserts less than before")
    elif now.cases < before.cases:
        message = f"{name} has {now.cases} cases, {before.cases} before"
        yield _finding("test-weakened", path, now.line, message)


def _lives_on(
    name: str,
    gone: Shape,
    new_tests: dict[tuple[str, str], Shape],
    room: dict[tuple[str, str], int],
) -> bool:
    """True where a new test takes the place of `gone`; each takes as many as it has cases."""
    for key, shape in new_tests.items():
        same = key[1] == name or (gone.checks and gone.checks <= shape.checks) or shape.cases > 1
        if same and room.get(key, 0) > 0 and shape.strength >= gone.strength and not shape.skips:
            room[key] -= 1
            return True
    return False


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return Finding(rule=rule, message=message, severity=FindingSeverity.HIGH, path=path, line=line)
