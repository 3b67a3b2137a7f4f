"""Executing tasks over HTTP, through the real loop with agents that follow a script."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from phantom.agents.port import (
    Activity,
    AgentEvent,
    AgentRequest,
    ErrorKind,
    Failed,
    Finished,
    Outcome,
    Usage,
)
from phantom.agents.scripted import ScriptedAgent
from phantom.app import create_app
from phantom.settings import Settings
from phantom.tasks.service import MAX_PROMPT_BYTES
from phantom.vocabulary import AgentType
from tests.support.api import Server, until
from tests.support.repositories import GitRepoFactory

REFERENCE_FIELDS = {
    "task_id",
    "agent",
    "content",
    "tokens",
    "cost",
    "duration",
    "session_id",
    "timestamp",
    "metadata",
}


def script(request: AgentRequest) -> Iterable[AgentEvent]:
    """Does what the prompt's first word says."""
    match request.prompt.split()[0]:
        case "fail":
            yield Failed(kind=ErrorKind.AUTH, message="The login has expired.")
        case "refuse":
            yield Finished(content="I cannot.", outcome=Outcome.NEEDS_AGENT)
        case "write":
            (request.workspace / "made.txt").write_text(f"iteration {request.iteration}\n")
            yield Activity(message="writing made.txt")
            yield _finished("I wrote made.txt.")
        case _:
            yield _finished("I looked and found nothing.")


def _finished(content: str) -> Finished:
    usage = Usage(input=1000, output=523)
    return Finished(content=content, usage=usage, cost=0.0046, session_id="sess_xyz")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory below which workspaces may lie, with a repository in it."""
    root = tmp_path_factory.mktemp("root")
    GitRepoFactory(root)({"a.txt": "a\n"})
    return root


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole server; it is one for the module since the engine is one for a process."""
    home = tmp_path_factory.mktemp("home")

    def build(port: int) -> object:
        settings = Settings.model_validate({"home": home, "roots": (root,), "port": port})
        agent = ScriptedAgent(script, agent_id="claude_main", agent_type=AgentType.CLAUDE)
        return create_app(settings, agents=(agent,), evaluators=())

    with Server(build) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of the server."""
    with httpx.Client(base_url=server.url, timeout=15, trust_env=False) as client:
        yield client


def execute(client: httpx.Client, prompt: str, **fields: object) -> httpx.Response:
    """The answer to an order."""
    return client.post("/api/orchestration/execute", json={"prompt": prompt, **fields})


def ended(client: httpx.Client, task_id: str) -> dict[str, object]:
    """The task, once it has ended."""
    while True:
        task: dict[str, object] = client.get(f"/api/tasks/{task_id}").json()
        if task["status"] in {"completed", "failed"}:
            return task


def test_execute_answers_when_the_task_has_ended(client: httpx.Client) -> None:
    """With the reference's fields, and what really happened in them."""
    answer = execute(client, "look", task_type="security", workspace="repo")
    assert 200 == answer.status_code
    body = answer.json()
    assert REFERENCE_FIELDS == set(body)
    assert "claude" == body["agent"]
    assert "I looked and found nothing." == body["content"]
    assert 0.0046 == body["cost"]
    assert "sess_xyz" == body["session_id"]
    assert body["timestamp"].endswith("Z")
    assert datetime.fromisoformat(body["timestamp"])
    task = client.get(f"/api/tasks/{body['task_id']}").json()
    assert task["duration_seconds"] == body["duration"] > 0
    assert task["status"] == body["metadata"]["status"]


def test_a_task_that_writes_leaves_a_branch_and_its_rounds(
    client: httpx.Client, root: Path
) -> None:
    """The task, its iterations and its events tell the same story."""
    made = execute(client, "write it", workspace="repo").json()
    task = client.get(f"/api/tasks/{made['task_id']}").json()
    branch = f"phantom/{made['task_id']}"
    assert branch == task["branch"] == task["metadata"]["branch"]
    assert ["made.txt"] == task["metadata"]["changed_files"]
    git = GitRepoFactory(root).git
    assert git(root / "repo", "rev-parse", "HEAD").strip() == task["base_commit"]
    assert git(root / "repo", "show", f"{branch}:made.txt").startswith("iteration")
    rounds = client.get(f"/api/tasks/{made['task_id']}/iterations").json()
    assert [each["number"] for each in rounds] == list(range(1, task["current_iteration"] + 1))
    assert 1523 == rounds[0]["tokens"]
    assert {"passed", "threshold", "action"} <= rounds[0]["gate"].keys()
    events = client.get(f"/api/tasks/{made['task_id']}/events").json()["items"]
    assert ["pending", "in_progress"] == [e["status"] for e in events if "status" in e][:2]
    assert "writing made.txt" in [e.get("message") for e in events]
    assert "task_result" in [e["type"] for e in events]
    assert sorted({e["id"] for e in events}) == [e["id"] for e in events]


def test_events_come_in_pages(client: httpx.Client) -> None:
    """Each page goes on where the one before ended, until there is nothing more."""
    task_id = execute(client, "look").json()["task_id"]
    whole = client.get(f"/api/tasks/{task_id}/events").json()["items"]
    got: list[object] = []
    after = 0
    while True:
        query = {"after": after, "limit": 2}
        page = client.get(f"/api/tasks/{task_id}/events", params=query).json()
        if not page["items"]:
            break
        assert len(page["items"]) <= 2
        got += page["items"]
        after = page["last_event_id"]
    assert whole == got
    assert after == page["last_event_id"]


@pytest.mark.parametrize("prefer", ["respond-async", "return=minimal, Respond-Async; wait=5"])
def test_an_order_may_prefer_not_to_wait(client: httpx.Client, prefer: str) -> None:
    """202 at once, with the address where the task is to be asked for."""
    answer = client.post(
        "/api/orchestration/execute", json={"prompt": "look"}, headers={"Prefer": prefer}
    )
    assert 202 == answer.status_code
    assert "respond-async" == answer.headers["Preference-Applied"]
    assert f"/api/tasks/{answer.json()['task_id']}" == answer.headers["Location"]
    assert "completed" == ended(client, answer.json()["task_id"])["status"]


def test_an_order_may_say_in_its_body_not_to_wait(client: httpx.Client) -> None:
    """`"wait": false` does the same."""
    answer = execute(client, "look", wait=False)
    assert 202 == answer.status_code
    assert {"task_id", "status", "agent", "timestamp"} == set(answer.json())
    ended(client, answer.json()["task_id"])


async def test_a_client_that_leaves_does_not_stop_the_task(server: Server) -> None:
    """The order is kept before anybody waits for it."""
    order = json.dumps({"prompt": "look", "task_type": "debugging"})
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (
        f"POST /api/orchestration/execute HTTP/1.1\r\nHost: localhost:{server.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(order)}\r\n\r\n"
    )
    async with httpx.AsyncClient(base_url=server.url, timeout=15, trust_env=False) as client:
        before = (await client.get("/api/tasks")).json()["total"]
        writer.write((head + order).encode())
        await writer.drain()

        async def newest() -> dict[str, object]:
            page = (await client.get("/api/tasks", params={"page_size": 1})).json()
            return dict(page["items"][0]) if page["total"] > before else {}

        async def there() -> bool:
            return bool(await newest())

        await until(there)
        writer.transport.abort()
        task_id = (await newest())["id"]

        async def over() -> bool:
            task = (await client.get(f"/api/tasks/{task_id}")).json()
            return task["status"] in {"completed", "failed"}

        await until(over)
        assert (
            "I looked and found nothing."
            == (await client.get(f"/api/tasks/{task_id}")).json()["content"]
        )
    del reader


def test_an_honest_refusal_answers_200_and_says_so(client: httpx.Client) -> None:
    """`needs_agent` is a result: what was found is told, and what to connect."""
    body = execute(client, "refuse").json()
    assert "I cannot." == body["content"]
    assert "needs_agent" == body["metadata"]["outcome"] == body["metadata"]["failure_reason"]
    assert "phantom doctor" in body["metadata"]["failure_detail"]


def test_an_agent_that_fails_answers_502(client: httpx.Client) -> None:
    """With every cause in the sentence, and the task to look at."""
    answer = execute(client, "fail")
    assert 502 == answer.status_code
    assert "The login has expired." in answer.json()["detail"]
    task = client.get(f"/api/tasks/{answer.json()['task_id']}").json()
    assert "agent_failed" == task["failure_reason"]


def test_no_agent_that_can_answers_503(client: httpx.Client) -> None:
    """An agent that is asked for but not connected, by id or by type."""
    for asked in ({"agent": "nobody"}, {"agent_type": "gemini"}):
        answer = execute(client, "look", **asked)
        assert 503 == answer.status_code
        assert "connected: claude_main" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"workspace": "../.."}, "outside the allowed roots"),
        ({"workspace": "nowhere"}, "does not exist"),
        ({"workspace": "."}, "git init"),
        ({"workspace": ""}, "not a path"),
        ({"prompt": "  "}, "empty"),
        ({"prompt": "x" * (MAX_PROMPT_BYTES + 1)}, "The prompt is larger"),
        ({"files": ["../*"]}, "out of the workspace"),
    ],
)
def test_a_wrong_order_is_400_and_makes_no_task(
    client: httpx.Client, fields: dict[str, object], said: str
) -> None:
    """A sentence says what to mend, and nothing half-done is left."""
    before = client.get("/api/tasks").json()["total"]
    answer = client.post("/api/orchestration/execute", json={"prompt": "look", **fields})
    assert 400 == answer.status_code, answer.text
    assert said in answer.json()["detail"]
    assert before == client.get("/api/tasks").json()["total"]


def test_the_largest_prompt_is_taken(client: httpx.Client) -> None:
    """Escaped by the client, it is three times as large on the wire."""
    prompt = "look " + "é" * (MAX_PROMPT_BYTES // 2 - 5)
    order = json.dumps({"prompt": prompt, "wait": False})
    answer = client.post(
        "/api/orchestration/execute", content=order, headers={"Content-Type": "application/json"}
    )
    assert 202 == answer.status_code, answer.text
    assert "completed" == ended(client, answer.json()["task_id"])["status"]


def test_an_unknown_project_is_404(client: httpx.Client) -> None:
    """By an id that nothing has, and by one that is none."""
    for unknown in ("5e2f2cd5-9d2b-4a6e-8a3c-2f9a9c1d7b10", "123"):
        assert 404 == execute(client, "look", project_id=unknown).status_code


def test_a_queued_task_is_told_its_title_and_description(client: httpx.Client) -> None:
    """`POST /api/tasks` answers 201 at once, and the task runs."""
    answer = client.post(
        "/api/tasks",
        json={"title": "look", "description": "around", "labels": ["bug", "security"]},
    )
    assert 201 == answer.status_code
    made = answer.json()
    assert f"/api/tasks/{made['id']}" == answer.headers["Location"]
    assert ["bug", "security"] == made["labels"]
    assert ("look", "around", "pending") == (made["title"], made["description"], made["status"])
    assert "I looked and found nothing." == ended(client, made["id"])["content"]


def test_a_project_s_task_runs_in_its_checkout(client: httpx.Client, root: Path) -> None:
    """A project with a local repository needs no workspace in the order."""
    named = {"name": "Local", "type": "general", "github_repo": str(root / "repo")}
    project = client.post("/api/projects", json=named).json()
    made = client.post("/api/tasks", json={"title": "write", "project_id": project["id"]}).json()
    assert project["id"] == made["project_id"]
    assert str(root / "repo") == made["workspace"]
    assert f"phantom/{made['id']}" == ended(client, made["id"])["branch"]
    counted = client.get(f"/api/projects/{project['id']}").json()
    assert 1 == counted["total_tasks"]
    assert 0 < counted["total_cost"]


def test_a_failed_task_can_be_retried_and_keeps_its_history(client: httpx.Client) -> None:
    """Another attempt, with rounds of its own beside those of the first."""
    task_id = execute(client, "refuse").json()["task_id"]
    first = client.get(f"/api/tasks/{task_id}/iterations").json()
    answer = client.post(f"/api/tasks/{task_id}/retry")
    assert 200 == answer.status_code
    assert ("pending", 2) == (answer.json()["status"], answer.json()["attempt"])
    assert 2 == ended(client, task_id)["attempt"]
    assert first == client.get(f"/api/tasks/{task_id}/iterations", params={"attempt": 1}).json()
    again = client.get(f"/api/tasks/{task_id}/iterations").json()
    assert {2} == {each["attempt"] for each in again}


def test_what_has_ended_cannot_be_cancelled(client: httpx.Client) -> None:
    """409, with the state in the sentence."""
    task_id = execute(client, "look").json()["task_id"]
    answer = client.post(f"/api/tasks/{task_id}/cancel", json={})
    assert 409 == answer.status_code
    assert "already ended as completed" in answer.json()["detail"]


def test_the_server_says_that_it_is_well(client: httpx.Client) -> None:
    """The reference's three health answers."""
    health = client.get("/api/health").json()
    assert ("healthy", "connected") == (health["status"], health["database"])
    assert "not_configured" == health["redis"]
    assert health["timestamp"].endswith("Z")
    assert health["sandbox"] in {"bubblewrap", "landlock", "none"}
    orchestrator = client.get("/api/orchestration/health").json()
    assert ("healthy", "initialized") == (orchestrator["status"], orchestrator["orchestrator"])
    realtime = client.get("/api/ws/health").json()
    assert {"status", "native_ws", "socket_io", "performance"} == set(realtime)
    assert realtime["performance"]["improvement"] is None


def test_requests_are_counted_by_template(client: httpx.Client) -> None:
    """Ids and invented paths make no series of their own."""
    for _ in range(3):
        client.get("/api/tasks/5e2f2cd5-9d2b-4a6e-8a3c-2f9a9c1d7b10")
        client.get("/wp-login.php")
    text = client.get("/api/metrics").text
    assert 'phantom_api_requests_total{endpoint="/api/tasks/{task_id}",method="GET"}' in text
    assert 'endpoint="unmatched"' in text
    assert "wp-login" not in text
    assert "5e2f2cd5" not in text
    assert 'phantom_tasks{status="pending"}' in text
