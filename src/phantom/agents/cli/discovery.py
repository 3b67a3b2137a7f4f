"""Which command lines of agents are on this machine, in which state, and what to do about it."""

import asyncio
import os
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from phantom import processes
from phantom.agents.cli import COMMANDS, Program, command_of, type_of
from phantom.agents.cli.command import CommandLine
from phantom.agents.connections import Connection
from phantom.agents.fleet import NotReady
from phantom.vocabulary import AgentType, ConnectionType

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_LIMITS = processes.Limits(wall_seconds=20.0)
# Cursor's installer calls it `agent`, an older one `cursor-agent` (cursor.com/docs/cli/acp).
_CURSOR = ("cursor-agent", "agent")


@dataclass(frozen=True, slots=True)
class Installed:
    """One vendor's command line as it was found.

    Attributes:
        path: where it is; None where it is not on PATH.
        version: what it says itself; None where it does not even start.
        tested: the first and the last version that the tests ran.
        logged_in: whether there is a login of the user's, by a file or a variable.
        trouble: why it cannot be called, or what to look out for; empty where all is well.
        usable: true where it can be called.
    """

    name: str
    path: Path | None
    version: str | None
    tested: tuple[str, str]
    logged_in: bool
    trouble: str = ""

    @property
    def usable(self) -> bool:
        """It starts; a login may come from the connection's key as well."""
        return self.version is not None


class Discovery:
    """Looks for command lines; a version is asked for again only where the file has changed."""

    def __init__(self, acp_commands: Mapping[str, str] | None = None) -> None:
        """`acp_commands` are commands that speak ACP, by id of a connection or by agent type."""
        self._acp = {name: shlex.split(line) for name, line in (acp_commands or {}).items()}
        self._versions: dict[tuple[Path, int], str | None] = {}
        self._found: dict[str, Installed] = {}
        self._cursor: str | None = None

    async def installed(self) -> list[Installed]:
        """All of them, as they are now."""
        found = await asyncio.gather(*(self._look(command) for command in COMMANDS))
        self._found = {each.name: each for each in found}
        self._cursor = await asyncio.to_thread(_first_of, _CURSOR)
        return found

    async def look_again(self) -> bool:
        """Look once more; true where something else was found than before."""
        before = self._found, self._cursor
        await self.installed()
        return before != (self._found, self._cursor)

    def connections(self, connected: Sequence[Connection]) -> list[Connection]:
        """What was found and starts, and none of `connected` runs already, as connections."""
        local = [each for each in connected if each.connection_type is ConnectionType.LOCAL]
        taken = {command.name for each in local if (command := command_of(each)) is not None}
        return [
            Connection(
                agent_id=command.name,
                agent_name=f"{command.name} (found on this machine)",
                agent_type=type_of(command),
                connection_type=ConnectionType.LOCAL,
                discovered=True,
            )
            for command in COMMANDS
            if command.name not in taken and self._starts(command.name)
        ]

    def _starts(self, name: str) -> bool:
        found = self._found.get(name)
        return found is not None and found.usable

    def program(self, connection: Connection) -> Program:
        """What a local connection runs, by what `installed` found last.

        Raises NotReady where there is nothing that could be run.
        """
        for name in (connection.agent_id, connection.agent_type):
            if argv := self._acp.get(name):
                return Program(tuple(argv), acp=True)
        if connection.agent_type is AgentType.CURSOR and self._cursor:
            return Program((self._cursor, "acp"), acp=True)
        command = command_of(connection)
        if command is None:
            raise NotReady(
                f"has no command: {connection.agent_type} is driven by the Agent Client Protocol; "
                f"name a command that speaks it in the setting acp_commands, under "
                f"{connection.agent_id} or {connection.agent_type}"
            )
        found = self._found.get(command.name)
        if found is None or not found.usable or found.path is None:
            trouble = found.trouble if found else f"{command.name} was not found"
            raise NotReady(f"is not installed: {trouble}")
        if connection.discovered and not found.logged_in:
            raise NotReady(f"is not logged in: {command.login.how}")
        return Program((str(found.path),), version=found.version)

    async def _look(self, command: CommandLine) -> Installed:
        path = await asyncio.to_thread(shutil.which, command.name)
        logged_in = await asyncio.to_thread(_is_logged_in, command)
        if path is None:
            trouble = f"{command.name} is not on PATH; {command.install}"
            return Installed(command.name, None, None, command.tested, logged_in, trouble)
        version = await self._version(Path(path))
        trouble = _trouble(command, Path(path), version, logged_in=logged_in)
        return Installed(command.name, Path(path), version, command.tested, logged_in, trouble)

    async def _version(self, path: Path) -> str | None:
        changed = (await asyncio.to_thread(path.stat)).st_mtime_ns
        if (path, changed) not in self._versions:
            self._versions[path, changed] = await _told_version(path)
        return self._versions[path, changed]


async def _told_version(path: Path) -> str | None:
    """What `--version` says; a shim whose program was never fetched is on PATH, too, and fails."""
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ
    }
    quiet = {"NO_COLOR": "1", "COPILOT_AUTO_UPDATE": "false", "DISABLE_AUTOUPDATER": "1"}
    try:
        done = await processes.run(
            [str(path), "--version"], cwd=Path("/"), env=environment | quiet, limits=_LIMITS
        )
    except OSError:
        return None
    found = _VERSION.search(done.text)
    return found[0] if found and done.returncode == 0 else None


def _trouble(command: CommandLine, path: Path, version: str | None, *, logged_in: bool) -> str:
    if version is None:
        return f"{path} is there, but `{path} --version` fails; {command.install}"
    first, last = (_parts(each) for each in command.tested)
    told = []
    if not first <= _parts(version) <= last:
        told.append(f"{version} was not tested ({' to '.join(command.tested)} were); it may work")
    if not logged_in:
        told.append(f"not logged in: {command.login.how}, or give its connection a key")
    return "; ".join(told)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _is_logged_in(command: CommandLine) -> bool:
    by_variable = any(os.environ.get(name) for name in command.login.variables)
    return by_variable or (Path.home() / command.login.file).is_file()


def _first_of(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)
