"""Agents that speak A2A: what they send is put into the workspace, or said to be nothing."""

import asyncio
import base64
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from phantom.agents.api import Surroundings
from phantom.agents.api.journal import FILE_NAME
from phantom.agents.connections import Connection
from phantom.agents.port import AgentEvent, ErrorKind, Failed, FileEdit, Finished
from phantom.agents.remote import connect
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, ConnectionType, TaskType
from tests.support.a2a import A2aServer, Json, task
from tests.support.api_agents import KEY, events, of_type, request, surroundings
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import running

DIFF = "--- a/good.py\n+++ b/good.py\n@@ -1,2 +1,2 @@\n def good():\n-    return 1\n+    return 2\n"
CHANGED = "def good():\n    return 2\n"
FENCED = f"Here it is.\n\n```diff\n{DIFF}```\n"
OUTSIDE = "--- a/../secret.txt\n"
FILE = {"filename": "new/file.txt", "raw": base64.b64encode(b"made elsewhere\n").decode()}


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[Surroundings]:
    """Keys, journals and the way out."""
    async with surroundings(tmp_path) as made:
        yield made


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with one file, and a secret beside it."""
    made = tmp_path / "workspace"
    made.mkdir()
    (made / "good.py").write_text("def good():\n    return 1\n")
    (tmp_path / "secret.txt").write_text("secret\n")
    return made


def results(*each: Json) -> list[Json]:
    """Results of a stream."""
    return [{"result": result} for result in each]


async def told(around: Surroundings, server: A2aServer, workspace: Path) -> list[AgentEvent]:
    """The events of a call of the agent behind `server`."""
    return await events(connect(connection(server.url), around), request(workspace))


def connection(url: str) -> Connection:
    """A connection to the agent whose card is at `url`."""
    return Connection(
        agent_id="cursor_remote",
        agent_name="Remote",
        agent_type=AgentType.CURSOR,
        connection_type=ConnectionType.REMOTE,
        endpoint=url,
        api_key_id="env:LOOPBACK_KEY",
    )


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize(
    ("parts", "path", "content"),
    [
        ([{"text": FENCED}], "good.py", CHANGED),
        ([{"text": DIFF, "mediaType": "text/x-diff"}], "good.py", CHANGED),
        ([FILE], "new/file.txt", "made elsewhere\n"),
    ],
)
async def test_what_comes_back_is_put_into_the_workspace(  # noqa: PLR0917 - two fixtures
    around: Surroundings,
    workspace: Path,
    streaming: bool,
    parts: list[Json],
    path: str,
    content: str,
) -> None:
    """A diff in a fence, a diff as an artifact, a whole file; streaming and not."""

    def script(method: str, _: Json) -> list[Json]:
        if method == "SendMessage":
            return results({"task": task("COMPLETED", *parts)})
        update = {"taskId": "task-1", "artifact": {"artifactId": "a", "parts": parts}}
        done = {"taskId": "task-1", "status": {"state": "TASK_STATE_COMPLETED"}}
        return results(
            {"task": task("SUBMITTED")}, {"artifactUpdate": update}, {"statusUpdate": done}
        )

    with A2aServer(script, streaming=streaming) as server:
        seen = await told(around, server, workspace)

    assert content == (workspace / path).read_text()
    assert [FileEdit(path=path)] == of_type(FileEdit, seen)
    ended = seen[-1]
    assert isinstance(ended, Finished)
    assert ("context-1", None) == (ended.session_id, ended.cost)
    assert {f"Bearer {KEY}"} == {each["authorization"] for each in server.headers}
    assert {"1.0"} == {each["a2a-version"] for each in server.headers}


async def test_an_answer_without_anything_to_apply_says_so(
    around: Surroundings, workspace: Path
) -> None:
    """Text alone, of a message that is no task."""
    message = {"message": {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "Hello."}]}}
    with A2aServer(lambda *_: results(message)) as server:
        ended = (await told(around, server, workspace))[-1]

    assert isinstance(ended, Finished)
    assert ended.content.startswith("Hello.")
    assert "nothing was changed" in ended.content


async def test_a_task_that_only_looks_changes_nothing(
    around: Surroundings, workspace: Path
) -> None:
    """Whatever comes back."""
    with A2aServer(
        lambda *_: results({"task": task("COMPLETED", {"text": FENCED}, FILE)})
    ) as server:
        agent = connect(connection(server.url), around)
        seen = await events(agent, request(workspace, task_type=TaskType.SECURITY))

    assert [] == of_type(FileEdit, seen)
    assert "def good():\n    return 1\n" == (workspace / "good.py").read_text()


@pytest.mark.parametrize(
    "part",
    [
        {"filename": "../secret.txt", "text": "mine"},
        {"filename": "/etc/mine", "text": "mine"},
        {"filename": ".git/config", "text": "mine"},
        {"filename": ".mcp.json", "text": "mine"},
        {"text": f"```diff\n{OUTSIDE}+++ b/../secret.txt\n@@ -1 +1 @@\n-secret\n+x\n```\n"},
        {"text": f"```diff\n{OUTSIDE}+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n```\n"},
        {"text": FENCED.replace("return 1", "return 7")},
    ],
)
async def test_nothing_of_an_answer_that_does_not_fit_is_applied(
    around: Surroundings, workspace: Path, part: Json
) -> None:
    """Neither what leads outside, nor what is beside it."""
    with A2aServer(lambda *_: results({"task": task("COMPLETED", FILE, part)})) as server:
        ended = (await told(around, server, workspace))[-1]

    assert isinstance(ended, Failed)
    assert ErrorKind.ERROR is ended.kind
    assert "secret\n" == (workspace.parent / "secret.txt").read_text()
    assert not (workspace / "new").exists()
    assert "def good():\n    return 1\n" == (workspace / "good.py").read_text()


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("FAILED", ErrorKind.ERROR),
        ("REJECTED", ErrorKind.DENIED),
        ("INPUT_REQUIRED", ErrorKind.DENIED),
        ("AUTH_REQUIRED", ErrorKind.AUTH),
        ("WORKING", ErrorKind.OVERLOADED),
    ],
)
async def test_a_task_that_is_not_completed_has_failed(
    around: Surroundings, workspace: Path, state: str, kind: ErrorKind
) -> None:
    """With the agent's own words."""
    with A2aServer(lambda *_: results({"task": task(state, said="because")})) as server:
        ended = (await told(around, server, workspace))[-1]

    assert isinstance(ended, Failed)
    assert (kind, True) == (ended.kind, "because" in ended.message)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, ErrorKind.AUTH), (429, ErrorKind.RATE_LIMIT), (503, ErrorKind.OVERLOADED)],
)
async def test_errors_by_status_have_their_kinds(
    around: Surroundings, workspace: Path, status: int, kind: ErrorKind
) -> None:
    """And cost nothing, since nothing was sent."""
    with A2aServer(lambda *_: [], status=status) as server:
        ended = (await told(around, server, workspace))[-1]

    assert isinstance(ended, Failed)
    assert (kind, 0.0) == (ended.kind, ended.cost)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ({"supportedInterfaces": []}, "offers no interface"),
        ({"name": 7}, "does not answer as A2A"),
        (
            {
                "supportedInterfaces": [
                    {
                        "url": "http://169.254.169.254/",
                        "protocolBinding": "JSONRPC",
                        "protocolVersion": "1.0",
                    }
                ]
            },
            "no key goes there",
        ),
    ],
)
async def test_a_card_that_leads_nowhere_or_elsewhere(
    around: Surroundings, workspace: Path, card: Json, words: str
) -> None:
    """The key goes to the card's own host alone."""
    with A2aServer(lambda *_: []) as server:
        server.card |= card
        ended = (await told(around, server, workspace))[-1]

    assert isinstance(ended, Failed)
    assert words in ended.message
    assert [] == server.calls


async def test_a_task_that_is_under_way_is_asked_about(
    around: Surroundings, workspace: Path
) -> None:
    """After a restart: nothing is sent twice."""

    def script(method: str, _: Json) -> list[Json]:
        if method == "GetTask":
            return [{"result": task("COMPLETED", FILE)}]
        return results({"task": task("WORKING")})

    with A2aServer(script) as server:
        await told(around, server, workspace)
        journal = around.journals / request(workspace).call_id / FILE_NAME
        lines = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(b"".join(lines[:-1]))
        ended = (await told(around, server, workspace))[-1]

    assert isinstance(ended, Finished)
    assert ["SendStreamingMessage", "GetTask"] == [method for method, _ in server.calls]
    assert "made elsewhere\n" == (workspace / "new" / "file.txt").read_text()


@pytest.mark.parametrize("given_up", ["by a cancellation", "since its stream broke off"])
async def test_a_call_that_is_given_up_is_cancelled_there(
    around: Surroundings, tmp_path: Path, git_repo: GitRepoFactory, given_up: str
) -> None:
    """And nothing here waits until the agent has answered that."""
    repository = git_repo({"a.txt": "a"})
    asked_about, cancelled, done = threading.Event(), threading.Event(), threading.Event()

    def script(method: str, _: Json) -> list[Json]:
        if method == "CancelTask":
            cancelled.set()
            done.wait(30)
        if method == "GetTask":
            asked_about.set()
            return results(task("WORKING"))
        return results({"task": task("WORKING")})

    streaming = given_up != "by a cancellation"
    with A2aServer(script, streaming=streaming) as server:
        agent = connect(connection(server.url), around)
        async with running(tmp_path, [agent]) as services:
            order = Order(prompt="Do", task_type=TaskType.DEBUGGING, workspace=str(repository))
            made = await services.tasks.submit(order)
            assert await asyncio.to_thread((cancelled if streaming else asked_about).wait, 30)
            await services.tasks.cancel(made.id)
            ended = await services.tasks.wait(made.id)
            assert await asyncio.to_thread(cancelled.wait, 30)
            done.set()

    assert "cancelled" == ended.failure_reason
    assert {"id": "task-1"} in [given for method, given in server.calls if method == "CancelTask"]
