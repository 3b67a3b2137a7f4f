"""What can go wrong with a provider: each kind with a sentence that says what to do."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from phantom.agents.api import Surroundings, connect
from phantom.agents.fleet import NotReady
from phantom.agents.port import Activity, AgentEvent, ErrorKind, Failed, Finished
from tests.support.api_agents import (
    DIALECTS,
    connection,
    ended,
    events,
    of_type,
    request,
    surroundings,
)
from tests.support.provider import Provider

FAILURES = [
    ("401", ErrorKind.AUTH, "Store a valid key", 1),
    ("403", ErrorKind.AUTH, "this key may not use this model", 1),
    ("429", ErrorKind.RATE_LIMIT, "limits how much may be asked", 1),
    ("quota", ErrorKind.RATE_LIMIT, "Waiting will not help", 1),
    ("404", ErrorKind.MODEL, "Look at the connection's `model`", 1),
    ("400", ErrorKind.MODEL, "the request is not valid", 1),
    ("context", ErrorKind.MODEL, "prompt is too long", 1),
    ("500", ErrorKind.OVERLOADED, "cannot answer now", 3),
    ("503", ErrorKind.OVERLOADED, "cannot answer now", 3),
    ("529", ErrorKind.OVERLOADED, "cannot answer now", 3),
    ("cut", ErrorKind.OVERLOADED, "broke its answer off", 3),
    ("error_event", ErrorKind.OVERLOADED, "cannot answer now", 3),
    ("html", ErrorKind.ERROR, "answered an HTML page", 1),
]


def failed(event: AgentEvent) -> Failed:
    """The event as the failure that it is."""
    assert isinstance(event, Failed), event
    return event


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("expected", FAILURES, ids=lambda expected: expected[0])
async def test_a_failure_has_its_kind_and_its_sentence(
    provider: Provider,
    around: Surroundings,
    workspace: Path,
    dialect: str,
    expected: tuple[str, ErrorKind, str, int],
) -> None:
    """Only what may pass by itself is tried again, and only twice."""
    scenario, kind, words, requests = expected
    url = provider.url(scenario)
    event = failed(await ended(around, connection(dialect, url), request(workspace)))

    assert kind is event.kind
    assert words in event.message
    assert requests == len(provider.asked_of(url))


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_passes_by_itself_is_tried_again(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str
) -> None:
    """Once overloaded, then it works; what it cost is known, since nothing was answered before."""
    where = connection(dialect, provider.url("529,first=1"))
    told = await events(connect(where, around), request(workspace))

    assert 1 == len(of_type(Activity, told))
    assert isinstance(told[-1], Finished)
    assert told[-1].cost is not None


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_rate_limit_says_when_it_ends(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str
) -> None:
    """By `Retry-After`; it is not waited for here."""
    where = connection(dialect, provider.url("429,after=3600"))
    assert 3600.0 == failed(await ended(around, where, request(workspace))).retry_after


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_answer_that_broke_off_may_have_cost_something(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str
) -> None:
    """So its cost is unknown, not nothing."""
    where = connection(dialect, provider.url("cut"))
    assert None is failed(await ended(around, where, request(workspace))).cost


async def test_a_refused_call_costs_nothing(
    provider: Provider, around: Surroundings, workspace: Path
) -> None:
    """A wrong key was never billed."""
    where = connection("chat", provider.url("401"))
    assert 0.0 == failed(await ended(around, where, request(workspace))).cost


async def test_nobody_at_the_endpoint(around: Surroundings, workspace: Path) -> None:
    """The sentence says where to look."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        where = connection("chat", f"http://127.0.0.1:{taken.getsockname()[1]}")
        event = failed(await ended(around, where, request(workspace)))

    assert ErrorKind.OVERLOADED is event.kind
    assert "endpoint and port" in event.message


async def test_a_key_that_is_not_there(tmp_path: Path, workspace: Path) -> None:
    """Neither in the environment nor in the store; nothing is sent."""
    async with surroundings(tmp_path, environment={}) as around:
        where = connection("chat", "http://127.0.0.1:1")
        event = failed(await ended(around, where, request(workspace)))

    assert ErrorKind.AUTH is event.kind
    assert "LOOPBACK_KEY" in event.message


def test_a_connection_that_says_too_little(around: Surroundings) -> None:
    """It is told when the agents are mustered, as the end of a sentence."""
    remote = connection("chat", "http://127.0.0.1:1", model=None)
    with pytest.raises(NotReady, match="set `model`"):
        connect(remote, around)
    with pytest.raises(NotReady, match="no endpoint"):
        connect(replace(remote, endpoint=None, model="some"), around)
