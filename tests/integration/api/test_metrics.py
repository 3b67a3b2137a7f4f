"""The metrics over HTTP: the reference's fields, honest figures, and nothing made up."""

from datetime import timedelta

import httpx
import pytest

from phantom.agents.port import Finished, Usage
from phantom.agents.pricing import Prices
from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.ledger import rollups
from phantom.vocabulary import TaskStatus
from tests.support import rows
from tests.support.api import Edge

DASHBOARD = {
    "total_projects",
    "active_tasks",
    "completed_today",
    "total_cost_today",
    "performance",
    "cost",
}
PERFORMANCE = {
    "avg_time_per_task",
    "avg_iterations",
    "avg_quality",
    "success_rate",
    "token_reduction_percent",
    "speed_improvement_factor",
    "cost_savings_percent",
}
COST = {
    "total_cost",
    "cost_by_agent",
    "avg_cost_per_task",
    "monthly_projection",
    "savings_vs_all_claude",
}


async def worked(
    database: Database, project_id: str, *, agent: str = "gemini", cost: int | None = 500_000
) -> None:
    """A completed task of 60 s, one call and one evaluated iteration, ended just now."""
    now = utc_now()
    task = rows.task(
        project_id,
        status=TaskStatus.COMPLETED,
        assigned_agent=agent,
        started_at=now - timedelta(seconds=60),
        completed_at=now,
        current_iteration=2,
        best_iteration=1,
        final_quality=0.8,
        actual_cost_micros=cost or 0,
    )
    call = models.AgentCall(
        call_id=f"{task.id}/1/1-1",
        task_id=task.id,
        attempt=1,
        iteration=1,
        agent=f"{agent}_main",
        agent_type=agent,
        state="finished",
        terminal=Finished(content="", usage=Usage(input=100_000, output=80_000)).model_dump(),
        tokens=180_000,
        cost_micros=cost,
        context_tokens=250,
        original_context_tokens=1000,
        completed_at=now,
    )
    iteration = models.Iteration(
        task_id=task.id,
        attempt=1,
        number=1,
        agent=f"{agent}_main",
        components={"coverage": 0.5, "security": 1.0},
        started_at=now - timedelta(seconds=10),
        completed_at=now,
        evaluation_seconds=5.0,
        evaluators_seconds=15.0,
    )
    async with database.write() as session:
        session.add(task)
        await session.flush()
        session.add_all([call, iteration])
        await session.flush()
        for addition in (
            await rollups.task_addition(session, task),
            rollups.of_call(call, project_id),
            rollups.of_iteration(iteration, project_id, agent),
        ):
            await rollups.add(session, addition)


async def project(asking: httpx.AsyncClient, name: str = "One") -> str:
    """Id of a new project."""
    made = await asking.post("/api/projects", json={"name": name})
    return str(made.json()["id"])


async def get(asking: httpx.AsyncClient, path: str, **params: str) -> dict[str, object]:
    """The answer of a metric."""
    answer = await asking.get(f"/api/metrics/{path}", params=params)
    assert 200 == answer.status_code, answer.text
    return dict(answer.json()) if isinstance(answer.json(), dict) else {"list": answer.json()}


async def test_nothing_is_shown_before_anything_happened(asking: httpx.AsyncClient) -> None:
    """All of the reference's fields, each 0, empty or null."""
    shown = await get(asking, "dashboard")
    assert DASHBOARD <= set(shown)
    performance, cost = shown["performance"], shown["cost"]
    assert isinstance(performance, dict)
    assert isinstance(cost, dict)
    assert PERFORMANCE <= set(performance)
    assert COST <= set(cost)
    figures = [shown[name] for name in DASHBOARD - {"performance", "cost"}]
    assert {0, None} >= {*figures, *performance.values()}
    assert {0, None} >= {value for name, value in cost.items() if name != "cost_by_agent"}
    assert {} == cost["cost_by_agent"]
    for path in ("quality", "agents"):
        assert [] == (await get(asking, path))["list"]


async def test_the_dashboard_is_what_the_rows_say(edge: Edge, asking: httpx.AsyncClient) -> None:
    """Every figure by its formula, for two tasks of one call each."""
    project_id = await project(asking)
    await worked(edge.services.database, project_id)
    await worked(edge.services.database, project_id, agent="claude", cost=None)
    shown = await get(asking, "dashboard")
    assert (1, 0, 2) == tuple(
        shown[name] for name in ("total_projects", "active_tasks", "completed_today")
    )
    assert 0.5 == shown["total_cost_today"]
    assert shown["performance"] == {
        "avg_time_per_task": 60.0,
        "avg_iterations": 2.0,
        "avg_quality": 0.8,
        "success_rate": 1.0,
        "token_reduction_percent": 75.0,
        "speed_improvement_factor": 2.0,
        # 100,000 x $2/M + 80,000 x $10/M = $1.00 at Claude's price, for the call of known cost.
        "cost_savings_percent": 50.0,
        "tasks_ended": 2,
    }
    assert shown["cost"] == {
        "total_cost": 0.5,
        "cost_by_agent": {"claude": 0.0, "gemini": 0.5},
        "avg_cost_per_task": 0.25,
        # The first day of a history: thirty like it.
        "monthly_projection": 15.0,
        "savings_vs_all_claude": 0.5,
        "prices_as_of": str(Prices().as_of("claude-sonnet-5-5")),
        "calls_of_unknown_cost": 1,
    }


async def test_metrics_of_a_project_are_its_own(edge: Edge, asking: httpx.AsyncClient) -> None:
    """Each metric, filtered; a series of days beside the shape of the dashboard."""
    mine, other = await project(asking), await project(asking, "Two")
    await worked(edge.services.database, mine)
    await worked(edge.services.database, other, agent="claude")
    cost = await get(asking, "cost", project_id=mine, period="7d")
    assert COST <= set(cost)
    assert {"gemini": 0.5} == cost["cost_by_agent"]
    assert isinstance(cost["daily"], list)
    assert (7, 0.5) == (len(cost["daily"]), cost["daily"][-1]["total_cost"])
    performance = await get(asking, "performance", project_id=mine)
    assert PERFORMANCE <= set(performance)
    assert 1 == performance["tasks_ended"]
    assert isinstance(performance["daily"], list)
    assert PERFORMANCE | {"date", "tasks_ended"} == set(performance["daily"][0])
    (agent,) = (await get(asking, "agents", project_id=mine))["list"]  # type: ignore[misc]
    assert agent == {
        "agent": "gemini",
        "total_tasks": 1,
        "success_rate": 1.0,
        "avg_quality": 0.8,
        "avg_cost": 0.5,
        "avg_time": 60.0,
    }


async def test_quality_is_shown_by_day(edge: Edge, asking: httpx.AsyncClient) -> None:
    """Both ends belong to the range; a day outside it is not shown."""
    await worked(edge.services.database, await project(asking))
    today = f"{utc_now().date()}"
    shown = {
        "date": f"{today}T00:00:00Z",
        "overall_quality": 0.8,
        "test_coverage": 0.5,
        "security_score": 1.0,
    }
    for bounds in ({}, {"start_date": today, "end_date": f"{today}T00:00:00Z"}):
        assert [shown] == (await get(asking, "quality", **bounds))["list"]
    assert [] == (await get(asking, "quality", end_date="2020-01-01"))["list"]


@pytest.mark.parametrize(
    "query",
    [
        "cost?period=1y",
        "agents?period=",
        "performance?period=30",
        "quality?start_date=yesterday",
        "quality?start_date=T",
        "quality?end_date=0001-01-01",
        "quality?start_date=2026-02-02&end_date=2026-02-01",
    ],
)
async def test_what_is_no_period_is_refused(asking: httpx.AsyncClient, query: str) -> None:
    """400 with a sentence, never a bug."""
    answer = await asking.get(f"/api/metrics/{query}")
    assert 400 == answer.status_code
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize("path", ["quality", "cost", "agents", "performance"])
async def test_a_project_that_is_not_there_has_no_metrics(
    asking: httpx.AsyncClient, path: str
) -> None:
    """404 for an unknown id and for what is no id."""
    for project_id in (models.new_id(), "nobody"):
        answer = await asking.get(f"/api/metrics/{path}", params={"project_id": project_id})
        assert 404 == answer.status_code


async def test_a_project_is_changed_and_deleted_over_http(asking: httpx.AsyncClient) -> None:
    """The statuses and bodies of the three routes."""
    path = f"/api/projects/{await project(asking)}"
    changed = await asking.put(path, json={"name": "Two", "status": "paused"})
    assert (200, "Two", "paused") == (
        changed.status_code,
        changed.json()["name"],
        changed.json()["status"],
    )
    configured = await asking.put(f"{path}/config", json={"timeframe": {"max_minutes": 15}})
    assert 15 == configured.json()["config"]["timeframe"]["max_minutes"]
    assert 400 == (await asking.put(path, json={"github_repo": "ftp://x"})).status_code
    refused = await asking.post("/api/tasks", json={"title": "x", "project_id": path[14:]})
    assert 409 == refused.status_code
    deleted = await asking.delete(path)
    assert (204, b"") == (deleted.status_code, deleted.content)
    assert 404 == (await asking.delete(path)).status_code
    assert 404 == (await asking.put(path, json={})).status_code
