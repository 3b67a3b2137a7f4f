"""Which lines ran, from what V8 writes where `NODE_V8_COVERAGE` names a directory.

Every node process of the tests writes one file, whatever runner it is; nothing has to be installed
and no comment in the source can switch it off. A count holds for a range of characters, an inner
range before the outer one: <https://v8.dev/blog/javascript-code-coverage>. What was compiled before
it ran has other positions than its source, so of such a file nothing is said.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, Field, ValidationError

from phantom.evaluation.brackets import holds_code
from phantom.evaluation.outcomes import Lines
from phantom.evaluation.written import LARGEST, read_written

_MOST_FILES = 5_000


class _Range(BaseModel):
    startOffset: int  # noqa: N815 - V8's name
    endOffset: int  # noqa: N815 - V8's name
    count: int


class _Function(BaseModel):
    ranges: tuple[_Range, ...]


class _Script(BaseModel):
    url: str
    functions: tuple[_Function, ...]


class _Coverage(BaseModel):
    result: tuple[_Script, ...]
    compiled: dict[str, object] = Field(default={}, alias="source-map-cache")


@dataclass(frozen=True, slots=True)
class Seen:
    """What all processes of a run loaded.

    Attributes:
        scripts: the functions of each file by absolute path, once for each process.
        compiled: files that came out of a compiler, whose positions are not those of a source.
        complete: False where the files are too large to be read.
    """

    scripts: dict[str, list[tuple[_Function, ...]]] = field(default_factory=dict)
    compiled: set[str] = field(default_factory=set)
    complete: bool = True


def read_seen(directory: Path, within: Path) -> Seen:
    """Read the coverage of files below `within`; a file that is cut off is passed over. Blocks."""
    files = sorted(itertools.islice(directory.glob("*.json"), _MOST_FILES + 1))
    size = sum(file.lstat().st_size for file in files)
    if size > LARGEST or len(files) > _MOST_FILES:
        return Seen(complete=False)
    seen = Seen()
    for file in files:
        try:
            coverage = _Coverage.model_validate_json(read_written(file))
        except (OSError, ValidationError):
            continue
        seen.compiled.update(filter(None, map(_path, coverage.compiled)))
        for script in coverage.result:
            path = _path(script.url)
            if path and Path(path).is_relative_to(within):
                seen.scripts.setdefault(path, []).append(script.functions)
    return seen


def _path(url: str) -> str | None:
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" else None


def known_lines(seen: Seen, text: str, path: str, wanted: Iterable[int]) -> Lines:
    """Which of the lines in `wanted` hold code, and which of these no process ran.

    Of a file that no process loaded every line is missed.
    """
    places = _places(text, wanted)
    loaded = seen.scripts.get(path, [])
    missed = {
        line
        for line, (start, end) in places.items()
        if not any(_count(functions, start, end) for functions in loaded)
    }
    return Lines(executable=frozenset(places), missed=frozenset(missed))


def _places(text: str, wanted: Iterable[int]) -> Mapping[int, tuple[int, int]]:
    """Offsets of the first and last character of each wanted line that holds code.

    In UTF-16 units, as V8 counts.
    """
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + _units(line) + 1)
    found = {}
    for number in wanted:
        line = lines[number - 1] if number <= len(lines) else ""
        if holds_code(line):
            code = line.strip()
            start = starts[number - 1] + _units(line[: line.index(code)])
            found[number] = (start, start + _units(code))
    return found


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def _count(functions: Iterable[_Function], start: int, end: int) -> int:
    """How often the range from `start` to `end` ran: the innermost range around it decides."""
    count = 0
    for function in functions:
        for each in function.ranges:
            if each.startOffset <= start and end <= each.endOffset:
                count = each.count
    return count
