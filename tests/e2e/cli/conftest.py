"""The command line as a user has it: real processes, free ports, temporary homes."""

from pathlib import Path

import pytest

from tests.support.phantom_command import PhantomCommand


@pytest.fixture
def phantom(tmp_path: Path) -> PhantomCommand:
    """The command line with a home of this test's own."""
    return PhantomCommand(tmp_path)
