"""What an agent printed can be read afterwards, without what is secret in it."""

import json
import sys
from collections.abc import Iterator

import httpx
import pytest

from phantom.agents.detached import DetachedAgent
from phantom.app import create_app
from phantom.security.sandbox import Uncaged
from phantom.settings import Settings
from phantom.vocabulary import AgentType
from tests.support.api import Server
from tests.support.repositories import GitRepoFactory

CANARY = "sk-live-4f1c9b7e2d8a6053"
SOURCE = f"""
import json
print(json.dumps({{"type": "activity", "message": "the key is {CANARY}"}}))
print(json.dumps({{"type": "text", "text": "x" * 3_000_000}}))
print(json.dumps({{"type": "finished", "content": "done"}}))
print("and a word that is no event")
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server whose agent prints a key and a very long line."""
    base = tmp_path_factory.mktemp("transcripts")
    GitRepoFactory(base)({"a.txt": "a\n"})
    agent = DetachedAgent(
        "talker",
        AgentType.CLAUDE,
        command=lambda _: [sys.executable, "-c", SOURCE],
        can=lambda _: True,
        journals=base / "home" / "calls",
        sandbox=Uncaged(),
    )

    def build(port: int):
        settings = Settings.model_validate({"home": base / "home", "roots": (base,), "port": port})
        return create_app(settings, agents=[agent], evaluators=())

    with (
        Server(build) as server,
        httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def task_id(client: httpx.Client) -> str:
    """A task that has ended."""
    answer = client.post(
        "/api/orchestration/execute", json={"prompt": "talk", "task_type": "debugging"}
    )
    assert 200 == answer.status_code, answer.text
    return str(answer.json()["task_id"])


def test_a_transcript_has_a_head_for_each_call_and_then_its_lines(
    client: httpx.Client, task_id: str
):
    """Each line is a JSON object, whatever was printed, and a browser takes it for a file."""
    answer = client.get(f"/api/tasks/{task_id}/transcript")
    lines = [json.loads(line) for line in answer.text.splitlines()]

    assert "application/x-ndjson" == answer.headers["content-type"]
    assert "attachment" in answer.headers["content-disposition"]
    assert ["call", "activity"] == [line["type"] for line in lines[:2]]
    assert ("talker", 1) == (lines[0]["agent"], lines[0]["iteration"])
    assert {"type": "text", "text": "and a word that is no event"} == lines[-1]


def test_a_very_long_line_comes_in_pieces_and_whole(client: httpx.Client, task_id: str):
    """No line of the answer is longer than what a reader must hold."""
    lines = client.get(f"/api/tasks/{task_id}/transcript").text.splitlines()

    assert 3_000_000 <= sum(line.count("x") for line in lines) < 3_000_100
    assert max(map(len, lines)) < 1_100_000


def test_a_transcript_shows_no_key(client: httpx.Client, task_id: str):
    """Not even one that only its shape gives away."""
    text = client.get(f"/api/tasks/{task_id}/transcript").text

    assert CANARY not in text
    assert "the key is [redacted]" in text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("{task}/transcript?attempt=7", "Run 7 of this task has no transcript"),
        ("no-such-task/transcript", "no-such-task"),
    ],
)
def test_what_is_not_there_is_said_so(client: httpx.Client, task_id: str, path: str, said: str):
    """With 404 and a sentence."""
    answer = client.get(f"/api/tasks/{path.format(task=task_id)}")

    assert 404 == answer.status_code
    assert said in answer.json()["detail"]
