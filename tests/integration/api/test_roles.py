"""Every route with every kind of caller: who may, may; nobody else comes near."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import update

from phantom.api.caller import Caller
from phantom.clock import utc_now
from phantom.db import models
from phantom.security.roles import ACCESS, ANYONE, WEBSOCKET, Role
from tests.support.api import Edge, Exchange, exchange

HOST = ("Host", "localhost:1336")
JSON_TYPE = ("Content-Type", "application/json")
SOME_ID = "5e2f2cd5-9d2b-4a6e-8a3c-2f9a9c1d7b10"
NOT_LISTED = "/api/late"

Tokens = Mapping[str, str]


def locked(home: Path, **options: object) -> Edge:
    """An application that demands tokens, with a route that somebody added and did not list."""
    edge = Edge(home, **options)  # type: ignore[arg-type]

    @edge.app.api.post(NOT_LISTED)
    async def late(caller: Caller) -> str:
        return caller.name

    return edge


@contextlib.asynccontextmanager
async def open_one(home: Path, **options: object) -> AsyncIterator[Edge]:
    """It, with its lifespan running."""
    edge = await asyncio.to_thread(lambda: locked(home, **options))
    async with edge.lifespan():
        yield edge


@pytest.fixture
async def edge(tmp_path: Path, database_url: str) -> AsyncIterator[Edge]:
    """It, on either database in turn."""
    further = {"require_token": True}
    async with open_one(tmp_path, database_url=database_url, further=further) as edge:
        yield edge


@pytest.fixture
async def tokens(edge: Edge) -> Tokens:
    """A token of each kind, by its name."""
    service = edge.services.tokens
    made = {role.value: (await service.create(role.value, role))[1] for role in Role}
    made["revoked"] = (await service.create("revoked", Role.ADMIN))[1]
    await service.revoke("revoked")
    made["expired"] = (await service.create("expired", Role.ADMIN, days=1))[1]
    ended = update(models.ApiToken).where(models.ApiToken.name == "expired")
    async with edge.services.database.write() as session:
        await session.execute(ended.values(expires_at=utc_now() - timedelta(seconds=1)))
    made["bad"] = "phantom_abcdefgh_" + "a" * 43
    made["nonsense"] = "nonsense"
    return made


async def ask(edge: Edge, method: str, path: str, token: str | None) -> Exchange:
    """One request with a token, or without."""
    shown = [("Authorization", f"Bearer {token}")] if token is not None else []
    body = b"{}" if method in {"POST", "PUT", "PATCH"} else b""
    return await exchange(edge.app, method, path, [HOST, JSON_TYPE, *shown], body)


def served(edge: Edge) -> list[tuple[str, str]]:
    """Each method with the template of each route."""
    return [
        (method, route.path or "")
        for route in iter_route_contexts(edge.app.api.routes)
        for method in sorted(route.methods or {WEBSOCKET})
    ]


def test_every_route_is_in_the_table(tmp_path: Path) -> None:
    """Nobody adds one without saying for whom it is; `HEAD` takes what `GET` takes."""
    listed = {(method, path) for path, methods in ACCESS.items() for method in methods}
    missing = {
        (method, path)
        for method, path in served(locked(tmp_path))
        if path != NOT_LISTED and ("GET" if method == "HEAD" else method, path) not in listed
    }
    assert set() == missing


async def test_every_route_takes_the_role_of_the_table(edge: Edge, tokens: Tokens) -> None:
    """Too low a role is 403; one that does comes through to the route."""
    for method, template in served(edge):
        path = re.sub(r"{\w+(:\w+)?}", SOME_ID, template)
        role = ACCESS.get(template, {}).get("GET" if method == "HEAD" else method, Role.ADMIN)
        for caller in Role:
            answer = await ask(edge, method, path, tokens[caller.value])
            may = role is ANYONE or caller.includes(role)
            came = answer.accepted or answer.status not in {401, 403}
            assert may == came, (method, path, caller)
            if not may:
                assert f"takes the role {role}" in answer.body.decode()


async def test_every_route_refuses_who_shows_nothing_that_counts(
    edge: Edge, tokens: Tokens
) -> None:
    """No token, a made-up one, an expired one, a revoked one; with a challenge and a sentence."""
    words = {
        None: "This server wants a token",
        "bad": "not one of this server's",
        "nonsense": "not one of this server's",
        "expired": "has expired",
        "revoked": "was revoked",
    }
    reached = edge.app.api.state.instruments.requests
    for method, template in [*served(edge), ("GET", "/nowhere"), ("BREW", "/api/tasks")]:
        if ACCESS.get(template, {}).get("GET" if method == "HEAD" else method, 0) is ANYONE:
            continue
        path = re.sub(r"{\w+(:\w+)?}", SOME_ID, template)
        for name, sentence in words.items():
            answer = await ask(edge, method, path, None if name is None else tokens[name])
            assert 401 == answer.status, (method, path, name)
            assert not answer.accepted
            assert 'Bearer realm="phantom"' in answer.headers["www-authenticate"]
            invalid = 'error="invalid_token"' in answer.headers["www-authenticate"]
            assert invalid == (name is not None)
            assert sentence in answer.body.decode()
    assert [] == [sample for family in reached.collect() for sample in family.samples]


async def test_what_is_for_anyone_needs_no_token_and_minds_no_bad_one(
    edge: Edge, tokens: Tokens
) -> None:
    """Health is asked by machines that hold no secret."""
    for path in ("/api/health", "/api/orchestration/health", "/docs", "/openapi.json"):
        for token in (None, tokens["bad"], tokens["revoked"], tokens["viewer"]):
            assert 200 == (await ask(edge, "GET", path, token)).status, path


async def test_the_caller_is_known_by_the_token_s_name(edge: Edge, tokens: Tokens) -> None:
    """It is what `updated_by` says."""
    assert b'"admin"' == (await ask(edge, "POST", NOT_LISTED, tokens["admin"])).body


async def test_a_token_in_a_url_is_refused(edge: Edge, tokens: Tokens) -> None:
    """Even beside a good one, and even where none is needed: it is in somebody's log by now."""
    for path in ("/api/tasks", "/api/health"):
        answer = await exchange(
            edge.app,
            "GET",
            path,
            [HOST, ("Authorization", f"Bearer {tokens['admin']}")],
            query=f"token={tokens['viewer']}",
        )
        assert (400, True) == (answer.status, b"revoke this one" in answer.body)
        assert tokens["viewer"].encode() not in answer.body


async def test_two_tokens_are_none(edge: Edge, tokens: Tokens) -> None:
    """Which of them counts would be for an attacker to say."""
    headers = [("Authorization", f"Bearer {tokens[name]}") for name in ("viewer", "admin")]
    answer = await exchange(edge.app, "GET", "/api/tasks", [HOST, *headers])
    assert (400, True) == (answer.status, b"more than one token" in answer.body)


@pytest.mark.parametrize("shown", ["Basic YTpi", "Bearer", "Digest x", "", "bearer "])
async def test_another_scheme_is_no_token(edge: Edge, shown: str) -> None:
    """A proxy's own; it neither helps nor harms."""
    answer = await exchange(edge.app, "GET", "/api/tasks", [HOST, ("Authorization", shown)])
    assert 401 == answer.status
    assert 200 == (await exchange(edge.app, "GET", "/api/health", [HOST])).status


async def test_the_scheme_is_spelt_as_one_likes(edge: Edge, tokens: Tokens) -> None:
    """As the standard says."""
    for scheme in ("bearer", "BEARER", "Bearer "):
        headers = [HOST, ("Authorization", f"{scheme} {tokens['viewer']}")]
        assert 200 == (await exchange(edge.app, "GET", "/api/tasks", headers)).status


async def test_without_demand_everybody_on_the_machine_is_local(tmp_path: Path) -> None:
    """Tokens may exist all the same; who shows one is held to it."""
    async with open_one(tmp_path) as edge:
        assert b'"local"' == (await ask(edge, "POST", NOT_LISTED, None)).body
        _, viewer = await edge.services.tokens.create("reader", Role.VIEWER)
        assert b'"local"' == (await ask(edge, "POST", NOT_LISTED, None)).body
        assert 403 == (await ask(edge, "POST", NOT_LISTED, viewer)).status
        assert 200 == (await ask(edge, "GET", "/api/tasks", viewer)).status
        assert 401 == (await ask(edge, "GET", "/api/tasks", "nonsense")).status


@pytest.mark.parametrize(
    ("host", "named"), [("0.0.0.0", "phantom.example"), ("192.0.2.7", "192.0.2.7:1336")]
)
async def test_on_another_address_tokens_are_always_demanded(
    tmp_path: Path, host: str, named: str
) -> None:
    """Whatever the settings say; the address itself is a known host there, a name only if named."""
    further = {"host": host, "require_token": False}
    allowed = ["phantom.example"]
    async with open_one(tmp_path, allowed_hosts=allowed, further=further) as edge:
        _, viewer = await edge.services.tokens.create("reader", Role.VIEWER)
        headers = [("Host", named), ("Authorization", f"Bearer {viewer}")]
        assert 401 == (await exchange(edge.app, "GET", "/api/tasks", [("Host", named)])).status
        assert 200 == (await exchange(edge.app, "GET", "/api/tasks", headers)).status
        assert 403 == (await exchange(edge.app, "GET", "/", [("Host", "evil.example")])).status


async def test_a_page_that_may_read_reads_why_it_was_refused(edge: Edge) -> None:
    """And its preflight needs no token, since browsers send none with it."""
    origin = ("Origin", "http://localhost:3000")
    refused = await exchange(edge.app, "GET", "/api/tasks", [HOST, origin])
    assert (401, "http://localhost:3000") == (
        refused.status,
        refused.headers["access-control-allow-origin"],
    )
    asked = [HOST, origin, ("Access-Control-Request-Method", "GET")]
    preflight = await exchange(edge.app, "OPTIONS", "/api/tasks", asked)
    assert 204 == preflight.status
    assert "Authorization" in preflight.headers["access-control-allow-headers"]


async def test_starting_work_is_limited_for_each_token(tmp_path: Path) -> None:
    """Where the setting says so, counted before the body is looked at."""
    further = {"require_token": True, "execute_per_minute": 1}
    async with open_one(tmp_path, further=further) as edge:
        made = [(await edge.services.tokens.create(n, Role.OPERATOR))[1] for n in ("a", "b")]
        path = "/api/orchestration/execute"
        assert [400, 429] == [(await ask(edge, "POST", path, made[0])).status for _ in range(2)]
        refused = await ask(edge, "POST", "/api/tasks", made[0])
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert 400 == (await ask(edge, "POST", path, made[1])).status
        assert 200 == (await ask(edge, "GET", "/api/tasks", made[0])).status
