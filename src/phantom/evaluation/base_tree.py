"""The base commit as files, to run there what failed at HEAD.

Installed packages of the workspace are linked into it, so that the same tools are found. They may
hold the project itself in its state at HEAD, as an editable installation does; who runs something
here puts this directory first. Nothing else that git does not track is there: it may come from the
runs at HEAD.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from phantom.evaluation.port import Subject
from phantom.git import git

_INSTALLED = {".venv", "venv", "node_modules", "vendor"}
_MOST_LINKS = 200


async def write_base(subject: Subject, directory: Path) -> Subject:
    """Write the files of the base commit into `directory`, which must not exist.

    Returns the subject with them as its workspace; the real one can be read from there and not
    written. Raises GitFailed.
    """
    index = {"GIT_INDEX_FILE": str(directory.with_suffix(".index"))}
    workspace, own = subject.workspace, subject.git_directory
    await asyncio.to_thread(directory.mkdir, parents=True)
    await git(workspace, "read-tree", subject.base_commit, extra_env=index, own=own)
    await git(
        workspace,
        *("checkout-index", "--all", "--force", f"--prefix={directory}/"),
        extra_env=index,
        own=own,
    )
    untracked = await git(workspace, "ls-files", "-z", "--others", "--directory", own=own)
    await asyncio.to_thread(_link, workspace, directory, untracked.split("\0"))
    readable = (*subject.installed, workspace)
    return subject.model_copy(update={"workspace": directory, "installed": readable})


def _link(workspace: Path, directory: Path, entries: Iterable[str]) -> None:
    wanted = [Path(entry) for entry in entries if Path(entry).name in _INSTALLED]
    for path in wanted[:_MOST_LINKS]:
        link = directory / path
        if link.parent.is_dir() and not link.exists() and not link.is_symlink():
            link.symlink_to(workspace / path)
