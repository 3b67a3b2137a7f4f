"""Desks for the command lines of agents, and a provider on loopback for them to talk to.

`./dev test` installs them. Where that was not possible the tests here are skipped, but never in CI.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.support.agent_clis import CLIS, INSTALLED, KEY, ROOT, Desk, Everyone, swept
from tests.support.provider import Provider
from tests.support.repositories import GitRepoFactory


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider of models."""
    with Provider() as served:
        yield served


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Homes of the agents for all tests: copilot unpacks 235 MB into a fresh one."""
    if not (INSTALLED / "installed.txt").exists():
        why = f"THE COMMAND LINES OF AGENTS ARE NOT IN {INSTALLED}: `./dev test` puts them there"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    made = tmp_path_factory.mktemp("homes")
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
async def desks(
    homes: Path, tmp_path: Path, git_repo: GitRepoFactory, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Desk]]:
    """One for each command line, in a repository of its own."""
    monkeypatch.setenv("LOOPBACK_KEY", KEY)
    monkeypatch.setenv("PATH", f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    made = [
        Desk(cli, tmp_path, homes, git_repo({"README.md": "Hello"}, name=cli.name)) for cli in CLIS
    ]
    async with swept(made):
        yield made


@pytest.fixture
def everyone(desks: list[Desk]) -> Everyone:
    """Has every command line do the same at once; what any of them does wrong is told by name."""

    async def do(work: Callable[[Desk], Awaitable[None]]) -> None:
        done = await asyncio.gather(*(work(desk) for desk in desks), return_exceptions=True)
        wrong = [
            f"{desk.cli.name}: {type(error).__name__}: {error}"
            for desk, error in zip(desks, done, strict=True)
            if error is not None
        ]
        assert not wrong, "\n\n".join(wrong)

    return do
