"""What the agent is shown of the repository: the port of compression, and its first policy."""

import fnmatch
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict

from phantom.errors import InvalidInput

CHARACTERS_PER_TOKEN = 4.0
"""A rough factor for source code; replaced by counts of the provider where there are any."""
_MAX_FILES = 2_000
_MAX_FILE_BYTES = 400_000


class Context(BaseModel):
    """What of the repository an agent is shown, and what was left out.

    Attributes:
        files: paths that the user's globs matched, relative to the workspace.
        dropped: matched paths that did not fit; an agent with tools can open them.
        original_tokens: estimate of the tokens of all matched files.
        sent_tokens: estimate of the tokens of the excerpts.
    """

    model_config = ConfigDict(frozen=True)

    files: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    original_tokens: int = 0
    sent_tokens: int = 0


def check_globs(patterns: Sequence[str]) -> None:
    """Raise InvalidInput for a pattern that points out of the workspace."""
    for pattern in patterns:
        path = PurePosixPath(pattern)
        if not pattern or "\0" in pattern or "\\" in pattern:
            raise InvalidInput(f"The file pattern {pattern!r} is not a path; use e.g. src/**/*.py.")
        if path.is_absolute() or ".." in path.parts:
            raise InvalidInput(
                f"The file pattern {pattern!r} points out of the workspace; "
                "use a pattern relative to it."
            )


def compress(
    workspace: Path, tracked: Sequence[str], patterns: Sequence[str], ratio: float
) -> tuple[Context, str]:
    """Whole files in path order until `original / ratio` tokens are used, and their text.

    Only `tracked` paths that are regular files are read: a link may lead out of the workspace.
    Blocking; call it in a thread. `ratio` is >= 1.
    """
    matched = [path for path in tracked if any(matches(path, pattern) for pattern in patterns)]
    texts = {path: text for path in matched[:_MAX_FILES] if (text := _read(workspace / path))}
    original = sum(len(text) for text in texts.values())
    budget = original / ratio
    kept: list[str] = []
    used = 0
    for path, text in texts.items():
        if used + len(text) <= budget:
            kept.append(path)
            used += len(text)
    excerpts = "\n\n".join(f"=== {path}\n{texts[path]}" for path in kept)
    context = Context(
        files=tuple(texts),
        dropped=tuple(path for path in texts if path not in kept),
        original_tokens=round(original / CHARACTERS_PER_TOKEN),
        sent_tokens=round(used / CHARACTERS_PER_TOKEN),
    )
    return context, excerpts


def matches(path: str, pattern: str) -> bool:
    """True where the glob names the path, as in a shell with globstar.

    `*` stays within a name, `**` is any number of directories, none included; a pattern that ends
    in `/` names everything below.
    """
    parts = PurePosixPath(pattern).parts + (("**",) if pattern.endswith("/") else ())
    # All places of the pattern that the names read so far can lead to: linear, whatever it holds.
    places = _skipping({0}, parts)
    for name in path.split("/"):
        reached = set()
        for place in places:
            if place < len(parts) and parts[place] == "**":
                reached.add(place)
            elif place < len(parts) and fnmatch.fnmatchcase(name, parts[place]):
                reached.add(place + 1)
        places = _skipping(reached, parts)
    return len(parts) in places


def _skipping(places: set[int], parts: tuple[str, ...]) -> set[int]:
    """`places`, and those behind each `**` that stands for no directory."""
    every = set(places)
    for place in sorted(places):
        while place < len(parts) and parts[place] == "**":
            place += 1  # noqa: PLW2901 - walks on over one `**` after the other
            every.add(place)
    return every


def _read(path: Path) -> str:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MAX_FILE_BYTES:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
