"""What a test asserts, in a language whose functions stand in braces and whose checks are calls."""

from collections import Counter
from collections.abc import Callable, Iterator

from phantom.evaluation.brackets import end_of, line_of, normal, reachable
from phantom.evaluation.weakening import Shape

Checks = Callable[[str], Iterator[tuple[int, int, int, bool]]]
"""From a body: begin, end and strength of each check, and whether it can never fail."""


def braced_shape(
    source: str,
    text: str,
    *,
    start: int,
    signature: int,
    checks: Checks,
    skips: Callable[[str], int],
    cases: int = 1,
) -> Shape:
    """The shape of the test at `start`, whose body is in the first braces from `signature` on.

    `text` is `source` with its literals masked; `skips` counts what skips the test, by its body.
    """
    opening = text.find("{", signature)
    body = reachable(text[opening : end_of(text, opening)]) if opening >= 0 else ""
    found: Counter[str] = Counter()
    strength = trivial = 0
    for first, last, value, always in checks(body):
        if always:
            trivial += 1
        else:
            found[normal(source[opening + first : opening + last])] += 1
            strength += value
    return Shape(
        line=line_of(text, start),
        checks=found,
        strength=strength,
        trivial=trivial,
        skips=skips(body),
        cases=cases,
        is_test=True,
    )
