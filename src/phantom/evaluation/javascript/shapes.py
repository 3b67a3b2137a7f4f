"""What JavaScript and TypeScript tests assert, read from the calls in their source.

Known are the words of jest, vitest, mocha, node's runner, ava and tape.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from phantom.evaluation.brackets import (
    JAVASCRIPT,
    end_of,
    line_of,
    masked,
    normal,
    parts,
    reachable,
)
from phantom.evaluation.weakening import EXACT, LOOSE, Shape

_CALL = re.compile(
    r"(?<![\w.$])(?P<off>[xf]?)(?P<word>describe|context|suite|it|test|specify)"
    r"(?P<chain>(?:\.\w+)*)\s*(?=[(`])"
)
_GROUPS = {"describe", "context", "suite"}
_SKIPS = re.compile(r"\.(skip|todo|failing|fails|skipIf|runIf)\b")
_SKIP_IN_BODY = re.compile(r"\b(?:t|this|ctx|context)\.(?:skip|todo)\s*\(")
_SKIP_OPTION = re.compile(r"\{[^{}]*\b(?:skip|todo)\s*:\s*(?!false\b)")
_EXPECT = re.compile(r"(?<![\w.$])expect(?:\.soft|\.poll)?\s*(?=\()")
_MATCHER = re.compile(r"(?:\s*\.\s*\w+)+")
_ASSERT = re.compile(r"(?<![\w.$])(?P<name>assert(?:\.\w+)*|t(?:\.assert)?\.\w+)\s*(?=\()")
_EXACT_WORDS = re.compile(
    r"equal|eql|same|throws?|reject|match|^tobe$|^tobe(null|undefined|closeto|nan)|calledwith|"
    r"calledtimes|length|^is$|^deep|^eq$",
    re.IGNORECASE,
)
_LOOSE_OF_T = {"ok", "notok", "true", "false", "truthy", "falsy", "pass", "fail", "not", "assert"}
_ALWAYS = {"", "true", "1", "!false", "!0", "{}", "[]"}


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a test or a group, with where it begins and ends in the source."""

    name: str
    start: int
    end: int
    is_test: bool
    skips: int
    only: bool
    cases: int
    body: tuple[int, int]


def javascript_shapes(source: str | None) -> dict[str, Shape] | None:
    """The tests of a file by their names and those of the groups around them."""
    if source is None:
        return {}
    text = masked(source, JAVASCRIPT)
    calls = list(_calls(source, text))
    alone = any(call.only for call in calls)
    shapes: dict[str, Shape] = {}
    for call in calls:
        if call.is_test:
            around = [c for c in calls if c.start <= call.start and call.end <= c.end]
            hidden = alone and not any(c.only for c in around)
            skips = sum(c.skips for c in around) + hidden
            shapes[" > ".join(c.name for c in around)] = _shape(source, text, call, skips)
    return shapes


def _calls(source: str, text: str) -> Iterator[_Call]:
    for found in _CALL.finditer(text):
        opening, cases = found.end(), 1
        if found["chain"].endswith((".each", ".for")):
            cases, opening = _table(text, opening)
        if text[opening : opening + 1] != "(":
            continue
        end = end_of(text, opening)
        inside = text[opening + 1 : end - 1]
        arguments = list(parts(inside))
        if not arguments:
            continue
        first, last = arguments[0], arguments[-1]
        body = (opening + 1 + last[0], opening + 1 + last[1])
        is_test = found["word"] not in _GROUPS
        yield _Call(
            name=normal(source[opening + 1 + first[0] : opening + 1 + first[1]]).strip("'\"`"),
            start=found.start(),
            end=end,
            is_test=is_test,
            skips=(
                (found["off"] == "x")
                + bool(_SKIPS.search(found["chain"]))
                + (is_test and len(arguments) == 1)  # without a function it is pending
                + any(map(_SKIP_OPTION.match, (inside[a:b].strip() for a, b in arguments[1:2])))
            ),
            only=found["off"] == "f" or ".only" in found["chain"],
            cases=cases,
            body=body,
        )


def _table(text: str, opening: int) -> tuple[int, int]:
    """How many cases the table at `opening` has, and where the call after it begins."""
    if text[opening] == "`":
        end = text.find("`", opening + 1) + 1
        return 1, end + len(text[end:]) - len(text[end:].lstrip())
    end = end_of(text, opening)
    inside = text[opening + 1 : end - 1].strip()
    cases = len(list(parts(inside[1:-1]))) if inside.startswith("[") else 1
    return max(1, cases), end + len(text[end:]) - len(text[end:].lstrip())


def _shape(source: str, text: str, call: _Call, skips: int) -> Shape:
    start, end = call.body
    body = reachable(text[start:end])
    checks: Counter[str] = Counter()
    strength = trivial = 0
    for first, last, value, always in (*_expectations(body), *_assertions(body)):
        if always:
            trivial += 1
        else:
            checks[normal(source[start + first : start + last])] += 1
            strength += value
    return Shape(
        line=line_of(text, call.start),
        checks=checks,
        strength=strength,
        trivial=trivial,
        skips=skips + len(_SKIP_IN_BODY.findall(body)),
        cases=call.cases,
        is_test=True,
    )


_Assertion = tuple[int, int, int, bool]
"""Where it begins and ends, its strength, and whether it is always true."""


def _expectations(body: str) -> Iterator[_Assertion]:
    for found in _EXPECT.finditer(body):
        close = end_of(body, found.end())
        matcher = _MATCHER.match(body, close)
        if matcher is None:
            continue
        end = end_of(body, matcher.end()) if body[matcher.end() :][:1] == "(" else matcher.end()
        word = matcher[0].rpartition(".")[2].strip()
        actual = body[found.end() + 1 : close - 1].strip()
        wanted = body[matcher.end() + 1 : end - 1].strip()
        constant = actual in _ALWAYS and word.lower() in {"tobetruthy", "tobedefined", "ok"}
        always = constant or (actual == wanted and bool(re.fullmatch(r"[\w.]+", actual)))
        yield found.start(), end, EXACT if _EXACT_WORDS.search(word) else LOOSE, always


def _assertions(body: str) -> Iterator[_Assertion]:
    for found in _ASSERT.finditer(body):
        word = found["name"].rpartition(".")[2]
        exact = bool(_EXACT_WORDS.search(word))
        if found["name"].startswith("t.") and not exact and word.lower() not in _LOOSE_OF_T:
            continue  # `t.test`, `t.plan`, `t.end`
        end = end_of(body, found.end())
        inside = body[found.end() + 1 : end - 1]
        given = [inside[first:last].strip() for first, last in parts(inside)]
        if exact:
            always = len(given) > 1 and given[0] == given[1] and bool(re.match(r"\w", given[0]))
        else:
            always = word.lower() == "pass" or (bool(given) and given[0] in _ALWAYS)
        yield found.start(), end, EXACT if exact else LOOSE, always
