"""The sandboxes that work on this machine, for tests that need a real one."""

import functools
import os
import subprocess
import tempfile
import warnings
from pathlib import Path

import pytest

from phantom.security.sandbox import Cage, Sandbox, Uncaged
from phantom.security.sandbox.chosen import Unusable, backend

BACKENDS = ("bubblewrap", "landlock")


def sandbox(name: str, *hidden: Path) -> Sandbox:
    """The backend `name`; where it cannot work the test is skipped, and fails in CI."""
    if why := _why_not(name):
        told = f"NOT TESTED: {name} does not work here ({why})"
        if os.environ.get("CI"):
            pytest.fail(f"{told}; a CI machine must have it")
        warnings.warn(told, stacklevel=2)
        pytest.skip(told)
    return backend(name, hidden)


def best() -> Sandbox:
    """The backend that a server would choose here."""
    working = [name for name in BACKENDS if not _why_not(name)]
    return backend(working[0], ()) if working else Uncaged()


@functools.cache
def _why_not(name: str) -> str:
    try:
        tried = backend(name, ())
    except Unusable as error:
        return str(error)
    with tempfile.TemporaryDirectory() as directory:
        own = Path(directory)
        command = tried.wrap(["/bin/true"], Cage(writable=(own,)))
        done = subprocess.run(command, cwd=own, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""
