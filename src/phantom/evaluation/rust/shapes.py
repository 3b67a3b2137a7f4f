"""What Rust tests assert, read from the functions in their source."""

import re
from collections.abc import Iterator

from phantom.evaluation.braced import braced_shape
from phantom.evaluation.brackets import RUST, end_of, masked, parts
from phantom.evaluation.weakening import EXACT, LOOSE, Shape

_FUNCTION = re.compile(
    r"(?P<marks>(?:#\s*\[[^\n]*\]\s*)+)(?:pub(?:\([^)]*\))?\s+)?(?:async\s+)?fn\s+(?P<name>\w+)"
)
_TEST = re.compile(r"\btest\b|\brstest\b|\btest_case\b|\bquickcheck\b")
_HIDDEN = re.compile(r"#\s*\[\s*(?:ignore|should_panic)\b|#\s*\[\s*cfg\s*\(\s*any\s*\(\s*\)\s*\)")
_CASE = re.compile(r"#\s*\[\s*(?:case|test_case)\b")
_ASSERT = re.compile(r"\b(?P<name>(?:debug_)?assert\w*|panic|unreachable)!\s*(?=[(\[{])")
_EXACT = re.compile(r"_eq|_ne|matches|snapshot")
_EQUALITY = re.compile(r"==|!=")


def rust_shapes(source: str | None) -> dict[str, Shape] | None:
    """The tests of a file by their names; of two alike the later one with a number."""
    if source is None:
        return {}
    text = masked(source, RUST)
    found: dict[str, Shape] = {}
    for function in _FUNCTION.finditer(text):
        if _TEST.search(function["marks"]):
            name = function["name"]
            while name in found:
                name += "'"
            found[name] = _shape(source, text, function)
    return found


def _shape(source: str, text: str, function: re.Match[str]) -> Shape:
    return braced_shape(
        source,
        text,
        start=function.start(),
        signature=function.end(),
        checks=_checks,
        skips=lambda _: len(_HIDDEN.findall(function["marks"])),
        cases=max(1, len(_CASE.findall(function["marks"]))),
    )


def _checks(body: str) -> Iterator[tuple[int, int, int, bool]]:
    """Begin, end, strength, and whether it can never fail."""
    for call in _ASSERT.finditer(body):
        end = end_of(body, call.end())
        inside = body[call.end() + 1 : end - 1]
        given = [inside[first:last].strip() for first, last in parts(inside)]
        exact = bool(_EXACT.search(call["name"]) or (given and _EQUALITY.search(given[0])))
        always = given[:1] == ["true"] or (
            call["name"].endswith("_eq") and len(given) > 1 and given[0] == given[1]
        )
        yield call.start(), end, EXACT if exact else LOOSE, always
