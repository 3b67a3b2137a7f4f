"""Where a command line and its provider are, and whether its work left anything behind."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from phantom.agents.connections import Connection


def endpoint_of(connection: Connection) -> str | None:
    """The base URL that a connection names, with its port."""
    if connection.endpoint is None or connection.port is None:
        return connection.endpoint
    split = urlsplit(connection.endpoint)
    if split.port is not None:
        return connection.endpoint
    return split._replace(netloc=f"{split.netloc}:{connection.port}").geturl()


def real(program: str) -> Path:
    """The file that is run, behind all links."""
    return Path(shutil.which(program) or program).resolve()


def installation(program: Sequence[str]) -> list[Path]:
    """Where a program lies with all that belongs to it, and the interpreter that it names."""
    found: list[Path] = []
    for name in (*program[:1], "node"):
        if (path := shutil.which(name)) is not None:
            file = real(path)
            above = [each for each in file.parents if each.name == "node_modules"]
            found += [Path(path), above[-1] if above else file.parent]
    return found + [Path(part).parent for part in program[1:] if part.endswith(".py")]


def changed_since(workspace: Path, moment: float) -> bool:
    """True where a file of the work tree was made, changed or removed since `moment`.

    One removed at its root is not seen: a cage makes and removes names there itself.
    """
    for directory, names, files in os.walk(workspace):
        if ".git" in names:
            names.remove(".git")
        itself = () if directory == str(workspace) else (".",)
        for name in (*itself, *files):
            if os.lstat(os.path.join(directory, name)).st_mtime > moment:  # noqa: PTH118
                return True
    return False
