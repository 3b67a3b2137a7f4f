"""Traces go to Langfuse beside the tasks: whole, redacted, once, and never in anybody's way."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from sqlalchemy import select
from structlog.testing import capture_logs

from phantom.agents.port import AgentEvent, AgentRequest, ErrorKind, Failed, Finished, Usage
from phantom.api.application import create_api
from phantom.api.services import Services
from phantom.app import Runtime
from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.errors import StartupError
from phantom.security.redaction import KNOWN
from phantom.settings import Settings
from phantom.tasks.service import Order
from phantom.traces.export import TraceExport
from phantom.vocabulary import TaskStatus, TaskType
from tests.support.api import Exchange, exchange, until
from tests.support.langfuse import SECRET, FakeLangfuse, Mood
from tests.support.power_cut import RightSum
from tests.support.prometheus import Scrape
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, finishing, running

CANARY = "canary-7f3a9c51e0"
SHAPED = "sk-ant-api03-0123456789abcdefghij"


@pytest.fixture
def langfuse() -> Iterator[FakeLangfuse]:
    """A Langfuse that answers well, until a test says otherwise."""
    with FakeLangfuse() as server:
        yield server


def traced(
    directory: Path, langfuse: FakeLangfuse, *, secret: str = SECRET, **options: object
) -> AbstractAsyncContextManager[Services]:
    """A runtime that knows the Langfuse; its agent is done at once unless `options` say more."""
    given = {"agents": [finishing()], "further": langfuse.settings(secret)} | options
    return running(directory, **given)  # type: ignore[arg-type]


async def ended(services: Services, order: Order | None = None) -> models.Task:
    """A task, once it has ended."""
    order = order or Order(prompt="Do something", task_type=TaskType.SECURITY)
    async with asyncio.timeout(30):
        return await services.tasks.wait((await services.tasks.submit(order)).id)


async def asked(services: Services, path: str) -> Exchange:
    """What the server answers meanwhile."""

    @asynccontextmanager
    async def nothing() -> AsyncIterator[None]:
        yield

    app = create_api(services, nothing)
    return await exchange(app, "GET", path, [("host", "localhost:1336")])


def attributes(span: Span) -> dict[str, object]:
    """The attributes of a span as plain values."""
    return {
        each.key: getattr(each.value, str(each.value.WhichOneof("value")))
        for each in span.attributes
    }


def stumbling(request: AgentRequest) -> Iterator[AgentEvent]:
    """Fails at first, is wrong in the first round, and right in the second."""
    if request.call_id.endswith("/1-1"):
        yield Failed(kind=ErrorKind.OVERLOADED, message=f"busy with {SHAPED}")
        return
    right = "a + b" if request.iteration > 1 else "a * b"
    (request.workspace / "calc.py").write_text(f"def add(a, b):\n    return {right}\n")
    yield Finished(
        content=f"done, {CANARY}",
        usage=Usage(input=100, output=20, cache_read=7),
        cost=0.25,
        metadata={"model": "some-model-1"},
    )


async def test_a_run_is_a_trace_of_its_iterations_and_calls(
    tmp_path: Path, git_repo: GitRepoFactory, database_url: str, langfuse: FakeLangfuse
) -> None:
    """With agents, models, tokens, costs and scores, and no secret in any of it."""
    KNOWN.add(CANARY)
    repository = git_repo({"calc.py": "def add(a, b):\n    return a - b\n"})
    order = Order(
        prompt=f"Mend it with {SHAPED}, {CANARY}. " + "x" * 30_000,
        task_type=TaskType.DEBUGGING,
        workspace=str(repository),
    )
    async with traced(
        tmp_path,
        langfuse,
        agents=[calling(stumbling, "stumbling")],
        evaluators=[RightSum()],
        database_url=database_url,
    ) as services:
        task = await ended(services, order)
        await until(lambda: bool(langfuse.traces))
    assert TaskStatus.COMPLETED == task.status
    spans = {span.name: span for span in langfuse.spans}
    calls = [span for span in langfuse.spans if span.name == "call stumbling"]
    assert {task.id.replace("-", "")} == {span.trace_id.hex() for span in langfuse.spans}
    root, first, second = spans["task run 1"], spans["iteration 1"], spans["iteration 2"]
    assert [b"", root.span_id, root.span_id] == [
        each.parent_span_id for each in (root, first, second)
    ]
    assert [first.span_id, first.span_id, second.span_id] == [c.parent_span_id for c in calls]
    assert len(langfuse.spans) == len({span.span_id for span in langfuse.spans}) == 6
    for span in langfuse.spans:
        assert root.start_time_unix_nano <= span.start_time_unix_nano
        assert span.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano
        assert "debugging" in str(attributes(span)["langfuse.trace.tags"])
    assert [Status.STATUS_CODE_ERROR, Status.STATUS_CODE_OK, Status.STATUS_CODE_OK] == [
        call.status.code for call in calls
    ]
    told = attributes(calls[-1])
    assert "generation" == told["langfuse.observation.type"]
    assert "some-model-1" == told["langfuse.observation.model.name"]
    assert "stumbling" == told["gen_ai.agent.name"]
    assert {"total": 0.25} == json.loads(str(told["langfuse.observation.cost_details"]))
    assert {
        "input": 100,
        "output": 20,
        "cache_read_input_tokens": 7,
        "cache_creation_input_tokens": 0,
    } == json.loads(str(told["langfuse.observation.usage_details"]))
    assert "done, [redacted]" == told["langfuse.observation.output"]
    assert {("quality", 1.0), ("iteration_quality", 0.2), ("iteration_quality", 1.0)} == {
        (score["name"], score["value"]) for score in langfuse.scores
    }
    assert {root.span_id.hex(), first.span_id.hex(), second.span_id.hex()} == {
        score["observationId"] for score in langfuse.scores
    }
    everything = "".join(langfuse.bodies)
    assert [] == [each for each in (CANARY, SHAPED, SECRET) if each in everything]
    assert "[cut: 30," in everything
    assert len(everything) < 200_000


async def test_a_retry_is_a_second_run_in_the_same_trace(
    tmp_path: Path, langfuse: FakeLangfuse
) -> None:
    """So that one task is one trace, whatever became of it."""

    def failing_once(request: AgentRequest) -> Iterator[AgentEvent]:
        if "/1/" in request.call_id:
            yield Failed(kind=ErrorKind.AUTH, message="no")
        else:
            yield Finished(content="done")

    async with traced(tmp_path, langfuse, agents=[calling(failing_once)]) as services:
        task = await ended(services)
        await services.tasks.retry(task.id)
        await services.tasks.wait(task.id)
        await until(lambda: 2 == len(langfuse.traces))
    roots = [span for span in langfuse.spans if not span.parent_span_id]
    assert ["task run 1", "task run 2"] == [root.name for root in roots]
    assert 1 == len({span.trace_id for span in langfuse.spans})
    assert ["failed: agent_failed", ""] == [root.status.message for root in roots]


async def test_a_langfuse_that_hangs_holds_up_nobody(
    tmp_path: Path, langfuse: FakeLangfuse
) -> None:
    """Tasks end, the server answers, nothing piles up in memory; later it gets everything."""
    async with traced(tmp_path, langfuse) as services:
        await until(lambda: bool(services.machinery.traces.connected))
        langfuse.mood = Mood.HANGING
        tasks = [await ended(services) for _ in range(4)]
        # One request hangs; the other tasks wait as rows, and nowhere else.
        assert ["/api/public/projects", "/api/public/otel/v1/traces"] == [
            path for _, path in langfuse.asked
        ]
        assert 200 == (await asked(services, "/api/metrics")).status
        langfuse.mood = Mood.WELL
        langfuse.released.set()
        await until(lambda: 4 == len(langfuse.traces))
        health = json.loads((await asked(services, "/api/health")).body)
    assert ("healthy", "connected") == (health["status"], health["langfuse"])
    assert [task.id.replace("-", "") for task in tasks] == [
        span.trace_id.hex() for span in langfuse.spans if not span.parent_span_id
    ]


async def test_what_langfuse_missed_comes_after_a_restart_and_once(
    tmp_path: Path, langfuse: FakeLangfuse
) -> None:
    """It was broken, then the server was; neither loses a trace, neither doubles one."""
    async with traced(tmp_path, langfuse) as services:
        first = await ended(services)
        await until(lambda: 1 == len(langfuse.traces))
        langfuse.mood = Mood.BROKEN
        second = await ended(services)
        await until(lambda: 0 < services.machinery.traces.failures)
    langfuse.mood = Mood.WELL
    async with traced(tmp_path, langfuse) as services:
        third = await ended(services)
        await until(lambda: 3 <= len(langfuse.traces))
    assert [task.id.replace("-", "") for task in (first, second, third)] == [
        span.trace_id.hex() for span in langfuse.spans if not span.parent_span_id
    ]


async def test_refused_keys_are_told_once(tmp_path: Path, langfuse: FakeLangfuse) -> None:
    """By one line of the log that says what to check, by health, and by the metrics."""
    with capture_logs() as logged:
        async with traced(tmp_path, langfuse, secret="sk-lf-another-one-1") as services:
            await ended(services)
            await until(lambda: 1 < services.machinery.traces.failures)
            health = json.loads((await asked(services, "/api/health")).body)
            told = Scrape((await asked(services, "/api/metrics")).body.decode())
    lines = [line for line in logged if line["event"] == "traces wait"]
    assert ["error"] == [line["log_level"] for line in lines]
    assert "LANGFUSE_SECRET_KEY" in lines[0]["error"]
    assert "sk-lf-another" not in str(logged)
    assert "disconnected" == health["langfuse"]
    assert (0, True) == (told("phantom_langfuse_up"), 1 < told("phantom_trace_failures_total"))
    assert [] == langfuse.traces


async def test_a_langfuse_that_is_down_is_told_by_health(tmp_path: Path) -> None:
    """And the tasks do not notice."""
    with FakeLangfuse() as gone:
        pass
    async with traced(tmp_path, gone) as services:
        assert TaskStatus.COMPLETED == (await ended(services)).status
        await until(lambda: 0 < services.machinery.traces.failures)
        health = json.loads((await asked(services, "/api/health")).body)
    assert "disconnected" == health["langfuse"]


async def test_a_trace_that_is_rejected_is_passed_over(
    tmp_path: Path, langfuse: FakeLangfuse
) -> None:
    """Or no later one would ever be sent."""
    async with traced(tmp_path, langfuse) as services:
        traces = services.machinery.traces
        await until(lambda: bool(traces.connected))
        langfuse.mood = Mood.REJECTING
        await ended(services)
        await until(lambda: 1 == traces.rejected)
        langfuse.mood = Mood.WELL
        task = await ended(services)
        await until(lambda: 1 == traces.sent)
    assert {task.id.replace("-", "")} == {span.trace_id.hex() for span in langfuse.spans}


async def test_without_keys_nothing_is_sent_and_nothing_remembered(
    tmp_path: Path, langfuse: FakeLangfuse
) -> None:
    """What ends while it is off is not sent when it is on again."""
    async with traced(tmp_path, langfuse) as services:
        await ended(services)
        await until(lambda: 1 == len(langfuse.traces))
    async with running(tmp_path, [finishing()]) as services:
        await ended(services)
        health = json.loads((await asked(services, "/api/health")).body)
        assert "not_configured" == health["langfuse"]
        assert [] == await positions(services.database)
    async with traced(tmp_path, langfuse) as services:
        await ended(services)
        await until(lambda: 2 == len(langfuse.traces))
        await until(lambda: 1 == services.machinery.traces.sent)
    assert 2 == len(langfuse.traces)


async def positions(database: Database) -> list[models.ExportPosition]:
    """How far whom was told."""
    async with database.read() as session:
        return list(await session.scalars(select(models.ExportPosition)))


async def test_a_dead_holder_is_not_waited_for_because_a_clock_was_set_back(
    tmp_path: Path, langfuse: FakeLangfuse
) -> None:
    """What it holds until tomorrow it took by another time than that of now."""
    async with traced(tmp_path, langfuse) as services:
        await ended(services)
        await until(lambda: 1 == services.machinery.traces.sent)
        async with services.database.write() as session:
            (row,) = await session.scalars(select(models.ExportPosition))
            row.holder, row.held_until = "dead", utc_now() + timedelta(days=1)
        await ended(services)
        await until(lambda: 2 == services.machinery.traces.sent)
    assert 2 == len(langfuse.traces)


async def test_of_two_processes_one_sends(
    tmp_path: Path, postgres_url: str, langfuse: FakeLangfuse
) -> None:
    """Each trace once, though both see that the tasks have ended."""
    async with traced(tmp_path, langfuse, database_url=postgres_url) as services:
        opening = services.machinery.traces._open
        second = TraceExport(services.store, opening)
        await second.begin()
        keeping = asyncio.create_task(second.keep())
        for _ in range(4):
            await ended(services)
        await until(lambda: 4 <= len(langfuse.traces))
        await until(lambda: 4 == services.machinery.traces.sent + second.sent)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert 4 == len({span.span_id for span in langfuse.spans if not span.parent_span_id})
    assert 4 == len(langfuse.traces)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"langfuse_public_key": "pk-lf-1"}, "LANGFUSE_SECRET_KEY"),
        ({"langfuse_secret_key": "sk-lf-1"}, "LANGFUSE_PUBLIC_KEY"),
        ({"langfuse_host": "http://langfuse.example"}, "https"),
        ({"langfuse_host": "http://169.254.169.254"}, "link-local"),
        ({"langfuse_host": "http://langfuse:3000"}, "allowed_endpoints"),
        ({"langfuse_host": "nowhere"}, "LANGFUSE_HOST"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_at_start(
    tmp_path: Path, given: dict[str, str], word: str
) -> None:
    """By a sentence; keys go to https, to this machine, or where the operator allows it."""
    both = {"langfuse_public_key": "pk-lf-1", "langfuse_secret_key": "sk-lf-1"}
    keys = both if "langfuse_host" in given else {}
    settings = Settings.model_validate({"home": tmp_path, **keys, **given})
    with pytest.raises(StartupError, match=word):
        Runtime(settings, agents=(), evaluators=())
    assert "sk-lf-1" not in repr(settings)
