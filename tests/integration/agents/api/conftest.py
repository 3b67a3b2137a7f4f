"""A provider on loopback, and what API agents share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from phantom.agents.api import Surroundings
from tests.support.api_agents import surroundings
from tests.support.provider import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Speaks four dialects and plays scenarios."""
    with Provider() as serving:
        yield serving


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[Surroundings]:
    """Keys, journals, prices and the way out."""
    async with surroundings(tmp_path) as made:
        yield made


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """An empty directory for an agent to work in."""
    made = tmp_path / "workspace"
    made.mkdir()
    return made
