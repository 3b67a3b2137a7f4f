"""What `phantom doctor` looks at. A check only looks: it leaves no file and starts no agent."""

import asyncio
import importlib.util
import os
import platform
import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from pydantic import BaseModel

from phantom import processes
from phantom.cli import discovery
from phantom.cli.configuration import database_errors, shown_database
from phantom.client import Client
from phantom.db import migrate
from phantom.db.database import Database, async_url
from phantom.errors import StartupError, Unreachable
from phantom.security.sandbox import detect
from phantom.settings import Settings
from phantom.traces.destination import destination
from phantom.traces.port import NotTaken

if TYPE_CHECKING:
    from phantom.agents.cli.discovery import Installed

OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 31)
"""The first with `GIT_CONFIG_COUNT`, by which a repository's filters are switched off."""
OLDEST_SQLITE = (3, 35)
"""The first with `RETURNING`."""
EMBEDDED_TOOLS = ("pytest", "ruff", "bandit", "detect_secrets", "grimp", "lizard")
LANGUAGES = {"javascript": ("node", "npm"), "go": ("go",), "rust": ("cargo", "rustc")}
"""What measures projects in other languages than Python."""
_MEGABYTE = 1_000_000


class State(StrEnum):
    """How a check ended; only `failed` stands in Phantom's way."""

    OK = "ok"
    ABSENT = "absent"
    WARNING = "warning"
    FAILED = "failed"


class Check(BaseModel):
    """One thing that was looked at."""

    name: str
    state: State
    finding: str


async def examine(settings: Settings) -> list[Check]:
    """Every check, in the order in which they are shown."""
    checks: tuple[Callable[[Settings], Awaitable[Check]], ...] = (
        _python,
        _git,
        _sqlite,
        _home,
        _disk,
        _memory,
        _port,
        _database,
        _langfuse,
        _sandbox,
        _embedded_agent,
    )
    made = [await check(settings) for check in checks]
    return made + await asyncio.to_thread(_languages) + await _command_lines(settings)


async def _python(_: Settings) -> Check:
    good = sys.version_info >= OLDEST_PYTHON
    return _check("python", f"{platform.python_version()} at {sys.executable}", good=good)


async def _git(_: Settings) -> Check:
    found = shutil.which("git")
    if found is None:
        return _check("git", "not on PATH; every task needs it", good=False)
    limits = processes.Limits(wall_seconds=10)
    environment = {"PATH": os.environ.get("PATH", os.defpath)}
    done = await processes.run([found, "--version"], cwd=Path("/"), env=environment, limits=limits)
    version = re.search(r"(\d+)\.(\d+)", done.text)
    if version is None:
        return _check("git", f"{found} does not tell its version", good=False)
    good = (int(version[1]), int(version[2])) >= OLDEST_GIT
    needs = "" if good else f"; {'.'.join(map(str, OLDEST_GIT))} or newer is needed"
    return _check(
        "git", f"{done.text.strip().removeprefix('git version ')} at {found}{needs}", good=good
    )


async def _sqlite(_: Settings) -> Check:
    good = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    return _check("sqlite", sqlite3.sqlite_version, good=good)


async def _home(settings: Settings) -> Check:
    there = await asyncio.to_thread(_nearest, settings.home)
    if not await asyncio.to_thread(os.access, there, os.W_OK | os.X_OK):
        return _check("home", f"{settings.home}: {there} is not writable", good=False)
    made = "" if there == settings.home else " (made by the first start)"
    return _check("home", f"{settings.home}{made}", good=True)


async def _disk(settings: Settings) -> Check:
    there = await asyncio.to_thread(_nearest, settings.home)
    free = (await asyncio.to_thread(shutil.disk_usage, there)).free
    found = f"{free / 1e9:.1f} GB free for {settings.home}"
    return _room("disk", found, free, settings.min_free_disk_mb, "min_free_disk_mb")


async def _memory(settings: Settings) -> Check:
    available = (await asyncio.to_thread(psutil.virtual_memory)).available
    found = f"{available / 1e9:.1f} GB available"
    return _room("memory", found, available, settings.min_free_memory_mb, "min_free_memory_mb")


def _room(name: str, found: str, free: int, floor: int, setting: str) -> Check:
    """`floor` is in megabytes; twice as much is no room to spare."""
    if free < floor * _MEGABYTE:
        found += f"; no task begins with less than {floor:,} MB (`{setting}`)"
        return Check(name=name, state=State.FAILED, finding=found)
    state = State.WARNING if free < 2 * floor * _MEGABYTE else State.OK
    return Check(name=name, state=state, finding=found)


async def _port(settings: Settings) -> Check:
    own = await asyncio.to_thread(discovery.announcement, settings.home)
    url = discovery.url_of(settings.host, settings.port)
    if own is not None and await _answers(own.url):
        return _check("server", f"runs at {own.url} (process {own.pid})", good=True)
    if settings.port == 0 or await asyncio.to_thread(_is_free, settings.host, settings.port):
        return _check("server", f"not running; {url} is free", good=True)
    if await _answers(url):
        return Check(
            name="server",
            state=State.WARNING,
            finding=f"a Phantom server with another home runs at {url}",
        )
    finding = f"another program holds {url}; start with --port NUMBER"
    return Check(name="server", state=State.FAILED, finding=finding)


async def _database(settings: Settings) -> Check:
    try:
        shown = shown_database(settings)
        url = async_url(settings.effective_database_url)
        is_sqlite = url.get_backend_name() == "sqlite"
        if is_sqlite and not await asyncio.to_thread(Path(url.database or "").is_file):
            return _check("database", f"{shown} (made by the first start)", good=True)
        with database_errors(settings):
            current = await _is_current(settings)
    except StartupError as error:
        return _check("database", str(error), good=False)
    if current:
        return _check("database", f"{shown} is up to date", good=True)
    finding = f"{shown} is older than this version; the next start upgrades it"
    return Check(name="database", state=State.WARNING, finding=finding)


async def _is_current(settings: Settings) -> bool:
    database = Database(settings.effective_database_url)
    try:
        return await migrate.is_current(database)
    finally:
        await database.close()


async def _langfuse(settings: Settings) -> Check:
    try:
        opening = destination(settings)
        if opening is None:
            finding = "no keys are set; no traces are sent"
            return Check(name="langfuse", state=State.ABSENT, finding=finding)
        async with opening() as langfuse:
            await langfuse.check()
    except StartupError as error:
        return _check("langfuse", str(error), good=False)
    except NotTaken as error:
        # Tasks run without it, and their traces wait.
        return Check(name="langfuse", state=State.WARNING, finding=str(error))
    return _check("langfuse", f"{settings.langfuse_host} takes the keys", good=True)


async def _sandbox(settings: Settings) -> Check:
    try:
        sandbox = await detect(settings.sandbox, (settings.home, Path.home()))
    except StartupError as error:
        return _check("sandbox", str(error), good=False)
    state = State.WARNING if sandbox.name == "none" else State.OK
    finding = f"{sandbox.name}; not held: {'; '.join(sandbox.gaps)}"
    return Check(name="sandbox", state=state, finding=finding)


async def _embedded_agent(_: Settings) -> Check:
    missing = [tool for tool in EMBEDDED_TOOLS if importlib.util.find_spec(tool) is None]
    if missing:
        return _check("agent local", f"its tools {', '.join(missing)} are missing", good=False)
    return _check("agent local", "embedded, works offline, costs nothing", good=True)


def _languages() -> list[Check]:
    made = []
    for language, programs in LANGUAGES.items():
        found = {program: shutil.which(program) for program in programs}
        missing = [program for program, path in found.items() if path is None]
        told = ", ".join(path for path in found.values() if path)
        if missing:
            told = f"no {' and no '.join(missing)} on PATH; such projects are not measured"
        state = State.ABSENT if missing else State.OK
        made.append(Check(name=f"language {language}", state=state, finding=told))
    return made


async def _command_lines(settings: Settings) -> list[Check]:
    from phantom.agents.cli.discovery import Discovery  # no command but this one needs it

    found = await Discovery(settings.acp_commands).installed()
    return [
        Check(name=f"agent {each.name}", state=_state(each), finding=_told(each)) for each in found
    ]


def _state(found: "Installed") -> State:
    if found.path is None:
        return State.ABSENT
    return State.WARNING if found.trouble else State.OK


def _told(found: "Installed") -> str:
    where = f"{found.version} at {found.path}" if found.usable else ""
    return "; ".join(filter(None, (where, found.trouble or "logged in")))


def _check(name: str, finding: str, *, good: bool) -> Check:
    return Check(name=name, state=State.OK if good else State.FAILED, finding=finding)


def _nearest(path: Path) -> Path:
    """The path itself, or the nearest of its parents that exists."""
    return next(each for each in (path, *path.parents) if each.exists())


async def _answers(url: str) -> bool:
    async with Client(url, timeout=3.0) as client:
        try:
            await client.health()
        except Unreachable:
            return False
        return True


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
