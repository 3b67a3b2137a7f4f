"""A short run of the sceptical reader; the long one is `./dev bench truth`."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_said_of_a_task_is_what_happened() -> None:
    """By the embedded agent and a scripted one, which repairs at once and later."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.truth", "--tasks", "2"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "openai_scripted completed: 2" in done.stdout
