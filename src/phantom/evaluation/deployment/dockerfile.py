"""Flaws of a Dockerfile, by a few rules that are seldom wrong.

The syntax is that of <https://docs.docker.com/reference/dockerfile/>: instructions on lines that a
backslash continues, comments, and here-documents.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from phantom.evaluation.deployment.words import Flaw, floats, names_secret
from phantom.evaluation.port import FindingSeverity

_HIGH, _MEDIUM, _LOW = FindingSeverity.HIGH, FindingSeverity.MEDIUM, FindingSeverity.LOW
_KNOWN = {
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
    "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_PAIR = re.compile(r"(?P<name>\w+)=(?P<value>\"(?:\\.|[^\"])*\"|'[^']*'|\S*)")
_INSTALLS = re.compile(
    r"\b(pip3? install|npm (ci|install)|yarn( install)?\b|pnpm (i|install)|bundle install|"
    r"go mod download|poetry install|uv sync|cargo fetch|composer install)"
)
_EVERYTHING = {".", "./", "/"}


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with the line on which it begins; `text` is all on one line."""

    name: str
    text: str
    line: int

    @property
    def words(self) -> list[str]:
        """Its arguments, without flags."""
        return [word for word in self.text.split() if not word.startswith("--")]


@dataclass(slots=True)
class _Stage:
    """What one `FROM` begins."""

    start: Instruction
    instructions: list[Instruction] = field(default_factory=list)


def dockerfile_flaws(source: str) -> list[Flaw]:
    """The flaws of one file; one that no build could read has that alone."""
    instructions = list(_instructions(source))
    broken = next((each for each in instructions if each.name not in _KNOWN), None)
    if broken is not None:
        message = f"{broken.name} is no instruction"
        return [Flaw("docker-syntax", broken.line, message, _HIGH, broken.name)]
    stages = list(_stages(instructions))
    if not stages:
        return [Flaw("docker-syntax", 1, "there is no FROM", _HIGH, "FROM")]
    flaws = [flaw for each in instructions for flaw in _alone(each)]
    flaws += _bases(stages)
    flaws += [flaw for stage in stages for flaw in _order(stage)]
    return [*flaws, *_user(stages)]


def _instructions(source: str) -> Iterator[Instruction]:
    lines = iter(enumerate(source.splitlines(), 1))
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        whole = [text.rstrip("\\")]
        while text.endswith("\\"):
            _, following = next(lines, (0, ""))
            text = following.strip()
            if text.startswith("#"):
                text = "\\"  # a comment within, which is passed over
            whole.append(text.rstrip("\\"))
        name, _, rest = " ".join(whole).strip().partition(" ")
        if name.upper() in {"RUN", "COPY", "ADD"}:
            for _, end in _HEREDOC.findall(rest):
                for _, inner in lines:
                    if inner.strip() == end:
                        break
                    rest += f" {inner.strip()} ;"
        yield Instruction(name.upper(), rest.strip(), number)


def _stages(instructions: list[Instruction]) -> Iterator[_Stage]:
    stage: _Stage | None = None
    for each in instructions:
        if each.name == "FROM":
            if stage:
                yield stage
            stage = _Stage(each)
        elif stage:
            stage.instructions.append(each)
    if stage:
        yield stage


def _alone(each: Instruction) -> Iterator[Flaw]:
    """What one instruction is enough to tell."""
    if each.name in {"ENV", "ARG"}:
        yield from _secrets(each)
    if each.name == "ADD" and "--checksum" not in each.text:
        for word in each.words:
            if word.startswith(("http://", "https://")):
                message = f"ADD takes {word} unchecked; download it in a RUN that checks its hash"
                yield Flaw("docker-add-url", each.line, message, _MEDIUM, word)
    if each.name == "RUN" and re.search(r"\bapt-get\b.*\binstall\b", each.text):
        cleaned = "/var/lib/apt/lists" in each.text or "type=cache" in each.text
        if not cleaned:
            message = "apt-get install leaves its lists in the layer: rm -rf /var/lib/apt/lists/*"
            yield Flaw("docker-apt-lists", each.line, message, _LOW, each.text)


def _secrets(each: Instruction) -> Iterator[Flaw]:
    first, *rest = each.words or [""]
    pairs = [(found["name"], found["value"].strip("\"'")) for found in _PAIR.finditer(each.text)]
    if "=" not in first:  # `ENV NAME value`, or `ARG NAME`
        pairs = [(first, " ".join(rest))]
    for name, value in pairs:
        if names_secret(name) and value and not value.startswith("$"):
            message = f"{name} stands in the image for everybody to read; use a build secret"
            yield Flaw("docker-secret", each.line, message, _HIGH, name)
        elif names_secret(name) and each.name == "ARG" and not value:
            message = f"the value of {name} is kept in the image's history; use a build secret"
            yield Flaw("docker-secret-argument", each.line, message, _LOW, name)


def _bases(stages: list[_Stage]) -> Iterator[Flaw]:
    names: set[str] = {"scratch"}
    for stage in stages:
        words = stage.start.words
        if words and words[0].lower() not in names and floats(words[0]):
            message = f"{words[0]} can be another image tomorrow; name a version"
            yield Flaw("docker-latest", stage.start.line, message, _MEDIUM, words[0])
        if len(words) == 3 and words[1].upper() == "AS":
            names.add(words[2].lower())


def _order(stage: _Stage) -> Iterator[Flaw]:
    """Everything is copied before dependencies are installed, so every change installs them."""
    for number, each in enumerate(stage.instructions):
        if each.name == "COPY" and each.words and each.words[0] in _EVERYTHING:
            if "--from" in each.text:
                continue
            later = (other for other in stage.instructions[number:] if other.name == "RUN")
            if any(_INSTALLS.search(other.text) for other in later):
                message = "copy what names the dependencies first, so that they are cached"
                yield Flaw("docker-copy-order", each.line, message, _LOW, each.text)
            return


def _user(stages: list[_Stage]) -> Iterator[Flaw]:
    """The last stage is what runs; a stage that builds on another has its user."""
    by_name = {stage.start.words[-1].lower(): stage for stage in stages if stage.start.words}
    stage: _Stage | None = stages[-1]
    seen: list[_Stage] = []
    while stage is not None and stage not in seen:
        seen.append(stage)
        users = [each for each in stage.instructions if each.name == "USER"]
        if users:
            if users[-1].text.split(":")[0] in {"root", "0"}:
                yield Flaw("docker-root", users[-1].line, _ROOT, _MEDIUM, "USER")
            return
        base = stage.start.words[0].lower() if stage.start.words else ""
        if "nonroot" in base or "$" in base:
            return
        found = by_name.get(base)
        stage = found if found is not stage else None
    yield Flaw("docker-root", stages[-1].start.line, _ROOT, _MEDIUM, "USER")


_ROOT = "the container runs as root; name a USER"
