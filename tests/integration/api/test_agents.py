"""Connections of agents over HTTP: the reference's fields, its rules, and the breakers' status."""

import asyncio

import httpx
import pytest

from phantom.agents.port import ErrorKind, Failed
from phantom.clock import utc_now
from tests.support.api import Edge

CONNECTIONS = "/api/agents/connections"
GEMINI = {
    "agent_id": "gemini_main",
    "agent_name": "Google Gemini",
    "connection_type": "api",
    "endpoint": "https://generativelanguage.googleapis.com",
    "port": None,
    "api_key_id": "key_123",
    "model": "gemini-3.8-flash",
    "enabled": True,
}
LOCAL = {
    "agent_id": "local",
    "agent_name": "Embedded agent",
    "connection_type": "local",
    "endpoint": None,
    "port": None,
    "api_key_id": None,
    "model": None,
    "enabled": True,
    "agent_type": "local",
    "builtin": True,
    "discovered": False,
    "resumes_at": None,
}


async def test_the_embedded_agent_is_always_connected(asking: httpx.AsyncClient) -> None:
    """A fresh server lists it alone."""
    assert {"connections": [LOCAL]} == (await asking.get(CONNECTIONS)).json()
    assert LOCAL == (await asking.get(f"{CONNECTIONS}/local")).json()


async def test_the_references_example_goes_there_and_back(asking: httpx.AsyncClient) -> None:
    """Created, read, listed after the embedded one, deleted."""
    made = await asking.post(CONNECTIONS, json=GEMINI)
    assert (201, f"{CONNECTIONS}/gemini_main") == (made.status_code, made.headers["location"])
    expected = GEMINI | {
        "agent_type": "gemini",
        "builtin": False,
        "discovered": False,
        "resumes_at": None,
    }
    assert expected == made.json()
    assert expected == (await asking.get(f"{CONNECTIONS}/gemini_main")).json()
    assert [LOCAL, expected] == (await asking.get(CONNECTIONS)).json()["connections"]
    again = await asking.post(CONNECTIONS, json=GEMINI)
    assert (409, "PUT" in again.json()["detail"]) == (again.status_code, True)
    gone = await asking.delete(f"{CONNECTIONS}/gemini_main")
    assert (204, b"") == (gone.status_code, gone.content)
    for method in ("GET", "PUT", "DELETE"):
        body = {"json": {}} if method == "PUT" else {}
        answer = await asking.request(method, f"{CONNECTIONS}/gemini_main", **body)
        assert 404 == answer.status_code


async def test_an_update_changes_what_it_names(asking: httpx.AsyncClient) -> None:
    """What is left out stays; null empties what may be empty; the whole object may be sent back."""
    await asking.post(CONNECTIONS, json=GEMINI)
    url = f"{CONNECTIONS}/gemini_main"
    changed = (await asking.put(url, json={"enabled": False})).json()
    whole = {"agent_type": "gemini", "builtin": False, "discovered": False, "resumes_at": None}
    assert GEMINI | whole | {"enabled": False} == changed
    emptied = (
        await asking.put(url, json=dict.fromkeys(("endpoint", "api_key_id", "model")))
    ).json()
    assert (None, None, None, False) == (
        emptied["endpoint"],
        emptied["api_key_id"],
        emptied["model"],
        emptied["enabled"],
    )
    whole = (await asking.put(url, json=GEMINI)).json()
    assert (
        GEMINI | {"agent_type": "gemini", "builtin": False, "discovered": False, "resumes_at": None}
        == whole
    )
    for wrong in ({"agent_id": "other"}, {"agent_name": None}, {"enabled": None}, {"new": 1}):
        assert 400 == (await asking.put(url, json=wrong)).status_code
    assert whole == (await asking.get(url)).json()


async def test_the_embedded_agent_stays(asking: httpx.AsyncClient) -> None:
    """It can be switched off and on and renamed, and nothing else."""
    url = f"{CONNECTIONS}/local"
    assert 409 == (await asking.delete(url)).status_code
    assert 409 == (await asking.put(url, json={"connection_type": "api"})).status_code
    assert 409 == (await asking.put(url, json={"api_key_id": "key"})).status_code
    off = await asking.put(url, json={"enabled": False, "connection_type": "local"})
    assert LOCAL | {"enabled": False} == off.json()
    assert [LOCAL | {"enabled": False}] == (await asking.get(CONNECTIONS)).json()["connections"]
    on = await asking.put(url, json={"enabled": True, "agent_name": "Ours"})
    assert LOCAL | {"agent_name": "Ours"} == on.json()
    taken = await asking.post(CONNECTIONS, json=GEMINI | {"agent_id": "local"})
    assert taken.status_code in {400, 409}


@pytest.mark.parametrize(
    "wrong",
    [
        {"agent_id": ""},
        {"agent_id": "Claude Main"},
        {"agent_id": "claude/../main"},
        {"agent_id": "claude\nmain"},
        {"agent_id": "c" * 65},
        {"agent_id": "unknown_main"},
        {"agent_id": "local_2"},
        {"agent_type": "local"},
        {"agent_type": "nobody"},
        {"agent_name": ""},
        {"agent_name": "   "},
        {"agent_name": "x" * 201},
        {"connection_type": "telnet"},
        {"connection_type": "local", "endpoint": "http://169.254.169.254"},
        {"connection_type": "remote", "endpoint": None},
        {"endpoint": "http://api.example.com"},
        {"endpoint": "http://169.254.169.254/latest"},
        {"endpoint": "https://[::ffff:169.254.169.254]"},
        {"endpoint": "http://2852039166"},
        {"endpoint": "https://user:password@api.example.com"},
        {"endpoint": "https://10.0.0.1"},
        {"endpoint": "https://gpu.internal"},
        {"endpoint": ""},
        {"endpoint": "https://api.example.com:8443", "port": 443},
        {"endpoint": None, "port": 443},
        {"port": 0},
        {"port": 65_536},
        {"port": "443"},
        {"port": True},
        {"api_key_id": "sk-ant-api03-secret"},
        {"api_key_id": "AIzaSyA-secret"},
        {"api_key_id": "two words"},
        {"api_key_id": ""},
        {"api_key_id": "env:"},
        {"api_key_id": "env:A B"},
        {"model": ""},
        {"model": "two words"},
        {"model": "m" * 201},
        {"enabled": "yes"},
        {"extra": 1},
    ],
)
async def test_a_wrong_connection_is_refused(
    asking: httpx.AsyncClient, wrong: dict[str, object]
) -> None:
    """With one sentence, which holds no key; nothing is kept."""
    answer = await asking.post(CONNECTIONS, json=GEMINI | wrong)
    assert 400 == answer.status_code
    assert "secret" not in answer.json()["detail"]
    assert 1 == len((await asking.get(CONNECTIONS)).json()["connections"])


@pytest.mark.parametrize(
    "right",
    [
        {"agent_id": "claude", "connection_type": "local", "endpoint": None},
        {"agent_id": "claude", "connection_type": "local"},
        {"agent_id": "claude-2.main", "api_key_id": "env:ANTHROPIC_API_KEY"},
        {"agent_id": "ollama", "agent_type": "openai", "connection_type": "remote"}
        | {"endpoint": "http://localhost", "port": 11434, "api_key_id": None},
        {"agent_id": "anthropic", "endpoint": None},
        {"agent_id": "gemini_main", "agent_type": "google"},
    ],
)
async def test_a_right_connection_is_kept(
    asking: httpx.AsyncClient, right: dict[str, object]
) -> None:
    """Local programs, local servers, keys from the environment, explicit types."""
    answer = await asking.post(CONNECTIONS, json=GEMINI | right)
    assert 201 == answer.status_code, answer.json()
    assert (GEMINI | right).items() <= answer.json().items()


async def test_of_many_creations_one_wins(asking: httpx.AsyncClient) -> None:
    """Also at the same moment."""
    answers = await asyncio.gather(*(asking.post(CONNECTIONS, json=GEMINI) for _ in range(6)))
    assert [201] + [409] * 5 == sorted(answer.status_code for answer in answers)


async def test_every_known_agent_has_a_breaker(asking: httpx.AsyncClient, edge: Edge) -> None:
    """Connected ones are closed until they fail; one that kept failing is open, and says since."""
    await asking.post(CONNECTIONS, json=GEMINI)
    url = "/api/orchestration/circuit-breaker-status"
    never = dict.fromkeys(("last_failure", "half_open_at", "resumes_at"))
    closed = {"state": "closed", "failure_count": 0} | never
    fresh = (await asking.get(url)).json()
    assert {"gemini_main": closed, "local": closed} == fresh["circuit_breakers"]
    assert fresh["timestamp"].endswith("Z")
    for number in range(5):
        async with edge.services.store.transaction() as transaction:
            await edge.services.breakers.ended(
                transaction, "local", f"{number}", Failed(kind=ErrorKind.ERROR, message="")
            )
    found = (await asking.get(url)).json()["circuit_breakers"]
    assert closed == found["gemini_main"]
    assert ("open", 5) == (found["local"]["state"], found["local"]["failure_count"])
    assert found["local"]["last_failure"].endswith("Z")
    assert found["local"]["half_open_at"] > found["local"]["last_failure"]


async def test_a_usage_limit_shows_when_it_resumes(asking: httpx.AsyncClient, edge: Edge) -> None:
    """With the connection and with the breaker, which counts no failure; it needs no connection."""
    await asking.post(CONNECTIONS, json=GEMINI)
    refused = Failed(kind=ErrorKind.RATE_LIMIT, message="", retry_after=3600)
    for agent in ("gemini_main", "unconnected"):
        async with edge.services.store.transaction() as transaction:
            await edge.services.windows.ended(transaction, agent, utc_now(), refused)
    breakers = (await asking.get("/api/orchestration/circuit-breaker-status")).json()
    shown = breakers["circuit_breakers"]["gemini_main"]
    assert ("closed", 0) == (shown["state"], shown["failure_count"])
    assert shown["resumes_at"] > breakers["timestamp"]
    one = (await asking.get(f"{CONNECTIONS}/gemini_main")).json()
    listed = (await asking.get(CONNECTIONS)).json()["connections"]
    assert [None, shown["resumes_at"]] == [each["resumes_at"] for each in listed]
    assert shown["resumes_at"] == one["resumes_at"]
