"""Bubblewrap: namespaces of its own for each program, from an unprivileged `bwrap`.

The program sees a file system that is made for it out of bind mounts, its own processes alone, and
with the network off nothing but a loopback of its own. When it ends, the kernel ends all of it.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import phantom
from phantom.security.sandbox.port import Cage
from phantom.security.sandbox.view import SYSTEM, Access, Place, places

# Without `--new-session`: `phantom.processes` starts each program in one that has no terminal, and
# sets that session's share of the processor.
_NAMESPACES = ("--unshare-all", "--die-with-parent", "--cap-drop", "ALL")
_NOTHING = Path(phantom.__file__).with_name("py.typed")  # an empty file that is always there
_TMP = Path("/tmp")  # noqa: S108 - inside a cage it is a directory of the cage
# `--die-with-parent` would bind an agent to the server, which it must outlive: so a shell is the
# parent. It also takes away the empty directories that stood for absent names, and ends by the
# signal that ended the program, which bwrap tells as 128 and its number.
_PARENT = (
    '"$@"; status=$?; {tidy}; [ "$status" -le 128 ] || kill -$((status - 128)) $$; exit "$status"'
)
# Within its own user namespace the count begins at nought; `-p` where the shell is dash.
_COUNTED = '{ ulimit -u "$1" || ulimit -p "$1"; } 2>/dev/null; shift; exec "$@"'


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """Cages by bubblewrap.

    Attributes:
        program: where `bwrap` is.
        hidden: absent in every cage.
    """

    program: Path
    hidden: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """As in `PHANTOM_SANDBOX`."""
        return "bubblewrap"

    @property
    def gaps(self) -> tuple[str, ...]:
        """What it does not hold: with the network on, it is the whole network."""
        return ("an agent that needs the network can reach servers on this machine, too",)

    def wrap(self, argv: Sequence[str], cage: Cage) -> list[str]:
        """A shell, `bwrap` with the namespaces and mounts of the cage, and `argv`."""
        network = ("--share-net",) if cage.network else ()
        absent = _absent(cage)
        counted = ("/bin/sh", "-c", _COUNTED, "sh", str(cage.processes), *argv)
        return [
            *("/bin/sh", "-c", _PARENT.format(tidy=_tidy(absent)), "sh"),
            *(str(self.program), *_NAMESPACES, *network),
            *self._mounts(cage, absent),
            *("--", *counted),
        ]

    def _mounts(self, cage: Cage, absent: Sequence[Path]) -> Iterator[str]:
        found = places(cage, self.hidden)
        yield from ("--proc", "/proc", "--dev", "/dev")
        if cage.temporary is not None:
            yield from ("--bind", str(cage.temporary), str(_TMP))
        closed: list[Path] = []
        for place in found:
            if place.access is Access.NONE and place.path.is_dir():
                closed.append(place.path)
            yield from _mount(place)
        for path in _present(cage):
            yield from ("--ro-bind", str(path), str(path))
        for path in absent:
            # Some agents read the one that is a file, and do not bear a directory there.
            kind = ("--ro-bind", str(_NOTHING)) if _is_file(path) else ("--tmpfs",)
            yield from (*kind, str(path))
        # Only now, since mount points had to be made in them. In /proc are switches of the kernel,
        # which a server that is root would otherwise lend to its agents.
        hollow = (path for path in absent if not _is_file(path))
        for path in (*closed, *hollow, Path("/proc"), Path("/")):
            yield from ("--remount-ro", str(path))


def _mount(place: Place) -> tuple[str, ...]:
    path = str(place.path)
    if place.access is Access.WRITE:
        return "--bind", path, path
    if place.access is Access.NONE:
        return ("--tmpfs", path) if place.path.is_dir() else ("--ro-bind", "/dev/null", path)
    if place.path in SYSTEM and place.path.is_symlink():
        return "--symlink", str(place.path.readlink()), path
    return "--ro-bind", path, path


def _roots(cage: Cage) -> tuple[Path, ...]:
    """Where the workspace is mounted: as it is written, and behind any links."""
    written = cage.writable[0]
    return tuple(dict.fromkeys((written, written.resolve())))


def _present(cage: Cage) -> Iterator[Path]:
    """Protected names that are there; of one that is a link, what it leads to in the workspace."""
    for root in _roots(cage) if cage.read_only_inside else ():
        real_root = root.resolve()
        for name in cage.read_only_inside:
            real = (root / name).resolve()
            if real_root in real.parents and real.exists():
                yield root / real.relative_to(real_root)


def _absent(cage: Cage) -> list[Path]:
    """Protected names that are not there. One that is a link cannot be mounted over."""
    named = (root / name for name in cage.read_only_inside for root in _roots(cage))
    return [path for path in named if not path.exists() and not path.is_symlink()]


def _is_file(path: Path) -> bool:
    return path.suffix.startswith(".json")


def _tidy(absent: Sequence[Path]) -> str:
    """Takes away what bwrap made to mount on; only where it is still as empty as it was made."""
    if not absent:
        return ":"
    files = shlex.join(str(path) for path in absent if _is_file(path))
    directories = shlex.join(str(path) for path in absent if not _is_file(path))
    return (
        f'rmdir {directories} 2>/dev/null; for file in {files}; do [ -s "$file" ] || '
        'rm -f "$file"; done'
    )
