"""Landlock: the kernel's own sandbox for whoever asks, by three calls and without installation.

It needs Linux 5.13, and holds more with every version since. It can only allow, never deny below
what is allowed: so a directory with something hidden in it is replaced by what else it holds.
"""

import functools
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from phantom.security.sandbox import launcher
from phantom.security.sandbox.port import Cage
from phantom.security.sandbox.view import SYSTEM, Access, Place, places

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# Of other processes it shows what a listing does, their command lines among it; what the kernel
# guards like tracing (environment, descriptors, memory) stays closed to the cage.
_PROC = Path("/proc")
_SCOPES_SINCE = 6
# Imported and not run as a script, since what is imported is compiled once: 2 ms of 10.
_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); import launcher; "
    "launcher._exit(launcher.main(sys.argv[1:]))"
)
_ALWAYS = (
    "files that agents and editors obey can be made in the workspace; the check of the diff tells",
    "an agent that needs the network can reach the sockets of other programs, the server's too",
    "the command lines of other processes, and the dates and modes of files, are not guarded",
    "the number of processes is not limited",
)


@dataclass(frozen=True, slots=True)
class Landlock:
    """Cages by Landlock.

    Attributes:
        abi: the version that the kernel has, >= 1.
        hidden: absent in every cage.
    """

    abi: int
    hidden: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """As in `PHANTOM_SANDBOX`."""
        return "landlock"

    @property
    def gaps(self) -> tuple[str, ...]:
        """What it does not hold on this kernel, the gravest first."""
        missing = []
        if os.uname().machine not in launcher.MACHINES:
            missing.append("of the network only TCP is switched off, and that from Linux 6.7")
        if self.abi < _SCOPES_SINCE:
            missing.append("other processes of the user can be ended before Linux 6.12")
        return (*missing, *_ALWAYS)

    def wrap(self, argv: Sequence[str], cage: Cage) -> list[str]:
        """The launcher, the rules, and `argv`."""
        found = [*places(cage, self.hidden), Place(_PROC, Access.READ)]
        rules = [f"{place.access}{place.path}" for place in _allowed(found)]
        rules += [f"{Access.WRITE}{device}" for device in _DEVICES]
        network = "on" if cage.network else "off"
        return [*_interpreter(), network, *rules, "--", *argv]


def _interpreter() -> tuple[str, ...]:
    # The one behind a virtual environment: it starts without looking for its configuration.
    base = getattr(sys, "_base_executable", None) or sys.executable
    return base, "-I", "-S", "-c", _START, str(Path(launcher.__file__).parent)


def _allowed(found: Sequence[Place]) -> Iterator[Place]:
    """The same access said by allowing alone."""
    for place in found:
        if place.access is Access.NONE:
            continue
        less = frozenset(other.path for other in found if _takes_from(other, place))
        divided = _kept if place.path in SYSTEM else _without
        for path in divided(place.path, less):
            yield Place(path, place.access)


def _takes_from(other: Place, place: Place) -> bool:
    less = other.access is Access.NONE or (
        other.access is Access.READ and place.access is Access.WRITE
    )
    return less and place.path in other.path.parents


def _without(directory: Path, less: frozenset[Path]) -> tuple[Path, ...]:
    """The directory, or what it holds besides `less`."""
    if directory in less:
        return ()
    if not any(directory in path.parents for path in less):
        return (directory,)
    try:
        entries = [entry for entry in directory.iterdir() if not entry.is_symlink()]
    except OSError:
        return ()  # what cannot be listed cannot be divided; closed is the safe side
    return tuple(path for entry in entries for path in _without(entry, less))


@functools.cache
def _kept(directory: Path, less: frozenset[Path]) -> tuple[Path, ...]:
    """`_without`, asked once for a directory of the system, which holds hundreds of things."""
    return _without(directory, less)
