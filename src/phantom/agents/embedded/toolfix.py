"""What ruff can put right by itself: lint rules with a fix, and the format."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from phantom.agents.embedded.analysis.files import Sources
from phantom.agents.embedded.analysis.tool import run
from phantom.agents.embedded.stream import EventStream
from phantom.agents.port import AgentRequest

_SECONDS = 120.0
_LINT = re.compile(
    r"\b(lint\w*|ruff|flake8|pyflakes|unused imports?|isort|import order|style)\b", re.IGNORECASE
)
_FORMAT = re.compile(r"\b(re-?format\w*|format(ting|ter)?|black|pep ?8|style)\b", re.IGNORECASE)
_CONFIGS = ("ruff.toml", ".ruff.toml")


@dataclass(frozen=True, slots=True)
class Fixed:
    """What ruff changed, and what it found but cannot fix: one line each, with file and line."""

    changed: tuple[str, ...]
    left: tuple[str, ...]


def wanted(prompt: str) -> bool:
    """True where the prompt asks for lint or format fixes."""
    return bool(_LINT.search(prompt) or _FORMAT.search(prompt))


def apply(request: AgentRequest, stream: EventStream) -> Fixed:
    """Run ruff over the workspace's Python files. Raises ToolFailed."""
    root = request.workspace
    files = Sources(root, request.files).python
    if not files:
        return Fixed((), ())
    before = {path: (root / path).read_bytes() for path in files}
    # Without a configuration of the project's own, none of the directories above may count.
    alone = [] if _configured(root) else ["--isolated"]
    common = ["--no-cache", *alone]
    left: list[str] = []
    if _LINT.search(request.prompt):
        answer = _ruff(
            request, ["check", "--fix", "--exit-zero", "--output-format=json", *common], files
        )
        for entry in json.loads(answer):
            place = Path(entry["filename"]).relative_to(root)
            left.append(f"{place}:{entry['location']['row']} {entry['code']} {entry['message']}")
    if _FORMAT.search(request.prompt):
        _ruff(request, ["format", *common], files)
    changed = [path for path in files if (root / path).read_bytes() != before[path]]
    for path in changed:
        stream.edited(path)
    return Fixed(tuple(changed), tuple(left))


def _ruff(request: AgentRequest, options: list[str], files: list[str]) -> str:
    argv = [sys.executable, "-m", "ruff", *options, "--", *files]
    return run(argv, cwd=request.workspace, home=request.scratch, seconds=_SECONDS)


def _configured(root: Path) -> bool:
    project = root / "pyproject.toml"
    return any((root / name).exists() for name in _CONFIGS) or (
        project.is_file() and "[tool.ruff" in project.read_text(errors="replace")
    )
