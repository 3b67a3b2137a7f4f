"""Which files there are to read and write: this table and nothing else (docs/files.md)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NoReturn

from phantom.errors import InvalidInput
from phantom.security.jail import parts_of
from phantom.vocabulary import FileType


@dataclass(frozen=True, slots=True)
class Allowed:
    """A kind of file.

    Attributes:
        pattern: relative to a root; `*` stands for a part of a name, `**` for any directories.
            A name that begins with a dot fits only where the pattern writes the dot.
    """

    pattern: str
    file_type: FileType

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the pattern."""
        return tuple(self.pattern.split("/"))


ALLOWED = (
    Allowed(".claude/skills/**/*.md", FileType.SKILL),
    Allowed(".claude/commands/**/*.md", FileType.INSTRUCTION),
    Allowed(".mcp.json", FileType.MCP),
    Allowed(".claude/mcp*.json", FileType.MCP),
    Allowed(".cursor/mcp.json", FileType.MCP),
    Allowed(".claude/settings*.json", FileType.CONFIG),
    Allowed(".gemini/settings.json", FileType.CONFIG),
    Allowed(".copilot/config.json", FileType.CONFIG),
    Allowed("CLAUDE.md", FileType.CONFIG),
    Allowed("AGENTS.md", FileType.CONFIG),
    Allowed("GEMINI.md", FileType.CONFIG),
    Allowed(".github/copilot-instructions.md", FileType.CONFIG),
    Allowed(".cursorrules", FileType.CONFIG),
    Allowed(".windsurfrules", FileType.CONFIG),
)


@dataclass(frozen=True, slots=True)
class ConfigPath:
    """A path that the table allows, relative to its root."""

    parts: tuple[str, ...]
    file_type: FileType

    def __str__(self) -> str:
        return "/".join(self.parts)


def allowed_path(path: str) -> ConfigPath:
    """`path` where the table has it. Raises InvalidInput for every other text."""
    parts = parts_of(path)
    for each in ALLOWED:
        if _fits(parts, each.parts):
            return ConfigPath(parts, each.file_type)
    raise InvalidInput(
        "This is not one of the config files that can be read and written here; "
        "docs/files.md lists them, such as .claude/skills/NAME.md and .mcp.json."
    )


def name_fits(name: str, pattern: str) -> bool:
    """True where one name fits one part of a pattern; upper and lower case are different."""
    if name.startswith(".") and not pattern.startswith("."):
        return False
    return fnmatchcase(name, pattern)


def check_content(path: ConfigPath, content: str) -> None:
    """Raise InvalidInput where JSON is expected and `content` is not a JSON object."""
    if not path.parts[-1].endswith(".json"):
        return
    try:
        parsed = json.loads(content, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{path} would not be valid JSON: line {error.lineno}, column {error.colno}: "
            f"{error.msg}."
        ) from None
    except (ValueError, RecursionError):
        raise InvalidInput(
            f"{path} would hold JSON that few programs read: it is nested too deeply, has NaN or "
            "Infinity, or a number of thousands of digits."
        ) from None
    if not isinstance(parsed, dict):
        raise InvalidInput(f"{path} would not hold a JSON object: line 1, column 1.")


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern or not parts:
        return not pattern and not parts
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        deeper = not parts[0].startswith(".") and _fits(parts[1:], pattern)
        return deeper or _fits(parts, rest)
    return name_fits(parts[0], first) and _fits(parts[1:], rest)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)
