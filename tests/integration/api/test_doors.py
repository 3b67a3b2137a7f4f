"""No request from a foreign page reaches any route of the application, whatever the method."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import WebSocket
from fastapi.routing import iter_route_contexts

from phantom.api.application import Application
from phantom.security.guard import SOCKET_IO_PATH
from tests.support.api import Edge, exchange

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
ACTING = ("POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
OWN_HOST = ("Host", "localhost:1336")
JSON_TYPE = ("Content-Type", "application/json")
FOREIGN_HOSTS = (
    [],
    [("Host", "evil.example")],
    [("Host", "localhost.evil.example:1336")],
    [("Host", "localhost:1336"), ("Host", "evil.example")],
    [("Host", "localhost:99999")],
)
FOREIGN_ORIGINS = ("http://localhost:9999", "null", "https://evil.example", "http://127.0.0.1:3000")
FOREIGN_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")


@pytest.fixture
def app(tmp_path: Path) -> Application:
    """The application; its lifespan does not run, so that whatever got in would break."""
    app = Edge(tmp_path).app

    @app.api.post("/api/late")
    async def late() -> None:
        """A route that somebody adds later, and does not think of guards."""

    @app.api.websocket("/ws/late")
    async def late_socket(websocket: WebSocket) -> None:
        await websocket.accept()

    return app


def addresses(app: Application) -> Iterator[tuple[str, str]]:
    """Every method with every path of the application, and with one that is none."""
    paths = {"/nowhere"}
    sockets = set()
    for route in iter_route_contexts(app.api.routes):
        path = re.sub(r"{\w+(:\w+)?}", "5e2f2cd5-9d2b-4a6e-8a3c-2f9a9c1d7b10", route.path or "")
        (paths if route.methods else sockets).add(path)
    assert {"/api/late", "/api/orchestration/execute", "/openapi.json", "/docs"} <= paths
    assert {"/ws", "/ws/late"} <= sockets
    yield from ((method, path) for path in sorted(paths) for method in METHODS)
    yield from (("WEBSOCKET", path) for path in sorted(sockets))


def reached(app: Application) -> float:
    """How many requests came through all guards: the metrics stand right behind them."""
    instruments = app.api.state.instruments
    return sum(
        sample.value
        for family in instruments.requests.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    )


async def test_no_foreign_host_reaches_anything(app: Application) -> None:
    """Every route and method, each with a missing, foreign, doubled or garbled host."""
    for method, path in addresses(app):
        for hosts in FOREIGN_HOSTS:
            answer = await exchange(app, method, path, [*hosts, JSON_TYPE], b"{}")
            assert answer.status in {400, 403}, (method, path, hosts)
            assert not answer.accepted
    assert 0 == reached(app)


async def test_no_foreign_page_acts_on_anything(app: Application) -> None:
    """Every route and every method but the reading ones, and every handshake."""
    for method, path in addresses(app):
        if method not in {*ACTING, "WEBSOCKET"}:
            continue
        for origin in FOREIGN_ORIGINS:
            headers = [OWN_HOST, ("Origin", origin), JSON_TYPE]
            answer = await exchange(app, method, path, headers, b"{}")
            assert 403 == answer.status, (method, path, origin)
            assert not answer.accepted
            assert "access-control-allow-origin" not in answer.headers
    assert 0 == reached(app)


async def test_nothing_but_json_reaches_a_route_that_acts(app: Application) -> None:
    """The requests that a page may send without a preflight, even without an Origin."""
    for method, path in addresses(app):
        if method not in ACTING:
            continue
        for content_type in FOREIGN_TYPES:
            if (path, content_type) == (SOCKET_IO_PATH, "text/plain"):
                continue  # its frames are text: the origin gives a page away, and the frame
            headers = [OWN_HOST, ("Content-Type", content_type)]
            for body in (b"{}", b""):
                answer = await exchange(app, method, path, headers, body)
                assert 415 == answer.status, (method, path, content_type)
        assert 415 == (await exchange(app, method, path, [OWN_HOST], b"{}")).status
    assert 0 == reached(app)


async def test_no_foreign_page_reads_anything(app: Application) -> None:
    """A GET is answered, but the browser keeps the answer from the page; all have the headers."""
    for method, path in addresses(app):
        if method not in {"HEAD", "OPTIONS"} and path != "/nowhere":
            continue
        answer = await exchange(app, method, path, [OWN_HOST, ("Origin", "null")])
        assert "access-control-allow-origin" not in answer.headers
        assert "no-referrer" == answer.headers["referrer-policy"]
        assert "nosniff" == answer.headers["x-content-type-options"]


async def test_the_guards_let_the_server_s_own_requests_in(app: Application) -> None:
    """The same walk with nothing foreign about it comes through: the tests above can fail."""
    asked = [pair for pair in addresses(app) if pair[0] in {"HEAD", "BREW"}]
    for method, path in asked:
        await exchange(app, method, path, [OWN_HOST])
    assert len(asked) == reached(app)
    late = await exchange(app, "POST", "/api/late", [OWN_HOST, JSON_TYPE], b"{}")
    assert 200 == late.status
    assert (await exchange(app, "WEBSOCKET", "/ws/late", [OWN_HOST])).accepted


async def test_refusals_are_counted(app: Application) -> None:
    """An operator sees that something knocks."""
    await exchange(app, "GET", "/docs", [("Host", "evil.example")])
    text = await asyncio.to_thread(app.api.state.instruments.exposition)
    assert b'phantom_api_refusals_total{status="403"} 1.0' in text
