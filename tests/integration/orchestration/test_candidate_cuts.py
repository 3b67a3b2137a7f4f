"""Killed while candidates are made or worse work is taken back, a task pays nothing twice."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from phantom.engine.faults import VARIABLE
from tests.support.repositories import GitRepoFactory

ROOT = Path(__file__).parents[3]
RIGHT = {
    "status": "completed",
    "best": 3,
    "spent": 50_000,
    "rounds": [[0.6, 30_000], [0.3, 10_000], [1.0, 10_000]],
    "kept": ["b"],
    "settled": 5,
    "open": 0,
}
STARTED_FROM = {"1-1a": "0", "1-1b": "0", "1-1c": "0", "2-1": "0.6", "3-1": "0.6"}

pytestmark = pytest.mark.slow


def serve(home: Path, repository: Path, fault: str | None) -> subprocess.CompletedProcess[str]:
    """A server that runs until its task has ended, or it is killed."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-m", "tests.support.candidates_cut", str(home), str(repository)],
        cwd=ROOT,
        env=environment | ({VARIABLE: fault} if fault else {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("point", ["call:followed@3", "evaluate:snapshot@3", "restore:done"])
def test_a_kill_makes_no_candidate_twice(
    tmp_path: Path, git_repo: GitRepoFactory, point: str
) -> None:
    """Every call was made once, from the tree it should; the end is that of an undisturbed run."""
    home = tmp_path / "phantom-home"
    home.mkdir()
    repository = git_repo({"score": "0"})

    killed = serve(home, repository, point)
    resumed = serve(home, repository, None)

    assert (-signal.SIGKILL, "") == (killed.returncode, killed.stderr), "the point was not reached"
    assert (0, "") == (resumed.returncode, resumed.stderr)
    outcome = json.loads(resumed.stdout)
    branch = outcome.pop("branch")
    assert RIGHT == outcome
    receipts = [line.split() for line in (home / "receipts").read_text().splitlines()]
    assert STARTED_FROM == {call.rpartition("/")[2]: score for call, score in receipts}
    assert {1} == set(Counter(call for call, _ in receipts).values())
    files = git_repo.git(repository, "ls-tree", "-r", "--name-only", branch).split()
    assert {"score", "by-1b", "by-3"} == set(files)
    assert [] == list((home / "workspaces").glob("*/*/candidates"))
