"""Just enough of the syntax of languages with brackets to find a call, a block and its end.

No parser: what is inside of strings and comments is blanked out, so that brackets can be counted.
That is enough to compare two versions of the same tests, and needs no grammar of any language.
"""

import re
from collections.abc import Iterator

_COMMENT = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_DOUBLE = r'"(?:\\.|[^"\\])*"'
_SINGLE = r"'(?:\\.|[^'\\\n])*'"
_BACKTICK = r"`(?:\\.|[^`\\])*`"
# A slash after these begins a literal; after a name or a closing bracket it divides.
_PATTERN = r"(?<=[(,=:\[!&|?{};\n])[ \t]*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/"

JAVASCRIPT = re.compile(f"{_COMMENT}|{_DOUBLE}|{_SINGLE}|{_BACKTICK}|{_PATTERN}", re.DOTALL)
GO = re.compile(f"{_COMMENT}|{_DOUBLE}|{_SINGLE}|`[^`]*`", re.DOTALL)
RUST = re.compile(
    rf"""{_COMMENT}|\br(?P<mark>#*)".*?"(?P=mark)|{_DOUBLE}|'(?:\\[^\n]{{1,8}}|[^'\\\n])'""",
    re.DOTALL,
)

_COMMENT_STARTS = ("//", "/*", "*")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def masked(source: str, literals: re.Pattern[str]) -> str:
    """`source` with its strings and comments blanked; every character keeps its place."""

    def blank(found: re.Match[str]) -> str:
        text = found[0]
        empty = re.sub(r"[^\n]", " ", text)
        return f"{text[0]}{empty[1:-1]}{text[-1]}" if text[0] in "\"'`" else empty

    return literals.sub(blank, source)


def end_of(text: str, opening: int) -> int:
    """The place after the bracket that closes the one at `opening`; the end where none does."""
    waiting = []
    for place in range(opening, len(text)):
        character = text[place]
        if character in _CLOSING:
            waiting.append(_CLOSING[character])
        elif waiting and character == waiting[-1]:
            waiting.pop()
            if not waiting:
                return place + 1
    return len(text)


def parts(text: str) -> Iterator[tuple[int, int]]:
    """Where each part of a masked list begins and ends that stands between commas."""
    depth = begin = 0
    for place, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            yield begin, place
            begin = place + 1
    if text[begin:].strip():
        yield begin, len(text)


def holds_code(line: str) -> bool:
    """False for a line that is blank, a comment, or brackets alone."""
    code = line.strip()
    return any(map(str.isalnum, code)) and not code.startswith(_COMMENT_STARTS)


def reachable(body: str) -> str:
    """A masked block up to the first bare `return` that is not inside another block."""
    for found in re.finditer(r"\breturn\s*(?:;|\n)", body):
        before = body[: found.start()]
        if before.count("{") - before.count("}") <= 1:
            return before
    return body


def line_of(text: str, place: int) -> int:
    """The number of the line, from 1."""
    return text.count("\n", 0, place) + 1


def normal(text: str) -> str:
    """With each run of white space as one blank."""
    return " ".join(text.split())
