"""The question of `phantom run` whether a repository may bring configuration that is code."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.phantom_command import PhantomCommand, RunningServer
from tests.support.repositories import GitRepoFactory


@pytest.fixture
def repository(git_repo: GitRepoFactory) -> Path:
    """One that brings settings for an agent."""
    return git_repo({"README": "nothing to repair", ".claude/settings.json": "{}"})


@pytest.fixture
def server(phantom: PhantomCommand, repository: Path) -> Iterator[RunningServer]:
    """A server with a project that names the repository."""
    with phantom.serve("--root", str(repository)) as server:
        made = {"name": "Shop", "github_repo": str(repository)}
        assert 201 == httpx.post(f"{server.facts['url']}/api/projects", json=made).status_code
        yield server


def trusted(server: RunningServer) -> bool:
    """Whether the only project is."""
    (project,) = httpx.get(f"{server.facts['url']}/api/projects").json()
    return bool(project["trusted"])


def test_flags_answer_beforehand_and_a_pipe_is_never_asked(
    phantom: PhantomCommand, server: RunningServer, repository: Path
) -> None:
    """The answer is kept with the project."""
    seen = []
    for flags in ((), ("--trust",), (), ("--no-trust",)):
        phantom("run", "Write a web shop", "--repo", str(repository), *flags)
        seen.append(trusted(server))
    assert [False, True, True, False] == seen


@pytest.mark.parametrize(("typed", "expected"), [(b"y\n", True), (b"\n", False)])
def test_a_terminal_is_asked(
    phantom: PhantomCommand,
    server: RunningServer,
    repository: Path,
    typed: bytes,
    expected: bool,
) -> None:
    """By default the answer is no."""
    terminal, end = os.openpty()
    os.write(terminal, typed)
    argv = (sys.executable, "-m", "phantom", "run", "Write a web shop", "--repo", str(repository))
    subprocess.run(
        argv, env=phantom.environment(), stdin=end, stderr=end, stdout=subprocess.DEVNULL,
        timeout=60, check=False,
    )  # fmt: skip
    shown = os.read(terminal, 10_000).decode()
    os.close(end)
    os.close(terminal)
    assert "project 'Shop' brings .claude" in " ".join(shown.split())
    assert expected == trusted(server)


def test_without_a_project_there_is_nothing_to_trust(
    phantom: PhantomCommand, repository: Path
) -> None:
    """A sentence says what to make."""
    done = phantom("run", "x", "--repo", str(repository), "--trust")
    assert 2 == done.returncode
    assert "make one with POST /api/projects" in " ".join(done.stderr.split())
