"""Which tools a model is offered, what it may say to each, and what it is answered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.tools import ToolDefinition

from phantom.agents.api.tools.files import MAX_LINES, Workspace
from phantom.agents.api.tools.tests import Confine, run_tests
from phantom.agents.port import AgentRequest
from phantom.errors import PhantomError

_SUMMARY = 200


class _Said(BaseModel):
    """What a model said to a tool; words that are too many are passed over."""

    model_config = ConfigDict(extra="ignore")


class _Where(_Said):
    path: str = Field(default=".", description="Directory, relative to the working directory.")


class _Search(_Where):
    text: str = Field(description="Plain text, case included; no pattern.")


class _Read(_Said):
    path: str
    first: int = Field(default=1, ge=1, description="Number of the first line.")
    count: int = Field(default=MAX_LINES, ge=1, description=f"Lines, {MAX_LINES} at most.")


class _Edit(_Said):
    path: str
    old: str = Field(description="Text that stands exactly once in the file, white space included.")
    new: str = Field(description="What stands there afterwards.")


class _Write(_Said):
    path: str
    content: str


class _Tests(_Said):
    only: str = Field(default="", description="A file, or path::test; all tests without it.")


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool did.

    Attributes:
        text: what the model is told.
        changed: the file that it changed, relative to the workspace, or None.
        digest: SHA-256 of that file's content, in hex.
    """

    text: str
    changed: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class _Tool:
    said: type[_Said]
    about: str
    changes: bool = False


_TOOLS = {
    "list_files": _Tool(_Where, "List the files below a directory."),
    "search": _Tool(_Search, "Find the lines that hold a text, in all files below a directory."),
    "read_file": _Tool(_Read, "Read lines of a text file; each comes behind its number and a tab."),
    "edit_file": _Tool(_Edit, "Replace one piece of text in a file.", changes=True),
    "write_file": _Tool(_Write, "Write a new file; directories are made.", changes=True),
    "run_tests": _Tool(_Tests, "Run the project's tests and see how they end.", changes=True),
}
"""Running tests runs code, which may write: no tool for a task that only looks."""


class Tools:
    """The tools of one call."""

    def __init__(self, request: AgentRequest, confine: Confine) -> None:
        self._request = request
        self._confine = confine
        self._workspace = Workspace.of(request)
        self._offered = {
            name: tool for name, tool in _TOOLS.items() if not (tool.changes and request.read_only)
        }

    @property
    def definitions(self) -> list[ToolDefinition]:
        """As a model is told of them; always in the same order, for the cache's sake."""
        return [
            ToolDefinition(
                name=name,
                description=tool.about,
                parameters_json_schema=_schema(tool.said),
                strict=False,
            )
            for name, tool in self._offered.items()
        ]

    def summary(self, call: ToolCallPart) -> str:
        """One line about a call, for people."""
        said = call.args_as_dict() if call.args else {}
        for name in ("path", "text", "only"):
            if isinstance(said.get(name), str):
                return str(said[name])[:_SUMMARY]
        return ""

    async def use(self, call: ToolCallPart) -> Result:
        """Do what a model asks for; what cannot be done is told to it, with what to do instead."""
        tool = self._offered.get(call.tool_name)
        if tool is None:
            names = ", ".join(self._offered)
            return Result(f"There is no tool {call.tool_name[:100]!r}; there are {names}.")
        try:
            return await self._used(_understood(tool.said, call))
        except ValidationError as error:
            wrong = "; ".join(_told(each) for each in error.errors()[:5])
            return Result(f"The arguments are not right: {wrong}.")
        except PhantomError as error:
            return Result(str(error))

    async def _used(self, said: _Said) -> Result:
        files = self._workspace
        match said:
            case _Tests():
                return Result(await run_tests(self._request, self._confine, said.only))
            case _Search():
                return Result(await asyncio.to_thread(files.search, said.text, said.path))
            case _Where():
                return Result(await asyncio.to_thread(files.listing, said.path))
            case _Read():
                text = await asyncio.to_thread(files.read, said.path, said.first, said.count)
                return Result(text)
            case _Edit():
                return await _changed(said.path, lambda: files.edit(said.path, said.old, said.new))
            case _Write():
                return await _changed(said.path, lambda: files.create(said.path, said.content))
            case _:
                raise TypeError(f"no tool takes {type(said).__name__}")


@cache
def _schema(said: type[_Said]) -> dict[str, object]:
    return said.model_json_schema()


async def _changed(path: str, change: Callable[[], str]) -> Result:
    digest = await asyncio.to_thread(change)
    return Result(f"{path} is written.", path.removeprefix("./"), digest)


def _understood(kind: type[_Said], call: ToolCallPart) -> _Said:
    if isinstance(call.args, str):
        return kind.model_validate_json(call.args or "{}")
    return kind.model_validate(call.args or {})


def _told(error: object) -> str:
    assert isinstance(error, dict)
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}" if where else str(error["msg"])
