"""The reference that the server is held against: a page that is not part of this repository."""

import os
from pathlib import Path

import pytest

from tests.support.reference import Reference

VARIABLE = "PHANTOM_REFERENCE"
# Read now: every test gets an environment of its own.
_PATH = os.environ.get(VARIABLE)
# The embedded agent is an addition to the reference's types of agents.
_ADDED = {"AgentType": frozenset({"local"})}
_HELD = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def reference(request: pytest.FixtureRequest) -> Reference:
    """The reference; without one these tests are skipped."""
    if not _PATH:
        pytest.skip(f"no API reference given: ./dev conformance FILE, or {VARIABLE}=FILE")
    found = Reference.read(Path(_PATH), _ADDED)
    request.config.stash[_HELD] = (
        f"{len(found.endpoints)} endpoints, {len(found.samples)} JSON samples and "
        f"{len(found.interfaces)} interfaces of {Path(_PATH).name} were held against the server"
    )
    return found


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """How much of the reference there was to hold."""
    if held := config.stash.get(_HELD, None):
        terminalreporter.write_line(f"conformance: {held}")
