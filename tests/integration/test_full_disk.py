"""A full disk ends a task with a sentence, and nothing half-done."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repositories import GitRepoFactory

# A disk of its own, in a mount namespace that dies with the child.
_SMALL_DISK = 'mount -t tmpfs -o size=120m tmpfs "$1" && shift && exec "$@"'


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """An empty directory to mount on; skips where mounting is not allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if _on_small_disk(disk, "true").returncode != 0:
        pytest.skip("mounting a small disk needs user namespaces")
    return disk


def _on_small_disk(disk: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    return subprocess.run(
        [*namespace, "sh", "-c", _SMALL_DISK, "sh", str(disk), *argv],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _ending(disk: Path, repository: Path, when: str) -> dict[str, str]:
    script = ("-m", "tests.support.full_disk", str(disk / "home"), str(repository), when)
    done = _on_small_disk(disk, sys.executable, *script)
    assert 0 == done.returncode, done.stderr
    ending: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return ending


def test_an_agent_that_fills_the_disk_fails_alone(
    small_disk: Path, git_repo: GitRepoFactory
) -> None:
    """The task ends as `disk_full`; the room its files took is given back to record that."""
    repository = git_repo({"a.txt": "a\n"})

    ending = _ending(small_disk, repository, "agent")

    assert "disk_full" == ending["reason"]
    assert "No space is left" in ending["detail"]
    assert "" == git_repo.git(repository, "branch", "--list", "phantom/*")


def test_no_task_starts_on_a_disk_that_is_nearly_full(
    small_disk: Path, git_repo: GitRepoFactory
) -> None:
    """It is refused with what is free and what is needed."""
    ending = _ending(small_disk, git_repo({"a.txt": "a\n"}), "before")

    assert "a task needs at least 64 MB to start" in ending["refused"]
