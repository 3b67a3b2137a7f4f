"""`.phantom.toml`: what a repository says about its own evaluation (`docs/project-file.md`).

It is read from the base commit: who writes the change must not choose its judge.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from phantom.errors import InvalidInput
from phantom.evaluation.components import DEFAULT_WEIGHTS, component_of
from phantom.evaluation.repository import Repository
from phantom.git import blobs

NAME = ".phantom.toml"
REPLACEABLE = ("tests", "lint", "types")
"""Components that a command of the project's own may measure in place of our evaluators."""

JUNIT = "{junit}"

_MAX_BYTES = 64_000
_COMMAND_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_PYDANTIC_PREFIX = "Value error, "

_Word = Annotated[str, Field(min_length=1, max_length=4000)]
_Weight = Annotated[float, Field(strict=True, ge=0, le=1000, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Command(_Strict):
    """One command that measures something.

    Attributes:
        run: the program and its arguments; no shell reads them. `{junit}` in one of them stands
            for a file to which it writes a JUnit report, which then gives the score.
        timeout_seconds: at most; the evaluation's own limit holds as well.
        weight: in the quality score; None only for a component that has a default.
        score_from_output: the last line of its output is the score, in [0, 1].
    """

    run: tuple[_Word, ...] = Field(min_length=1, max_length=200)
    timeout_seconds: float | None = Field(default=None, ge=1, le=86_400)
    weight: _Weight | None = None
    score_from_output: bool = False

    @field_validator("run", mode="before")
    @classmethod
    def _is_a_list(cls, given: object) -> object:
        if isinstance(given, str):
            words = 'no shell is used: write a list, such as ["npm", "test"]'
            raise ValueError(words)  # noqa: TRY004 - pydantic turns only this one into a sentence
        return given

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if self.reports_junit and self.score_from_output:
            raise ValueError("takes its score from its report or from its output, not from both")
        return self

    @property
    def reports_junit(self) -> bool:
        """True where it is told where to write a JUnit report."""
        return any(JUNIT in word for word in self.run)


class ProjectFile(_Strict):
    """What the file says.

    Attributes:
        off: names of evaluators that do not run, a component (`lint`) or one language's part of
            it (`lint:javascript`).
        exclude: patterns of paths that no evaluator looks at; `*` matches any characters.
        commands: by the component that they measure.
        weights: of the quality score, by component; they go over the default ones.
    """

    off: tuple[_Word, ...] = Field(default=(), max_length=100)
    exclude: tuple[_Word, ...] = Field(default=(), max_length=200)
    commands: dict[str, Command] = Field(default={}, max_length=20)
    weights: dict[str, _Weight] = Field(default={}, max_length=50)

    @field_validator("off")
    @classmethod
    def _off_names_evaluators(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        _check_components(map(component_of, given))
        return given

    @field_validator("weights")
    @classmethod
    def _weights_name_components(cls, given: dict[str, float]) -> dict[str, float]:
        _check_components(given)
        return given

    @field_validator("commands")
    @classmethod
    def _commands_fit(cls, given: dict[str, Command]) -> dict[str, Command]:
        for name, command in given.items():
            if name in REPLACEABLE:
                continue
            if name in DEFAULT_WEIGHTS or not _COMMAND_NAME.fullmatch(name):
                own = ", ".join(REPLACEABLE)
                raise ValueError(
                    f"{name!r} may be {own}, or a name of your own in small letters that is no "
                    "component of Phantom's"
                )
            if command.weight is None:
                raise ValueError(f"{name!r} needs a weight")
        return given

    def all_weights(self) -> dict[str, float]:
        """Weights by component, those of commands among them."""
        named = {name: each.weight for name, each in self.commands.items()}
        return {**self.weights, **{n: weight for n, weight in named.items() if weight is not None}}

    def is_off(self, evaluator: str) -> bool:
        """True where `evaluator`, or the whole component, is switched off."""
        return evaluator in self.off or component_of(evaluator) in self.off

    def is_excluded(self, path: str) -> bool:
        """True where one of the patterns matches the path from the repository's root."""
        return any(fnmatchcase(path, pattern) for pattern in self.exclude)


def _check_components(names: Iterable[str]) -> None:
    for name in names:
        if name not in DEFAULT_WEIGHTS:
            raise ValueError(f"{name!r} is none of {', '.join(DEFAULT_WEIGHTS)}")


def parse(text: str) -> ProjectFile:
    """The file's content; raises InvalidInput with a sentence for each fault, by its field."""
    try:
        return ProjectFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{NAME} is no TOML: {error}.") from error
    except ValidationError as error:
        faults = "; ".join(_fault(each["loc"], each["msg"]) for each in error.errors())
        raise InvalidInput(f"{NAME} at the base commit is refused: {faults}.") from error


async def read_project_file(
    workspace: Path, repository: Repository, *, own: Path | None
) -> ProjectFile:
    """The file at the base commit, an empty one where there is none.

    `own` is the git directory to ask. Raises InvalidInput.
    """
    blob = repository.blobs.get(NAME)
    if blob is None:
        return ProjectFile()
    content = (await blobs(workspace, [blob], own=own)).get(blob, b"")
    if len(content) > _MAX_BYTES:
        raise InvalidInput(f"{NAME} is larger than {_MAX_BYTES // 1000} kB.")
    return parse(content.decode(errors="replace"))


def _fault(location: tuple[int | str, ...], message: str) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return f"{path.lstrip('.') or 'the file'}: {message.removeprefix(_PYDANTIC_PREFIX)}"


def effective_weights(file: ProjectFile, custom: Mapping[str, float] | None) -> Mapping[str, float]:
    """The file's weights under those that the project's configuration on the server sets."""
    return {**file.all_weights(), **(custom or {})}
