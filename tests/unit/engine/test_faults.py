"""Named points kill exactly where they are told to."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import phantom

_PASS = (
    "from phantom.engine.faults import fault_point\n"
    "for name in 'abab':\n"
    "    print(name, end='', flush=True)\n"
    "    fault_point(name)\n"
)


@pytest.mark.parametrize(
    ("spec", "seen", "status"),
    [
        ("", "abab", 0),
        ("c", "abab", 0),
        ("a", "a", -signal.SIGKILL),
        ("b@2", "abab", -signal.SIGKILL),
        ("a@2", "aba", -signal.SIGKILL),
        ("a@3", "abab", 0),
    ],
)
def test_a_process_dies_at_the_configured_pass_and_nowhere_else(
    spec: str, seen: str, status: int
) -> None:
    """By SIGKILL, as in a power cut: no handler runs."""
    source = str(Path(phantom.__path__[0]).parent)
    done = subprocess.run(
        [sys.executable, "-c", _PASS],
        env={"PYTHONPATH": source, "PHANTOM_FAULT": spec},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (seen, status) == (done.stdout, done.returncode)
