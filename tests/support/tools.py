"""Programs that are not packages of Python, and which tests of real tools need."""

import os
import shutil

import pytest


def needed(program: str) -> None:
    """Skip the test where the program is not on PATH, which the summary says; in CI that fails."""
    if shutil.which(program):
        return
    told = f"NOT TESTED: there is no {program} on PATH"
    if os.environ.get("CI"):
        pytest.fail(f"{told}; a CI machine must have it")
    pytest.skip(told)
