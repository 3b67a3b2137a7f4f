"""A server as a process of its own, so that it can be killed."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import phantom
from phantom.errors import StartupError

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server.

    Attributes:
        seconds: from its start to its first answer.
    """

    process: asyncio.subprocess.Process
    url: str
    seconds: float

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    async def kill(self) -> None:
        """SIGKILL: no handler runs and nothing is saved, as in a power cut."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """End it as Ctrl-C would; by force where that takes too long."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            await self.kill()


async def start(home: Path, root: Path) -> ServerProcess:
    """Start a server with its data in `home`, on a free port, for repositories below `root`.

    Raises StartupError with the server's last words where it does not come up.
    """
    started = time.monotonic()
    await asyncio.to_thread(home.mkdir, parents=True, exist_ok=True)
    log = home / "server.log"
    errors = await asyncio.to_thread(log.open, "ab")
    with errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "phantom", "serve", "--json", "--port", "0"),
            *("--home", str(home), "--root", str(root), "--log-level", "warning"),
            cwd=home,
            env=_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
        return ServerProcess(process, json.loads(line)["url"], time.monotonic() - started)
    except (TimeoutError, ValueError, asyncio.CancelledError) as error:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if isinstance(error, asyncio.CancelledError):
            raise
        words = (await asyncio.to_thread(log.read_text, errors="replace")).strip().splitlines()
        last = words[-1].removeprefix("phantom: ") if words else "it said nothing"
        raise StartupError(f"the demo's server did not start: {last}") from error


def _environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "TMPDIR", "LANG")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": str(Path(phantom.__file__).parent.parent)
    }
