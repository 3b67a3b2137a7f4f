"""What is particular to one vendor's command line: how it is called, and where it keeps its login.

A module beside this one has a `CommandLine` for each; `runner.py` does what they have in common.
Facts about the command lines were found by running them, against a provider on loopback; the tests
in `tests/agent_clis` run them again.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pydantic import JsonValue

from phantom.agents.call_directory import Ended
from phantom.agents.cli.seen import Seen
from phantom.agents.port import AgentEvent, AgentRequest

Json = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Login:
    """Where a command line keeps who its user is.

    Attributes:
        file: below the user's home directory; readable by the CLI's own login command alone.
        linked: where the same file is looked for below the agent's own home.
        variables: of the server's environment, any of which stands for a login.
        how: what a user does to log in, as the end of a sentence.
    """

    file: str
    linked: str
    variables: tuple[str, ...]
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a command line.

    Attributes:
        home: the agent's own home, kept from call to call: its sessions lie there.
        whole: a file with the whole prompt, for one that cannot go on with its session after all.
        session: identifier of the session, a new UUID where none is continued.
        resumed: whether `session` exists already.
        key: the provider's key; None to use the user's own login.
        endpoint: base URL of the provider; None for the vendor's own.
        caged: whether it runs in a sandbox of ours, in which one of its own cannot work.
    """

    request: AgentRequest
    home: Path
    whole: Path
    session: str
    resumed: bool = False
    key: str | None = None
    endpoint: str | None = None
    caged: bool = False


@dataclass(frozen=True, slots=True)
class Invocation:
    """How a call is started: what follows the program, the environment, and settings as files."""

    arguments: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Json] = field(default_factory=dict)
    """JSON files below the agent's home, written anew for each call."""


class CommandLine(ABC):
    """One vendor's command line.

    Attributes:
        name: the program's name on PATH.
        package: what npm calls it.
        tested: the versions that the tests ran, from the first to the last.
        host: of the vendor's own provider, which a key is sent to where there is no endpoint.
        login: where its login is.
    """

    name: ClassVar[str]
    package: ClassVar[str]
    tested: ClassVar[tuple[str, str]]
    host: ClassVar[str]
    login: Login

    needs: tuple[str, ...] = ()
    """Further programs, without which it cannot work."""
    runs: tuple[str, ...] = ()
    """Programs that it starts in turn, for a cage to show; what is none of them is passed over."""

    @property
    def install(self) -> str:
        """What a user does to have it, as the end of a sentence."""
        return f"install it with `npm install -g {self.package}`"

    @abstractmethod
    def invocation(self, call: Call) -> Invocation:
        """How this call is started; the prompt comes on standard input."""

    def refuses(self, workspace: Path, *, caged: bool) -> str | None:  # noqa: ARG002 - see opencode
        """Why it must not be started in `workspace`, as a sentence; None where it may be."""
        return None

    @abstractmethod
    def read(self, line: Json, seen: Seen) -> Iterator[AgentEvent]:
        """Take one line of its output in."""

    def complain(self, line: str, seen: Seen) -> None:  # noqa: B027 - most tell nothing there
        """Take one line of its standard error in."""

    def judge(self, seen: Seen, ended: Ended, scratch: Path) -> None:  # noqa: ARG002 - see copilot
        """Note what its end, and files in the call's scratch directory, tell beyond its output.

        Most say by words alone why they did not even begin.
        """
        if not seen.done and seen.failure is None and ended.status not in {None, 0, 126, 127}:
            seen.fail(ended.last_words)


def parsed(line: bytes) -> Json | None:
    """A line of output as an object; None for anything else, which is passed over."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def obj(value: JsonValue) -> Json:
    """`value` where it is an object, else an empty one: no vendor's format is taken on trust."""
    return value if isinstance(value, dict) else {}


def each(value: JsonValue) -> Iterator[Json]:
    """The objects in a list; none where it is no list."""
    yield from (
        item for item in (value if isinstance(value, list) else []) if isinstance(item, dict)
    )


def text(value: JsonValue) -> str:
    """`value` where it is text, else nothing."""
    return value if isinstance(value, str) else ""


def count(value: JsonValue) -> int:
    """`value` where it is a number of tokens, else 0."""
    return max(0, int(value)) if isinstance(value, int | float) else 0
