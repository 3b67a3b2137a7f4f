"""Which sandbox a server uses: the one that is demanded, or the best that a trial shows to work.

Installed is not working: a container may forbid user namespaces, and a kernel may have been built
without Landlock. So each backend has to run a program before it counts.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog

from phantom import processes
from phantom.errors import StartupError
from phantom.security.sandbox import launcher
from phantom.security.sandbox.bubblewrap import Bubblewrap
from phantom.security.sandbox.landlock import Landlock
from phantom.security.sandbox.port import Cage, Sandbox, Uncaged

AUTO = "auto"
_TRIAL = ("/bin/sh", "-c", ": > made")
_LIMITS = processes.Limits(wall_seconds=10.0)
_log = structlog.get_logger(__name__)


class Unusable(Exception):
    """A backend cannot work here; a clause that says why."""


class ServerSandbox:
    """The sandbox of one server: what uses it is made before it can be chosen."""

    def __init__(self, demanded: str, hidden: Sequence[Path]) -> None:
        """`demanded` and `hidden` as for `detect`."""
        self._demanded = demanded
        self._hidden = tuple(hidden)
        self._chosen: Sandbox | None = None

    async def choose(self) -> None:
        """Try what there is. Raises StartupError as `detect` does."""
        self._chosen = await detect(self._demanded, self._hidden)

    @property
    def name(self) -> str:
        """As in `PHANTOM_SANDBOX`, never `auto`; `none` until the server has started."""
        return self._chosen.name if self._chosen else Uncaged().name

    @property
    def gaps(self) -> tuple[str, ...]:
        """What it does not hold, in sentences."""
        return self._made.gaps

    def wrap(self, argv: Sequence[str], cage: Cage) -> list[str]:
        """As the chosen one does."""
        return self._made.wrap(argv, cage)

    @property
    def _made(self) -> Sandbox:
        assert self._chosen is not None, "nothing is caged before the server has chosen how"
        return self._chosen


async def detect(demanded: str = AUTO, hidden: Sequence[Path] = ()) -> Sandbox:
    """The sandbox to use; `demanded` is a value of `PHANTOM_SANDBOX`.

    `hidden` is absent in every cage it makes. Raises StartupError where a backend is demanded and
    does not work. Under `auto` it is no sandbox at all only where none works, which is logged.
    """
    if demanded == "none":
        return Uncaged()
    names = ("bubblewrap", "landlock") if demanded == AUTO else (demanded,)
    reasons = []
    for name in names:
        try:
            return await _tried(name, hidden)
        except Unusable as why:
            reasons.append(f"{name}: {why}")
    told = "; ".join(reasons)
    if demanded == AUTO:
        _log.warning(
            "no sandbox works here: agents and tests run with all rights of this user", why=told
        )
        return Uncaged()
    raise StartupError(
        f"PHANTOM_SANDBOX demands a sandbox that does not work here ({told}); mend that, or set it "
        "to auto, which takes what works"
    )


def backend(name: str, hidden: Sequence[Path]) -> Sandbox:
    """The backend `name`, not yet tried. Raises Unusable where it is not even there."""
    made = _bubblewrap if name == "bubblewrap" else _landlock
    return made(tuple(hidden))


async def _tried(name: str, hidden: Sequence[Path]) -> Sandbox:
    sandbox = await asyncio.to_thread(backend, name, hidden)
    own = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="phantom-trial-"))
    try:
        cage = Cage(writable=(own,), temporary=own, read_only_inside=(".trial",))
        done = await processes.run(
            await asyncio.to_thread(sandbox.wrap, _TRIAL, cage),
            cwd=own,
            env={"PATH": os.environ.get("PATH", os.defpath)},
            limits=_LIMITS,
        )
        made = await asyncio.to_thread((own / "made").exists)
    finally:
        await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)
    if done.returncode != 0 or not made:
        words = done.error_text.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Unusable(words[-1])
    return sandbox


def _bubblewrap(hidden: tuple[Path, ...]) -> Sandbox:
    program = shutil.which("bwrap")
    if program is None:
        raise Unusable("there is no `bwrap` on PATH (install the package bubblewrap)")
    return Bubblewrap(Path(program), hidden)


def _landlock(hidden: tuple[Path, ...]) -> Sandbox:
    version = launcher.abi() if os.uname().sysname == "Linux" else 0
    if version < 1:
        raise Unusable("the kernel has none (Linux 5.13 and newer do, unless it is switched off)")
    return Landlock(version, hidden)
