"""Which lines are suspicious: Ochiai over what each test executed."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Line = tuple[str, int]
"""A file relative to the workspace, and a 1-based line."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one traced test did.

    Attributes:
        failed: whether it failed, hung included.
        lines: the lines of the project that it executed.
        raised: the lines through which exceptions passed, outermost first.
    """

    failed: bool
    lines: frozenset[Line]
    raised: tuple[Line, ...] = ()


def ochiai(observations: Iterable[Observation]) -> dict[Line, float]:
    """Suspiciousness in (0, 1] of each line that a failing test executed.

    failed(line) / sqrt(failed * (failed(line) + passed(line))), Abreu et al. 2006.
    """
    failed: dict[Line, int] = defaultdict(int)
    passed: dict[Line, int] = defaultdict(int)
    failures = 0
    for seen in observations:
        failures += seen.failed
        counts = failed if seen.failed else passed
        for line in seen.lines:
            counts[line] += 1
    return {
        line: count / math.sqrt(failures * (count + passed[line])) for line, count in failed.items()
    }


def ranked(scores: Mapping[Line, float]) -> list[tuple[Line, float]]:
    """Most suspicious first; equal ones in file order."""
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
