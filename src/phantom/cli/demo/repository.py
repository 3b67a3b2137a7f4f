"""The demo's repository: `roombook`, a small package with one bug and one security finding."""

import asyncio
import tempfile
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from phantom.git import git

NAME = "roombook"
_SUFFIX = ".txt"  # its files must look like no code of ours to whoever reads this package


async def make(directory: Path) -> Path:
    """Write the repository below `directory`, with everything in one commit; returns its root."""
    root = directory / NAME
    await asyncio.to_thread(_copy, resources.files("phantom.cli.demo") / NAME, root)
    await git(root, "init", "--quiet", "--template=", "--initial-branch", "main", ".")
    await git(root, "add", "--all")
    await git(root, "commit", "--quiet", "--no-verify", "--message", "roombook 1.4.0")
    return root


def scratch() -> Path:
    """A fresh temporary directory, links in its path resolved."""
    return Path(tempfile.mkdtemp(prefix="phantom-demo-")).resolve()


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir()
    for entry in source.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__":
                _copy(entry, target / entry.name)
        elif entry.name.endswith(_SUFFIX):
            (target / entry.name.removesuffix(_SUFFIX)).write_bytes(entry.read_bytes())
