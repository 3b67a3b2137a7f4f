"""Programs that are not packages of Python, and which tests of real tools need."""

import os
import shutil

import pytest

PROVIDED = frozenset({"go"})
"""What `./dev test` brings where apt is; the others are for the machine to have."""


def needed(program: str) -> None:
    """Skip the test where the program is not on PATH, which the summary says.

    In CI that fails for what the test command was to bring.
    """
    if shutil.which(program):
        return
    told = f"NOT TESTED: there is no {program} on PATH"
    if os.environ.get("CI") and program in PROVIDED:
        pytest.fail(f"{told}; a CI machine must have it")
    pytest.skip(told)
