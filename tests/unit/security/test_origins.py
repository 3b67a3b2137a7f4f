"""Which web pages may act, and which may read."""

import pytest
from starlette.responses import PlainTextResponse

from phantom.security.origins import FRONT_ENDS, OriginGuard, own_origins
from tests.support.api import Exchange, exchange

OWN = own_origins(1336)
FOREIGN = [
    "null",
    "http://localhost:9999",
    "http://localhost",
    "https://localhost:3000",
    "http://127.0.0.1:3000",
    "http://localhost:3000.evil.example",
    "https://evil.example",
    "http://localhost:3000/",
    "HTTP://LOCALHOST:3000",
    "",
]


async def ask(method: str, *headers: tuple[str, str], host: str = "localhost:1336") -> Exchange:
    """The answer of a guarded application that always says "reached"."""
    guarded = OriginGuard(PlainTextResponse("reached"), (*FRONT_ENDS, *OWN))
    return await exchange(guarded, method, "/", [("Host", host), *headers])


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW", "WEBSOCKET"])
async def test_a_page_of_another_origin_may_not_act(method: str, origin: str) -> None:
    """Scheme, host and port are compared exactly, for every method that does not just look."""
    answer = await ask(method, ("Origin", origin))
    assert 403 == answer.status
    assert b"reached" not in answer.body


@pytest.mark.parametrize("origin", [*FRONT_ENDS, *OWN])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
async def test_the_front_ends_may_act_and_read(method: str, origin: str) -> None:
    """The reference's three origins and the server's own, which get to read the answer, too."""
    answer = await ask(method, ("Origin", origin), ("Sec-Fetch-Site", "same-site"))
    assert b"reached" == answer.body
    assert origin == answer.headers["access-control-allow-origin"]
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_page_of_another_origin_may_not_read(origin: str) -> None:
    """GET changes nothing, and the browser is not told to hand its answer over."""
    answer = await ask("GET", ("Origin", origin))
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_browser_that_hides_the_origin_is_refused(site: str) -> None:
    """`same-site` is another port of localhost: any development server."""
    assert 403 == (await ask("POST", ("Sec-Fetch-Site", site))).status
    assert 403 == (await ask("WEBSOCKET", ("Sec-Fetch-Site", site))).status


@pytest.mark.parametrize("headers", [[], [("Sec-Fetch-Site", "none")]])
async def test_what_is_no_page_passes(headers: list[tuple[str, str]]) -> None:
    """A program sends neither header; an address that the user typed says `none`."""
    assert b"reached" == (await ask("POST", *headers)).body


async def test_two_origins_are_none() -> None:
    """A doubled header is refused, even where one of the two is allowed."""
    assert 403 == (await ask("POST", ("Origin", OWN[0]), ("Origin", "null"))).status


async def test_the_very_host_of_the_request_is_its_own_origin() -> None:
    """Behind a tunnel the port in the browser is another one; it has to be the request's."""
    tunnel = ("Origin", "http://localhost:8080")
    assert b"reached" == (await ask("POST", tunnel, host="localhost:8080")).body
    assert 403 == (await ask("POST", tunnel, host="localhost:8081")).status


async def test_a_preflight_is_answered_for_the_front_ends() -> None:
    """With the methods and headers that the API takes, without reaching the application."""
    preflight = ("Access-Control-Request-Method", "PUT")
    answer = await ask("OPTIONS", ("Origin", FRONT_ENDS[0]), preflight)
    assert 204 == answer.status
    assert FRONT_ENDS[0] == answer.headers["access-control-allow-origin"]
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_preflight_of_another_origin_is_refused(origin: str) -> None:
    """And names nobody who may."""
    answer = await ask("OPTIONS", ("Origin", origin), ("Access-Control-Request-Method", "PUT"))
    assert 403 == answer.status
    assert "access-control-allow-origin" not in answer.headers
