"""No secret leaves by a side door: known values and the shapes of keys become `[redacted]`.

What this process knows to be secret is known to the process as a whole, as its log is: whoever
resolves or stores a secret adds it to `KNOWN`, and every sink (log lines, events, error answers,
what is kept of a task's end, crash output) asks here. A value is also found as JSON or a URL
writes it.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote, urlsplit

from phantom.security.tokens import TOKEN

if TYPE_CHECKING:  # a third of the time that `phantom --help` takes
    from pydantic import BaseModel

REDACTED = "[redacted]"
SHORTEST = 8
"""Shorter values are not looked for: they would take harmless words along."""

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:APIKEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PAT|CREDENTIALS?)$",
    re.IGNORECASE,
)
_URL_NAME = re.compile(r"(?:^|_)(?:URL|URI|DSN)$", re.IGNORECASE)
_PARAMETERS = (
    "api_?key|key|token|access_token|ticket|password|secret|sig|signature|client_secret|code"
)
_GAP = r"\s{0,9}"
_SEPARATOR = rf"[\"']?{_GAP}[:=]{_GAP}[\"']?"
_AFTER_SCHEME = r"(?:\s{1,9}|%20|\.)"
_LABEL = r"[A-Z ]{0,30}"
_OPAQUE = r"[\w.~+/=-]"
# Words of prose must stay: what could be one needs a digit. What a named group holds stays, too.
# Every repetition is bounded or cannot begin at many places, so that a long text takes no longer.
# Before each shape stand texts, in small letters, of which it holds one: most texts hold none, and
# looking for these takes a small part of the time that looking for the shapes does.
_SHAPES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("phantom_",), TOKEN.pattern.replace("?P<prefix>", "?:")),
    (("sk-",), r"(?<![\w-])sk-(?=[\w-]{0,200}?\d)[\w-]{16,}"),
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"(?<![\w-])gh[pousr]_[a-z0-9]{20,}"),
    (("github_pat_",), r"(?<![\w-])github_pat_\w{20,}"),
    (("glpat-",), r"(?<![\w-])glpat-[\w-]{16,}"),
    (("xox",), r"(?<![\w-])xox[abeoprs]-[a-z0-9-]{10,}"),
    (("aiza",), r"(?<![\w-])AIza[\w-]{30,}"),
    (("akia", "asia"), r"(?<![\w-])A[KS]IA[A-Z0-9]{16}(?!\w)"),
    ((".eyj",), r"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"),
    (
        ("authorization",),
        rf"(?P<header>\bauthorization{_SEPARATOR}(?:bearer|basic|token)?{_GAP}){_OPAQUE}{{8,}}",
    ),
    (
        ("bearer", "basic"),
        rf"(?P<scheme>\b(?:bearer|basic){_AFTER_SCHEME})(?={_OPAQUE}{{0,200}}?\d){_OPAQUE}{{16,}}",
    ),
    (("?", "&"), rf"(?P<parameter>[?&](?:{_PARAMETERS})=)[^&\s\"'#<>\\]+"),
    (
        ("://",),
        r"(?P<user>\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@\"'\\]{0,200}:)[^\s/@\"'\\]{1,500}(?=@)",
    ),
    (
        ("private key",),
        rf"-----BEGIN {_LABEL}PRIVATE KEY-----[^\"']*?(?:-----END {_LABEL}-----|(?=[\"'])|\Z)",
    ),
)
_ALSO_SMALL = (
    "\N{LATIN SMALL LETTER LONG S}"
    "\N{LATIN SMALL LETTER DOTLESS I}"
    "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"
)
"""Letters that count as s or i where case is ignored, although their small letter is another."""

T = TypeVar("T")
M = TypeVar("M", bound="BaseModel")


class Secrets:
    """The values that are known to be secret; it only grows."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Look for `value` from now on; what is shorter than `SHORTEST` is not looked for."""
        value = value.strip()
        if len(value) < SHORTEST or value in self._forms:
            return
        self._forms |= {value, json.dumps(value)[1:-1], quote(value, safe=""), repr(value)[1:-1]}
        # The longest first: a value may be the beginning of another.
        ordered = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered)))

    def add_environment(self, environment: Mapping[str, str]) -> None:
        """Look for what variables hold that are named like secrets, and for passwords in URLs."""
        for name, value in environment.items():
            if _SECRET_NAME.search(name):
                for part in value.split(","):
                    self.add(part)
            elif _URL_NAME.search(name):
                self.add_url(value)

    def add_url(self, url: str) -> None:
        """Look for the password in `url`, where it has one."""
        try:
            password = urlsplit(url).password
        except ValueError:
            return
        if password:
            self.add(password)
            self.add(unquote(password))

    def __bool__(self) -> bool:
        return self._pattern is not None

    def in_text(self, text: str) -> str:
        """`text` without any known value; shapes stay."""
        if self._pattern is None or not any(form in text for form in self._forms):
            return text
        return self._pattern.sub(REDACTED, text)


KNOWN = Secrets()
"""What this process knows to be secret."""


def redacted(text: str, known: Secrets = KNOWN) -> str:
    """`text` without known values and without anything that has the shape of a key."""
    text = known.in_text(text)
    pattern = _pattern(_possible(text))
    return text if pattern is None else pattern.sub(_what_remains, text)


def redacted_json(value: T, known: Secrets = KNOWN) -> T:
    """A JSON value with every text in it redacted, names included."""
    return _walked(value, lambda text: redacted(text, known))  # type: ignore[return-value]  # the shape stays what it was


def without_known(model: M, known: Secrets = KNOWN) -> M:
    """`model` with the known values taken out of every text, shapes left: it is to be of use."""
    if not known:
        return model
    return type(model).model_validate(_walked(model.model_dump(mode="json"), known.in_text))


def learn_environment() -> None:
    """Take over what the environment of this process holds."""
    KNOWN.add_environment(os.environ)


def _possible(text: str) -> tuple[bool, ...]:
    """Which of the shapes `text` may hold."""
    if any(letter in text for letter in _ALSO_SMALL):
        return (True,) * len(_SHAPES)
    small = text.lower()
    return tuple(any(needed in small for needed in anyone) for anyone, _ in _SHAPES)


@lru_cache(maxsize=256)
def _pattern(possible: tuple[bool, ...]) -> re.Pattern[str] | None:
    """These shapes, in their order; None for none of them."""
    shapes = [shape for (_, shape), wanted in zip(_SHAPES, possible, strict=True) if wanted]
    return re.compile("|".join(shapes), re.IGNORECASE) if shapes else None


def _walked(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_walked(key, change): _walked(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [_walked(each, change) for each in value]
    return value


def _what_remains(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return next((kept for kept in groups.values() if kept), "") + REDACTED
