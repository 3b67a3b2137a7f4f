"""The file system of a cage: one list of paths with what may be done there."""

import functools
import itertools
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import phantom
from phantom.security.sandbox.port import Cage

SYSTEM = tuple(
    map(
        Path,
        ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/nix/store",
         "/gnu/store", "/run/current-system"),
    )
)  # fmt: skip
"""Programs, libraries and settings of the machine."""
# What only root may read there, which is no help where the server is root.
_SECRETS = tuple(
    map(
        Path,
        ("/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers",
         "/etc/sudoers.d", "/etc/ssh", "/etc/ssl/private", "/etc/krb5.keytab"),
    )
)  # fmt: skip
_RESOLVER = Path("/etc/resolv.conf")

CODE_AS_CONFIGURATION = (
    ".agents", ".claude", ".codex", ".copilot", ".cursor", ".gemini", ".idea", ".mcp.json",
    ".opencode", ".vscode", ".windsurf", "opencode.json", "opencode.jsonc",
)  # fmt: skip
"""Names at the root of a workspace that an agent or an editor obeys without being asked.

Whole directories: of a file in one, the directory could be moved away and made anew.
"""


class Access(StrEnum):
    """What may be done at a path and below it."""

    WRITE = "w"
    READ = "r"
    NONE = "-"


@dataclass(frozen=True, slots=True)
class Place:
    """A path and what may be done there and below, until a more specific one says otherwise."""

    path: Path
    access: Access


def places(cage: Cage, hidden: Sequence[Path]) -> list[Place]:
    """Every place of `cage`, those above before those below them; `hidden` adds to its own.

    A place that only repeats what holds around it is left out, and so is one that does not exist.
    Blocks for a few looks at the file system.
    """
    given = dict.fromkeys(_system(), Access.READ)
    for path in (*_resolver(cage), *cage.readable):
        given |= dict.fromkeys(_names(path), Access.READ)
    for path in (*_secrets(), *hidden, *cage.hidden):
        given |= dict.fromkeys(_names(path), Access.NONE)
    # Last, so that it counts where the same path is also hidden.
    for path in cage.writable:
        given |= dict.fromkeys(_names(path), Access.WRITE)
    needed: dict[Path, Access] = {}
    for path in sorted(given, key=lambda path: (len(path.parts), path)):
        if access(path, needed) is not given[path] and path.exists():
            needed[path] = given[path]
    return list(itertools.starmap(Place, needed.items()))


def access(path: Path, among: Mapping[Path, Access]) -> Access:
    """What may be done at `path`: the most specific of `among` decides."""
    return next((among[each] for each in (path, *path.parents) if each in among), Access.NONE)


def _names(path: Path) -> tuple[Path, Path]:
    """The path as it is written, and what it is behind any links."""
    return path, path.resolve()


@functools.cache
def _system() -> tuple[Path, ...]:
    """What is readable in every cage, found once: it does not change while the server runs."""
    there = (path for path in SYSTEM if path.exists())
    return (*there, *itertools.chain.from_iterable(map(_names, _toolchains())))


def _toolchains() -> Iterator[Path]:
    """The running Python with its environment, Phantom's own code, git and node."""
    yield Path(sys.base_prefix)
    yield Path(sys.prefix)
    yield Path(phantom.__file__).parent.parent
    for name in ("git", "node"):
        if found := shutil.which(name):
            yield installation(Path(found))


def installation(program: Path) -> Path:
    """The directory that a program was installed to: `/opt/node` for `/opt/node/bin/node`.

    The program alone where that directory would hold the user's home.
    """
    program = program.resolve()
    prefix = program.parent.parent
    if program.parent.name != "bin" or Path.home().resolve().is_relative_to(prefix):
        return program
    return prefix


@functools.cache
def _secrets() -> tuple[Path, ...]:
    return tuple(path for path in _SECRETS if path.exists()) if os.geteuid() == 0 else ()


def _resolver(cage: Cage) -> Iterator[Path]:
    """Where names are looked up, which is often a link to a place that is no system directory."""
    if cage.network and _RESOLVER.is_symlink():
        yield _RESOLVER.resolve()
