"""A short chaos run; the long one is `./dev bench chaos`."""

import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 10


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_doubled_or_left_when_the_server_is_killed_again_and_again(
    database: str,
) -> None:
    """Ten kills on each database, at named points and at random, and the audit finds nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos", "--kills", str(KILLS), "--database", database],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"{database:<12}{KILLS:>6}" in done.stdout
