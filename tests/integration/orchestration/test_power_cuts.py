"""Killed at any point of the loop, a task ends as if nothing had happened.

The random counterpart, with many kills of one server, is `bench/chaos.py`; its audit is used here.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench._chaos_audit import Checkout, audit
from bench.chaos import POINTS, make_repository
from phantom.engine.faults import VARIABLE

ROOT = Path(__file__).parents[3]
# The same in the second iteration, where there are records of the first.
REPEATED = ["call:opened@2", "call:journalled@2", "evaluate:snapshot@2", "evaluate:recorded@2"]
ON_POSTGRESQL = [
    "workspace:recorded",
    "context:recorded",
    "plan:recorded",
    "call:opened",
    "call:journalled@2",
    "call:recorded",
    "evaluate:recorded",
    "finish:delivered",
    "finish:recorded",
]

pytestmark = pytest.mark.slow


def serve(home: Path, repository: Path, url: str, fault: str | None) -> int:
    """The exit status of a server that runs until its task has ended, or it is killed."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")}
    if fault is not None:
        environment[VARIABLE] = fault
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.power_cut", str(home), str(repository), url],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "" == done.stderr
    return done.returncode


def survives(directory: Path, url: str, point: str) -> list[str]:
    """What is wrong after a kill at `point` and a second start."""
    home, repository = directory / "phantom-home", directory / "repository"
    home.mkdir()
    make_repository(repository)
    before = Checkout.of(repository)
    assert -signal.SIGKILL == serve(home, repository, url, point), "the point was not reached"
    assert 0 == serve(home, repository, url, None)
    return audit(home, repository, url, before)


def test_an_undisturbed_task_passes_the_audit(tmp_path: Path) -> None:
    """The measure of the others: two iterations, two calls, and these events in this order."""
    home, repository = tmp_path / "phantom-home", tmp_path / "repository"
    home.mkdir()
    make_repository(repository)
    before = Checkout.of(repository)
    url = f"sqlite:///{home / 'phantom.db'}"

    assert 0 == serve(home, repository, url, None)

    assert [] == audit(home, repository, url, before)


def test_the_audit_sees_a_doubled_call_and_a_touched_checkout(tmp_path: Path) -> None:
    """It can find something wrong."""
    home, repository = tmp_path / "phantom-home", tmp_path / "repository"
    home.mkdir()
    make_repository(repository)
    before = Checkout.of(repository)
    url = f"sqlite:///{home / 'phantom.db'}"
    assert 0 == serve(home, repository, url, None)
    receipts = home / "receipts"
    receipts.write_text(receipts.read_text() + receipts.read_text().splitlines()[0] + "\n")
    (repository / ".git" / "hooks" / "post-commit").write_text("#!/bin/sh\n")

    wrong = audit(home, repository, url, before)

    assert 2 == len(wrong)
    assert "was made 2 times" in wrong[0]
    assert "the user's checkout was touched" == wrong[1]


@pytest.mark.parametrize("point", POINTS + REPEATED)
def test_a_kill_on_sqlite_leaves_no_trace(tmp_path: Path, point: str) -> None:
    """Calls once, events whole, money settled once, the branch right, nothing else touched."""
    url = f"sqlite:///{tmp_path / 'phantom-home' / 'phantom.db'}"

    assert [] == survives(tmp_path, url, point)


@pytest.mark.parametrize("point", ON_POSTGRESQL)
def test_a_kill_on_postgresql_leaves_no_trace(
    tmp_path: Path, postgres_url: str, point: str
) -> None:
    """The same where the engine's state and ours share a database."""
    assert [] == survives(tmp_path, postgres_url, point)
