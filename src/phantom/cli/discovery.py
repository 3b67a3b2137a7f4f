"""Which server a command talks to.

A server leaves `server.json` in its home while it runs, so that it is found on whatever port. The
file is trusted only while the process that wrote it lives: a pid alone may have been recycled.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from phantom.client import Client
from phantom.errors import Unreachable
from phantom.settings import Settings

_SAME_START_SECONDS = 2.0
_PATIENCE_SECONDS = 5.0


class Announcement(BaseModel):
    """A running server, as it tells others.

    Attributes:
        process_started: when the process began, in seconds since the epoch.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    pid: int
    process_started: float

    @property
    def alive(self) -> bool:
        """True while the very process that wrote this runs."""
        try:
            started = float(psutil.Process(self.pid).create_time())
        except psutil.Error:
            return False
        return abs(started - self.process_started) < _SAME_START_SECONDS


def url_of(host: str, port: int) -> str:
    """The address of a server as a URL; a host that means "every address" is asked on loopback."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


@contextlib.contextmanager
def announced(home: Path, url: str) -> Iterator[Announcement]:
    """Tell other commands about this process's server while the block runs."""
    this = Announcement(url=url, pid=os.getpid(), process_started=psutil.Process().create_time())
    file = _file(home)
    half = file.with_suffix(f".{os.getpid()}")
    half.write_text(this.model_dump_json())
    half.replace(file)
    try:
        yield this
    finally:
        if _read(home) == this:
            file.unlink(missing_ok=True)


def announcement(home: Path) -> Announcement | None:
    """The live server of a home, or None."""
    found = _read(home)
    return found if found is not None and found.alive else None


async def find(settings: Settings) -> str | None:
    """The URL of a server that answers: the home's own, else the one at the configured address.

    A home that was chosen explicitly is taken at its word: the server at the default address may
    belong to another one, so it is asked only where the port was chosen explicitly as well.
    """
    chosen = settings.model_fields_set
    urls = []
    if (own := announcement(settings.home)) is not None:
        urls.append(own.url)
    if settings.port and ("home" not in chosen or "port" in chosen):
        urls.append(url_of(settings.host, settings.port))
    if "port" in chosen:
        urls = urls[-1:]
    for url in urls:
        async with Client(url, timeout=_PATIENCE_SECONDS) as client:
            with contextlib.suppress(Unreachable):
                await client.health()
                return url
    return None


async def found(settings: Settings) -> str:
    """The URL of a server that answers. Raises Unreachable saying where was looked."""
    url = await find(settings)
    if url is None:
        raise Unreachable(
            f"No Phantom server answers at {url_of(settings.host, settings.port)}, and none runs "
            f"with the home {settings.home}. Start one with `phantom serve`."
        )
    return url


def _file(home: Path) -> Path:
    return home / "server.json"


def _read(home: Path) -> Announcement | None:
    try:
        return Announcement.model_validate(json.loads(_file(home).read_text()))
    except (OSError, ValueError, ValidationError):
        return None
