"""What Go tests assert, read from the functions in their source.

Known are the methods of `testing.T` by which a test fails, under the condition of the `if` around
them, and the functions of testify.
"""

import re
from collections.abc import Iterator

from phantom.evaluation.braced import braced_shape
from phantom.evaluation.brackets import GO, end_of, masked
from phantom.evaluation.weakening import EXACT, LOOSE, Shape

_TEST = re.compile(r"^func\s+(?P<name>(?:Test|Fuzz|Benchmark|Example)\w*)\s*\(", re.MULTILINE)
_FAILS = re.compile(r"\.(?:Errorf?|Fatalf?|Fail|FailNow)\s*(?=\()")
_TESTIFY = re.compile(r"\b(?:assert|require)\.(?P<name>\w+)\s*(?=\()")
_SKIP = re.compile(r"\.(?:Skip|SkipNow|Skipf)\s*\(")
_IF = re.compile(r"\bif\b(?P<condition>[^{}]*)\{")
_EXACT = re.compile(r"!=|==|DeepEqual|errors\.Is|Equal|Exactly|JSONEq|ErrorIs|Panics|Len\b")
_IGNORED = re.compile(r"^//go:build\s+ignore\b", re.MULTILINE)


def go_shapes(source: str | None) -> dict[str, Shape] | None:
    """The tests of a file by their names."""
    if source is None:
        return {}
    text = masked(source, GO)
    ignored = len(_IGNORED.findall(source))
    return {
        found["name"]: _shape(source, text, found.start(), ignored)
        for found in _TEST.finditer(text)
    }


def _shape(source: str, text: str, start: int, ignored: int) -> Shape:
    return braced_shape(
        source,
        text,
        start=start,
        signature=start,
        checks=_checks,
        skips=lambda body: ignored + len(_SKIP.findall(body)),
    )


def _checks(body: str) -> Iterator[tuple[int, int, int, bool]]:
    """Begin, end, strength, and whether it can never fail."""
    conditions = [(found, end_of(body, found.end() - 1)) for found in _IF.finditer(body)]
    for call in _FAILS.finditer(body):
        around = [found for found, end in conditions if found.start() < call.start() < end]
        condition = around[-1]["condition"].strip() if around else ""
        start = around[-1].start() if around else call.start()
        value = EXACT if _EXACT.search(condition) else LOOSE
        yield start, end_of(body, call.end()), value, condition == "false"
    for call in _TESTIFY.finditer(body):
        end = end_of(body, call.end())
        given = [part.strip() for part in body[call.end() + 1 : end - 1].split(",")][1:]
        exact = bool(_EXACT.search(call["name"]))
        always = (given[:1] == ["true"] and call["name"] == "True") or (
            exact and len(given) > 1 and given[0] == given[1]
        )
        yield call.start(), end, EXACT if exact else LOOSE, always
