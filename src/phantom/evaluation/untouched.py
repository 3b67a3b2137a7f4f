"""Evaluating must not change what is evaluated, whatever the project's tests do.

What a test writes into the repository would become part of the agent's next commit.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from phantom.git import git

_UNTRACKED = "?"


@asynccontextmanager
async def untouched(workspace: Path, *, own: Path | None = None) -> AsyncIterator[None]:
    """Undo what becomes different from HEAD while the block runs; what already was stays."""
    before = await _differences(workspace, own)
    try:
        yield
    finally:
        after = await _differences(workspace, own)
        fresh = {path: kind for path, kind in after.items() if path not in before}
        await asyncio.to_thread(
            _remove, workspace, [path for path, kind in fresh.items() if kind == _UNTRACKED]
        )
        if changed := [path for path, kind in fresh.items() if kind != _UNTRACKED]:
            await git(
                workspace,
                *("checkout", "--quiet", "--force", "HEAD"),
                *("--pathspec-from-file=-", "--pathspec-file-nul"),
                extra_env={"GIT_LITERAL_PATHSPECS": "1"},
                stdin="\0".join(changed).encode(),
                own=own,
            )


async def _differences(workspace: Path, own: Path | None) -> dict[str, str]:
    """The first letter of git's status by path."""
    out = await git(
        workspace,
        *("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"),
        own=own,
    )
    return {entry[3:]: entry[:2].strip()[:1] for entry in out.split("\0") if entry}


def _remove(workspace: Path, paths: list[str]) -> None:
    for path in paths:
        target = workspace / path
        if path.endswith("/"):  # a repository inside the repository, told as a whole
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)
        for parent in target.parents:
            if parent == workspace or any(parent.iterdir()):
                break
            parent.rmdir()
