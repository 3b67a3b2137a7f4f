"""Reads an API reference: a page of Markdown with samples in JSON and interfaces in TypeScript.

The page is somebody else's and stays where it is; only its path is given. What the parser does not
understand is an error, not a silence: a sample that was skipped would prove nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import JsonValue

from tests.support.shapes import Anything, Fields, Items, Keyed, Nullable, Open, Scalar, Shape

OPEN: dict[str, JsonValue] = {"...": "..."}
"""What `{ ... }` in a sample becomes."""
# Objects of the samples whose keys are data and not names.
_KEYED = frozenset({"circuit_breakers", "cost_by_agent", "channel_counts"})
_FENCE = re.compile(r"^```(\w*)\s*$")
_HEADING = re.compile(r"^#{2,3} (?:(\d+(?:\.\d+)?)\.? )?(.*)$")
_LABEL = re.compile(r"^\*\*(.+?):?\*\*:?")
_WORD = re.compile(r"^- `([^`]+)`")
_REQUEST = re.compile(r"^(GET|POST|PUT|DELETE) (\S+)$", re.MULTILINE)
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
_TOKEN = re.compile(r"""\s*(//[^\n]*|interface|[A-Za-z_]\w*|"[^"]*"|[{}\[\]<>|;:?,])""")
_BOUNDS = re.compile(r"^// ([\d.]+)-([\d.]+)$")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, under which bold label, and what is in it."""

    section: str
    label: str
    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Endpoint:
    """A request that the reference knows."""

    section: str
    method: str
    path: str
    query: frozenset[str]


@dataclass(frozen=True)
class Sample:
    """A JSON sample; `{ ... }` in it is `OPEN`, and fields left out by `...` are left out."""

    section: str
    label: str
    value: JsonValue
    line: int

    @property
    def name(self) -> str:
        """What a person would look for."""
        return f"{self.section} {self.label}"


@dataclass(frozen=True)
class Reference:
    """A whole reference.

    Attributes:
        words: the values under each bold label, such as "Severity Levels".
    """

    endpoints: tuple[Endpoint, ...]
    samples: tuple[Sample, ...]
    interfaces: Mapping[str, Fields]
    words: Mapping[str, frozenset[str]]
    commands: str

    @classmethod
    def read(cls, path: Path, added: Mapping[str, frozenset[str]]) -> Self:
        """The reference in a file; `added` are further values of its named enums."""
        text = path.read_text(encoding="utf-8")
        blocks = list(_blocks(text))
        words = {
            label: values | added.get(label, frozenset()) for label, values in _words(text).items()
        }
        interfaces: dict[str, Fields] = {}
        for block in reversed(_of(blocks, "typescript")):
            interfaces |= _Interfaces(block.text, words, interfaces).parse()
        return cls(
            endpoints=tuple(_endpoints(blocks)),
            samples=tuple(
                Sample(each.section, each.label, _json(each), each.line)
                for each in _of(blocks, "json")
            ),
            interfaces=interfaces,
            words=words,
            commands="\n".join(
                each.text for each in _of(blocks, "bash") if each.section == "Testing"
            ),
        )

    def sample(self, section: str, label: str = "Response") -> Sample:
        """The sample under a label of a section."""
        (found,) = [s for s in self.samples if s.section == section and s.label == label]
        return found

    def shape(self, sample: Sample) -> Shape:
        """What a sample says of all values like it.

        A part with exactly the fields of an interface is held to the interface, which also knows
        what may be null.
        """
        return self._shape(sample.value, "", sample)

    def _shape(self, value: JsonValue, name: str, sample: Sample) -> Shape:
        shape: Shape
        match value:
            case None:
                shape = Nullable(Anything())
            case bool():
                shape = Scalar("boolean")
            case int() | float():
                shape = Scalar("number")
            case str():
                shape = self._text(value, name, sample)
            case list():
                shape = Items(self._shape(value[0], name, sample) if value else Anything())
            case dict():
                shape = self._object(value, name, sample)
        return shape

    def _object(self, value: dict[str, JsonValue], name: str, sample: Sample) -> Shape:
        if value == OPEN:
            return self._left_open(name, sample)
        if not value:
            return Open()
        if name in _KEYED:
            return Keyed(self._shape(next(iter(value.values())), "", sample))
        for interface in self.interfaces.values():
            if set(value) | interface.optional == set(interface.of):
                return interface
        return Fields({key: self._shape(inner, key, sample) for key, inner in value.items()})

    def _left_open(self, name: str, sample: Sample) -> Shape:
        if name.endswith("config"):
            of_project = sample.section.startswith("2.")
            return self.interfaces["ProjectConfiguration" if of_project else "HRMConfig"]
        return Open()

    def _text(self, value: str, name: str, sample: Sample) -> Scalar:
        if value == "uuid":
            return Scalar("string", "uuid")
        if _TIME.match(value):
            return Scalar("string", "time")
        if name == "type" and sample.section == "7.4":
            return Scalar("string", values=frozenset({value}))
        label = {
            "state": "Circuit Breaker States",
            "severity": "Severity Levels",
            "file_type": "File Types",
            "task_type": "task_type Options",
            "visibility": "Visibility Options",
            "agent": "AgentType",
            "assigned_agent": "AgentType",
        }.get(name)
        if name == "status" and sample.label == "Task Update":
            label = "TaskStatus"
        return Scalar("string", values=self.words[label] if label else None)


def _of(blocks: list[Block], language: str) -> list[Block]:
    return [each for each in blocks if each.language == language]


def _blocks(text: str) -> Iterator[Block]:
    section, label, language, start = "", "", None, 0
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if fence := _FENCE.match(line):
            if language is None:
                language, lines, start = fence[1], [], number
            else:
                yield Block(section, label, language, "\n".join(lines), start)
                language = None
        elif language is not None:
            lines.append(line)
        elif heading := _HEADING.match(line):
            section, label = heading[1] or heading[2], ""
        elif bold := _LABEL.match(line):
            label = bold[1]
    assert language is None, "the last block is not closed"


def _words(text: str) -> dict[str, frozenset[str]]:
    """The values listed under each bold label, and the options of `period`."""
    found: dict[str, set[str]] = {}
    label = ""
    for line in text.splitlines():
        if bold := _LABEL.match(line):
            label = bold[1]
        elif word := _WORD.match(line):
            found.setdefault(label, set()).add(word[1])
            if options := line.partition("Options: ")[2]:
                found[word[1]] = set(re.findall(r"`(\w+)`", options))
    return {label: frozenset(values) for label, values in found.items()}


def _endpoints(blocks: list[Block]) -> Iterator[Endpoint]:
    for block in _of(blocks, "http"):
        requests = _REQUEST.findall(block.text)
        assert len(requests) == 1, f"line {block.line}: no request"
        parts = urlsplit(requests[0][1])
        names = frozenset(re.findall(r"(?:^|&)(\w+)=", parts.query))
        yield Endpoint(block.section, requests[0][0], parts.path, names)


def _json(block: Block) -> JsonValue:
    text = re.sub(r"\{\s*\.\.\.\s*\}", json.dumps(OPEN), block.text)
    text = re.sub(r",\s*\.\.\.\s*(?=\})", "", text)
    try:
        value: JsonValue = json.loads(text)
    except ValueError as error:
        raise AssertionError(f"line {block.line}: not understood: {error}") from error
    return value


class _Interfaces:
    """A recursive descent over the part of TypeScript that interfaces of data need."""

    def __init__(
        self, text: str, words: Mapping[str, frozenset[str]], known: Mapping[str, Fields]
    ) -> None:
        self._tokens = [match[1] for match in _TOKEN.finditer(text)]
        assert _TOKEN.sub("", text).strip() == "", "not understood"
        self._words = words
        self._sources = dict(known)
        self._later: dict[str, int] = {}

    def parse(self) -> dict[str, Fields]:
        """The interfaces by name; one may use another that stands below it."""
        starts = [i for i, token in enumerate(self._tokens) if token == "interface"]
        for start in reversed(starts):
            self._at = start + 1
            name = self._next()
            self._sources[name] = self._fields()
        return self._sources

    def _next(self, expected: str | None = None) -> str:
        token = self._tokens[self._at]
        assert expected in {None, token}, f"{token} where {expected} was expected"
        self._at += 1
        return token

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _fields(self) -> Fields:
        fields: dict[str, Shape] = {}
        optional = set()
        self._next("{")
        while self._peek() != "}":
            name = self._next()
            if self._peek() == "?":
                self._next()
                optional.add(name)
            self._next(":")
            shape = self._type()
            self._next(";")
            fields[name] = shape
            if self._peek().startswith("//"):
                fields[name] = _commented(shape, self._next())
        self._next("}")
        return Fields(fields, frozenset(optional))

    def _type(self) -> Shape:
        choices = [self._part()]
        while self._peek() == "|":
            self._next()
            choices.append(self._part())
        real = [each for each in choices if each is not None]
        words = [each.values for each in real if isinstance(each, Scalar) and each.values]
        shape = real[0]
        if len(real) > 1:
            assert len(words) == len(real), "only strings may be joined"
            shape = Scalar("string", values=frozenset().union(*words))
        return Nullable(shape) if len(real) < len(choices) else shape

    def _part(self) -> Shape | None:
        shape: Shape | None
        if self._peek() == "{":
            shape = self._fields()
        elif (token := self._next()) == "null":
            shape = None
        elif token in {"string", "number", "boolean"}:
            shape = Scalar(token)
        elif token.startswith('"'):
            shape = Scalar("string", values=frozenset({token.strip('"')}))
        elif token == "Record":
            while self._next() != ">":
                pass
            shape = Open()
        elif token in self._words:
            shape = Scalar("string", values=self._words[token])
        else:
            shape = self._sources[token]
        while self._peek() == "[":
            self._next("[")
            self._next("]")
            shape = Items(shape)
        return shape


def _commented(shape: Shape, comment: str) -> Shape:
    """A number whose comment gives its range has it."""
    bounds = _BOUNDS.match(comment)
    if bounds and isinstance(shape, Scalar):
        return Scalar(shape.kind, bounds=(float(bounds[1]), float(bounds[2])))
    words = frozenset(re.findall(r'"([^"]+)"', comment))
    if words and isinstance(shape, Scalar):
        return Scalar(shape.kind, values=words)
    return shape
