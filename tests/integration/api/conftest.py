"""The edge over either database, without an engine that runs tasks."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.api import Edge


@pytest.fixture
def edge(tmp_path: Path, database_url: str) -> Edge:
    """The application over an empty database, on SQLite and PostgreSQL in turn."""
    return Edge(tmp_path, database_url=database_url)


@pytest.fixture
async def asking(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    """A client of `edge`, whose lifespan runs; a bug comes back as 500."""
    transport = httpx.ASGITransport(edge.app)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(edge.lifespan())
        yield await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://localhost:1336")
        )
