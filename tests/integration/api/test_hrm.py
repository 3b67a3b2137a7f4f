"""Configurations, presets and simulation over HTTP, on either database."""

import httpx
import pytest

from phantom.hrm.builtin import BUILTIN
from phantom.hrm.config import BALANCED, PRESETS
from phantom.vocabulary import TaskStatus
from tests.support import rows
from tests.support.api import Edge

# Section 6.1 of the reference, as it stands but for the ids.
REFERENCE_CONFIG = {
    "latent_reasoning": {
        "enabled": True,
        "dimensionality": 512,
        "compression_ratio_target": 3.8,
        "auto_adjust": False,
    },
    "ml_iteration_prediction": {"mode": "auto", "max_iterations": 7, "confidence_threshold": 0.80},
    "agent_switching": {
        "strategy": "adaptive",
        "quality_drop_threshold": 0.20,
        "cost_ceiling": 5.00,
        "max_switches_per_task": 3,
    },
    "deep_supervision": {
        "enabled": True,
        "checkpoints": [0.33, 0.66, 1.00],
        "quality_gate_threshold": 0.75,
    },
    "parallel_evaluation": {"enabled": True, "worker_count": 4, "timeout_seconds": 60},
    "caching": {
        "memory": True,
        "disk": True,
        "remote": False,
        "aggressive_mode": True,
        "max_size_mb": 500,
    },
    "bayesian_optimization": {"enabled": False, "iterations": 30},
    "rl_refinement": {"enabled": True, "epsilon": 0.1, "learning_rate": 0.001},
    "prometheus_metrics": {"enabled": True, "export_interval": 15},
    "multi_repo": {"enabled": True},
}
NOBODY = "00000000-0000-4000-8000-000000000009"


async def changed(asking: httpx.AsyncClient, **body: object) -> dict[str, object]:
    """The answer to a change."""
    answer = await asking.post("/api/hrm/config", json={"config": {}} | body)
    assert 200 == answer.status_code, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_the_reference_request_is_applied(edge: Edge, asking: httpx.AsyncClient) -> None:
    """With every field that the reference shows, and the running task of the project counted."""
    task = await rows.stored_task(edge.services.database, status=TaskStatus.IN_PROGRESS)

    body = await changed(
        asking,
        project_id=task.project_id,
        task_id=None,
        config=REFERENCE_CONFIG,
        apply_immediately=True,
        persist=True,
    )

    assert {
        "status",
        "config_id",
        "applied_at",
        "impact_estimate",
        "active_tasks_affected",
        "future_tasks_affected",
    } <= set(body)
    assert ("applied", 1, True) == (
        body["status"],
        body["active_tasks_affected"],
        body["future_tasks_affected"],
    )
    # It is the preset that applied before: nothing changes.
    assert {
        "cost_change": 0.0,
        "speed_change": 0.0,
        "quality_change": 0.0,
        "token_reduction": 0.0,
    } == body["impact_estimate"]
    found = (await asking.get(f"/api/hrm/config?project_id={task.project_id}")).json()
    assert (body["config_id"], REFERENCE_CONFIG) == (found["config_id"], found["config"])
    assert (None, "local") == (found["preset_name"], found["updated_by"])


async def test_a_fresh_server_shows_its_preset(asking: httpx.AsyncClient) -> None:
    """With a time, though nobody set anything: since when the server is there."""
    body = (await asking.get("/api/hrm/config")).json()

    assert {"config_id", "config", "preset_name", "last_updated", "updated_by"} <= set(body)
    assert (BUILTIN["balanced"].id, "balanced") == (body["config_id"], body["preset_name"])
    assert BALANCED.model_dump(mode="json") == body["config"] == body["effective_config"]
    assert body["last_updated"].endswith("Z")
    assert [] == (await asking.get(f"/api/hrm/config/history/{body['config_id']}")).json()


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"agent_switching": {"cost_ceiling": -1}}, "agent_switching.cost_ceiling"),
        ({"deep_supervision": {"checkpoints": [0.5, 2]}}, "deep_supervision.checkpoints.1"),
        ({"caching": None}, "caching"),
        ({"caching": {"colour": "red"}}, "caching.colour"),
        ({"magic": {}}, "magic"),
    ],
)
async def test_a_wrong_value_is_refused_with_its_path(
    asking: httpx.AsyncClient, config: object, field: str
) -> None:
    """And nothing is changed."""
    answer = await asking.post("/api/hrm/config", json={"config": config})

    assert 400 == answer.status_code
    assert [f"body.config.{field}"] == [each["field"] for each in answer.json()["errors"]]
    assert f"body.config.{field}" in answer.json()["detail"]
    assert 0 == (await asking.get("/api/hrm/config")).json()["version"]


async def test_versions_are_listed_compared_and_restored(asking: httpx.AsyncClient) -> None:
    """All three by the ids that changes answered."""
    first = await changed(asking, config={"agent_switching": {"cost_ceiling": 1.0}})
    second = await changed(asking, config={"caching": {"disk": False}})
    ids = f"from={first['config_id']}&to={second['config_id']}"

    differing = (await asking.get(f"/api/hrm/config/diff?{ids}")).json()
    restored = await asking.post(f"/api/hrm/config/{first['config_id']}/restore")
    history = (await asking.get(f"/api/hrm/config/history/{first['config_id']}")).json()

    assert [{"field": "caching.disk", "before": True, "after": False}] == differing
    assert 200 == restored.status_code
    assert [3, 2, 1] == [each["version"] for each in history]
    assert restored.json()["config_id"] == history[0]["config_id"]
    one = f"/api/hrm/config/history/{first['config_id']}?limit=1"
    assert history[:1] == (await asking.get(one)).json()


async def test_a_preset_is_made_changed_applied_and_removed(asking: httpx.AsyncClient) -> None:
    """With the fields of the reference."""
    made = await asking.post(
        "/api/hrm/config/presets",
        json={
            "name": "My Custom Preset",
            "description": "Optimized for my workflow",
            "icon": "custom",
            "color": "#10b981",
            "visibility": "private",
            "config": {"agent_switching": {"cost_ceiling": 2.0}},
        },
    )
    assert 201 == made.status_code
    where = made.headers["location"]
    renamed = await asking.put(where, json={"name": "Better"})
    applied = await asking.post(f"{where}/apply?apply_immediately=false")
    found = (await asking.get("/api/hrm/config")).json()
    removed = await asking.delete(where)

    assert ("Better", 2.0) == (
        renamed.json()["name"],
        renamed.json()["config"]["agent_switching"]["cost_ceiling"],
    )
    assert (200, 0) == (applied.status_code, applied.json()["active_tasks_affected"])
    assert ("Better", 2.0) == (
        found["preset_name"],
        found["config"]["agent_switching"]["cost_ceiling"],
    )
    assert (204, 404) == (removed.status_code, (await asking.delete(where)).status_code)


async def test_the_built_in_presets_are_listed_and_kept(asking: httpx.AsyncClient) -> None:
    """Exactly as the reference shows them, but for what was measured."""
    listed = (await asking.get("/api/hrm/config/presets")).json()

    assert list(PRESETS) == [each["name"] for each in listed]
    assert {"id", "name", "description", "icon", "color", "builtin", "config", "usage_stats"} <= (
        set(listed[0])
    )
    shown = {field: listed[0][field] for field in ("description", "icon", "color", "builtin")}
    assert {
        "description": "Balanced performance, cost, and quality",
        "icon": "balance-scale",
        "color": "#3b82f6",
        "builtin": True,
    } == shown
    assert {
        "usage_count": 0,
        "avg_quality": None,
        "avg_cost": None,
        "avg_duration": None,
    } == listed[0]["usage_stats"]
    where = f"/api/hrm/config/presets/{listed[0]['id']}"
    assert 409 == (await asking.delete(where)).status_code
    assert 409 == (await asking.put(where, json={"name": "Mine"})).status_code


async def test_a_simulation_has_the_fields_and_signs_of_the_reference(
    asking: httpx.AsyncClient,
) -> None:
    """The client's own figures are the current ones, and nothing is changed by asking."""
    answer = await asking.post(
        "/api/hrm/simulate",
        json={
            "current_config": REFERENCE_CONFIG,
            "proposed_config": PRESETS["cost_optimized"].model_dump(mode="json"),
            "task_context": {
                "complexity": 10.0,
                "estimated_duration": 450,
                "current_quality": 0.87,
            },
        },
    )
    assert 200 == answer.status_code
    body = answer.json()

    assert {"impact_analysis", "recommendations", "warnings"} <= set(body)
    found = body["impact_analysis"]
    assert {"cost", "speed", "quality", "tokens"} == set(found)
    for figure in found.values():
        assert {"current", "predicted", "change_percent", "confidence"} <= set(figure)
    assert (450, 0.87) == (found["speed"]["current"], found["quality"]["current"])
    assert found["speed"]["predicted"] < 450
    assert found["speed"]["change_percent"] > 0 > found["cost"]["change_percent"]
    assert found["tokens"]["change_percent"] < 0
    assert isinstance(found["tokens"]["predicted"], int)
    assert {"source": "priors", "tasks": 0} == body["basis"]
    assert 0 == (await asking.get("/api/hrm/config")).json()["version"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/api/hrm/config?project_id={NOBODY}", None),
        ("GET", "/api/hrm/config?task_id=x", None),
        ("POST", "/api/hrm/config", {"project_id": NOBODY, "config": {}}),
        ("GET", f"/api/hrm/config/history/{NOBODY}", None),
        ("GET", f"/api/hrm/config/diff?from={NOBODY}&to={NOBODY}", None),
        ("POST", f"/api/hrm/config/{NOBODY}/restore", None),
        ("PUT", f"/api/hrm/config/presets/{NOBODY}", {}),
        ("DELETE", f"/api/hrm/config/presets/{NOBODY}", None),
        ("POST", f"/api/hrm/config/presets/{NOBODY}/apply", None),
        (
            "POST",
            "/api/hrm/simulate",
            {
                "current_config": {},
                "proposed_config": {},
                "task_context": {"project_id": NOBODY},
            },
        ),
    ],
)
async def test_what_is_not_there_is_not_found(
    asking: httpx.AsyncClient, method: str, path: str, body: object
) -> None:
    """By a sentence, whatever the route."""
    answer = await asking.request(method, path, json=body)

    assert 404 == answer.status_code, answer.text
    assert answer.json()["detail"].startswith("There is no ")


async def test_metrics_can_be_switched_off(asking: httpx.AsyncClient) -> None:
    """And on again, by the server's configuration."""
    await changed(asking, config={"prometheus_metrics": {"enabled": False}})
    off = await asking.get("/api/metrics")
    await changed(asking, config={"prometheus_metrics": {"enabled": True}})

    assert (404, True) == (off.status_code, "prometheus_metrics.enabled" in off.json()["detail"])
    assert 200 == (await asking.get("/api/metrics")).status_code


async def test_figures_of_the_database_are_taken_at_the_interval(
    edge: Edge, asking: httpx.AsyncClient
) -> None:
    """Within it they stay, while requests are counted on."""
    await changed(asking, config={"prometheus_metrics": {"export_interval": 60}})
    before = (await asking.get("/api/metrics")).text
    await rows.stored_task(edge.services.database)
    after = (await asking.get("/api/metrics")).text

    assert 'phantom_tasks{status="pending"} 0.0' in before
    assert 'phantom_tasks{status="pending"} 0.0' in after
    seen = 'phantom_api_requests_total{endpoint="/api/metrics",method="GET"}'
    assert (f"{seen} 1.0" in after, f"{seen} 1.0" in before) == (True, False)
