"""What a sandbox is asked: which paths a program may see, which it may change, and the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

PROCESSES = 1024
"""How many processes and threads one cage may hold, where the backend can count them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cage:
    """What one program may do. What is not named here is not there for it.

    The system (`view.SYSTEM`) and the toolchains that Phantom itself runs with are readable in
    every cage. Where paths lie in one another, the most specific one decides. Paths are absolute.

    Attributes:
        writable: may be read and changed; the first of them is the workspace.
        readable: may be read and run.
        hidden: absent, whatever is said of a directory above it.
        read_only_inside: names in the workspace that cannot be changed, nor made where they are
            absent. Landlock cannot do this: there the check of the diff is what is left.
        temporary: one of `writable` that also stands for `/tmp`, where the backend can do that.
        network: whether other machines, and servers on this one, can be reached.
        processes: how many processes and threads there may be at a time.
    """

    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    read_only_inside: tuple[str, ...] = ()
    temporary: Path | None = None
    network: bool = False
    processes: int = PROCESSES


@runtime_checkable
class Sandbox(Protocol):
    """A way to start programs in cages.

    Attributes:
        name: as in `PHANTOM_SANDBOX`.
        gaps: what this backend, on this kernel, does not hold; sentences for `phantom doctor`.
    """

    @property
    def name(self) -> str:
        """As in `PHANTOM_SANDBOX`."""
        ...

    @property
    def gaps(self) -> tuple[str, ...]:
        """What this backend does not hold on this kernel, in sentences."""
        ...

    def wrap(self, argv: Sequence[str], cage: Cage) -> list[str]:
        """The command that runs `argv` in `cage`, with the same input, output and exit status.

        What is started by it ends with it. A program that cannot be caged is not run: the command
        then fails with a sentence on its standard error.
        """
        ...


@dataclass(frozen=True, slots=True)
class Uncaged:
    """No sandbox: the program runs with all the rights of the server."""

    name: str = "none"
    gaps: tuple[str, ...] = (
        "agents and tests can read and change whatever the user of the server can",
    )

    def wrap(self, argv: Sequence[str], cage: Cage) -> list[str]:  # noqa: ARG002 - the port's shape
        """`argv` as it is."""
        return list(argv)
