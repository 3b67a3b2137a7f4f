"""What the API reads from either database."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.ledger import recount
from phantom.vocabulary import TaskStatus
from tests.support import rows
from tests.support.api import Edge

REFERENCE_TASK = {
    "id",
    "project_id",
    "issue_number",
    "title",
    "description",
    "labels",
    "status",
    "assigned_agent",
    "agent_switches",
    "current_iteration",
    "max_iterations",
    "current_quality",
    "final_quality",
    "tests_passing",
    "security_issues",
    "started_at",
    "completed_at",
    "duration_seconds",
    "estimated_cost",
    "actual_cost",
    "created_at",
    "updated_at",
}
REFERENCE_PROJECT = {
    "id",
    "name",
    "type",
    "status",
    "github_repo",
    "slot",
    "config",
    "total_tasks",
    "successful_tasks",
    "avg_quality",
    "total_cost",
    "created_at",
    "updated_at",
}


async def stored(
    database: Database, count: int, *, hours_ago: int = 0, **fields: object
) -> list[models.Task]:
    """Tasks of one project, a second apart but for each third, which ties with the one before."""
    owner = rows.project()
    start = utc_now() - timedelta(hours=hours_ago)
    tasks = [
        rows.task(owner.id, created_at=start + timedelta(seconds=n - (n % 3 == 2)), **fields)
        for n in range(count)
    ]
    async with database.write() as session:
        session.add(owner)
        await session.flush()
        session.add_all(tasks)
    return tasks


async def ids(asking: httpx.AsyncClient, **query: object) -> list[str]:
    """The ids of one page."""
    answer = await asking.get("/api/tasks", params=query)  # type: ignore[arg-type]
    assert 200 == answer.status_code, answer.text
    return [task["id"] for task in answer.json()["items"]]


async def test_pages_cover_the_list_newest_first(edge: Edge, asking: httpx.AsyncClient) -> None:
    """By number and by cursor alike: each task once, ties in a fixed order."""
    made = await stored(edge.services.database, 25)
    expected = [t.id for t in sorted(made, key=lambda t: (t.created_at, t.id), reverse=True)]
    by_number = [await ids(asking, page=n, page_size=10) for n in (1, 2, 3, 4)]
    assert expected == [each for page in by_number for each in page]
    page = (await asking.get("/api/tasks", params={"page_size": 7})).json()
    assert (25, 4, 1, 7) == (page["total"], page["total_pages"], page["page"], page["page_size"])
    followed = [task["id"] for task in page["items"]]
    while page["cursor"]:
        query = {"page_size": 7, "cursor": page["cursor"]}
        page = (await asking.get("/api/tasks", params=query)).json()
        followed += [task["id"] for task in page["items"]]
    assert expected == followed


async def test_a_cursor_is_not_moved_by_new_tasks(edge: Edge, asking: httpx.AsyncClient) -> None:
    """What is added meanwhile is neither skipped into view nor makes anything come twice."""
    await stored(edge.services.database, 4, hours_ago=1)
    before = await ids(asking)
    page = (await asking.get("/api/tasks", params={"page_size": 2})).json()
    await stored(edge.services.database, 3)
    assert before[2:] == await ids(asking, page_size=2, cursor=page["cursor"])


async def test_lists_are_filtered(edge: Edge, asking: httpx.AsyncClient) -> None:
    """By project, by status, and by both."""
    database = edge.services.database
    mine = await stored(database, 2)
    done = await stored(database, 3, status=TaskStatus.COMPLETED)
    assert {t.id for t in mine} == set(await ids(asking, project_id=mine[0].project_id))
    assert {t.id for t in done} == set(await ids(asking, status="completed"))
    assert [] == await ids(asking, status="completed", project_id=mine[0].project_id)
    assert 404 == (await asking.get("/api/tasks", params={"project_id": "123"})).status_code


async def test_a_task_has_the_reference_s_fields(edge: Edge, asking: httpx.AsyncClient) -> None:
    """Money in dollars, times in UTC with `Z`, the duration from start to end."""
    start = utc_now()
    row = await rows.stored_task(
        edge.services.database,
        status=TaskStatus.FAILED,
        started_at=start,
        completed_at=start + timedelta(seconds=12.5),
        actual_cost_micros=4_600,
        estimated_cost_micros=2_500_000,
        labels=["bug"],
    )
    task = (await asking.get(f"/api/tasks/{row.id}")).json()
    assert REFERENCE_TASK <= set(task)
    assert REFERENCE_TASK <= set((await asking.get("/api/tasks")).json()["items"][0])
    assert (12.5, 0.0046, 2.5) == (
        task["duration_seconds"],
        task["actual_cost"],
        task["estimated_cost"],
    )
    assert ["bug"] == task["labels"]
    for name in ("started_at", "completed_at", "created_at", "updated_at"):
        assert task[name].endswith("Z")


async def test_an_open_task_has_no_end(edge: Edge, asking: httpx.AsyncClient) -> None:
    """What is not known yet is null, never a zero."""
    row = await rows.stored_task(edge.services.database)
    task = (await asking.get(f"/api/tasks/{row.id}")).json()
    unknown = ("started_at", "completed_at", "duration_seconds", "actual_cost", "final_quality")
    assert {None} == {task[name] for name in unknown}


async def test_rounds_come_with_their_findings(edge: Edge, asking: httpx.AsyncClient) -> None:
    """Of the last run, or of the one that is asked for."""
    task = await rows.stored_task(edge.services.database, attempt=2)
    finding = {
        "rule": "B602",
        "message": "shell",
        "severity": "high",
        "path": "a.py",
        "line": 3,
    }
    async with edge.services.database.write() as session:
        for attempt, number, quality in ((1, 1, 0.4), (2, 1, 0.5), (2, 2, None)):
            round_ = models.Iteration(
                id=models.new_id(),
                task_id=task.id,
                attempt=attempt,
                number=number,
                agent="claude_main",
                quality=quality,
                components={"tests": 0.5} if quality else {},
                not_measured=["coverage"],
                gate={"action": "continue"},
                cost_micros=None if quality is None else 1_000,
            )
            session.add(round_)
            await session.flush()
            session.add(
                models.Evaluation(
                    iteration_id=round_.id,
                    evaluator="security",
                    verdict="failed",
                    score=0.5,
                    summary="one issue",
                    findings=[finding],
                    metrics={"issues": 1.0},
                    seconds=0.25,
                )
            )
    made = (await asking.get(f"/api/tasks/{task.id}/iterations")).json()
    assert [(1, 0.5, 0.001), (2, None, None)] == [
        (each["number"], each["quality"], each["cost"]) for each in made
    ]
    (shown,) = made[0]["evaluations"][0]["findings"]
    assert finding.items() <= shown.items()
    assert ({"tests": 0.5}, ["coverage"], {"action": "continue"}) == (
        made[0]["components"],
        made[0]["not_measured"],
        made[0]["gate"],
    )
    earlier = (await asking.get(f"/api/tasks/{task.id}/iterations?attempt=1")).json()
    assert [0.4] == [each["quality"] for each in earlier]
    assert [] == (await asking.get(f"/api/tasks/{task.id}/iterations?attempt=9")).json()


async def test_a_project_takes_the_lowest_free_slot(asking: httpx.AsyncClient) -> None:
    """Three of them, and a sentence for the fourth."""
    made = [await asking.post("/api/projects", json={"name": f"P{n}"}) for n in range(4)]
    assert [201, 201, 201, 400] == [each.status_code for each in made]
    assert ["Projekt-A", "Projekt-B", "Projekt-C"] == [each.json()["slot"] for each in made[:3]]
    assert "delete a project first" in made[3].json()["detail"]
    listed = (await asking.get("/api/projects")).json()
    assert [each.json() for each in made[:3]] == listed
    assert REFERENCE_PROJECT | {"trusted"} == set(listed[0])
    location = made[0].headers["Location"]
    assert listed[0] == (await asking.get(location)).json()


async def test_a_project_s_configuration_is_completed(asking: httpx.AsyncClient) -> None:
    """What is left out has its default; the sample of the reference comes back as it was."""
    sample = {
        "priority": {"mode": "balanced"},
        "timeframe": {"max_minutes": 30, "preset": "standard"},
        "risk_tolerance": {
            "level": 50,
            "allow_experimental": False,
            "ml_features_enabled": True,
            "require_measured_gate": False,
        },
        "deployment": {
            "targets": ["windows"],
            "docker_enabled": False,
            "kubernetes_enabled": False,
        },
        "ml_components": {
            "adaptive_iterations": True,
            "quality_weight_learning": True,
            "latent_reasoning": True,
            "agent_switching": True,
            "inference_time_scaling": True,
        },
    }
    body = {"name": "Full", "type": "python", "github_repo": "https://github.com/user/repo"}
    made = await asking.post("/api/projects", json=body | {"config": sample})
    unlimited = {"budget": dict.fromkeys(("per_task", "per_day", "per_month", "total"))}
    asked = sample["risk_tolerance"] | {"require_measured_gate": False}
    assert sample | unlimited | {"risk_tolerance": asked} == made.json()["config"]
    partial = await asking.post(
        "/api/projects", json={"name": "Part", "config": {"timeframe": {"max_minutes": 5}}}
    )
    assert {"max_minutes": 5, "preset": "standard"} == partial.json()["config"]["timeframe"]
    assert sample["ml_components"] == partial.json()["config"]["ml_components"]


async def test_the_metrics_tell_the_tasks(edge: Edge, asking: httpx.AsyncClient) -> None:
    """As many as there are, in each status."""
    await stored(edge.services.database, 2)
    await stored(edge.services.database, 3, status=TaskStatus.FAILED, completed_at=utc_now())
    await recount.rebuild(edge.services.database)
    text = (await asking.get("/api/metrics")).text
    for line in (
        'phantom_tasks{status="pending"} 2.0',
        'phantom_tasks{status="failed"} 3.0',
        'phantom_tasks{status="completed"} 0.0',
        "phantom_queue_depth 2.0",
    ):
        assert line in text


async def test_with_its_database_the_server_is_healthy(asking: httpx.AsyncClient) -> None:
    """On either one."""
    answer = await asking.get("/api/health")
    assert (200, "healthy", "connected") == (
        answer.status_code,
        answer.json()["status"],
        answer.json()["database"],
    )


@pytest.fixture
def lost(tmp_path: Path) -> Edge:
    """The application over a database where nobody listens."""
    return Edge(tmp_path, database_url="postgresql://x@127.0.0.1:1/none")


async def test_without_its_database_the_server_is_degraded(lost: Edge) -> None:
    """503, and says what is missing."""
    transport = httpx.ASGITransport(lost.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/api/health")
    assert (503, "degraded", "disconnected") == (
        answer.status_code,
        answer.json()["status"],
        answer.json()["database"],
    )
