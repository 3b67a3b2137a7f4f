"""What a project's own configuration does to the one that applies to its tasks."""

import pytest
from hypothesis import given

from phantom.hrm.changes import differences
from phantom.hrm.config import BALANCED, PRESETS, HrmConfig
from phantom.hrm.project import ProjectWishes
from phantom.projects.config import ProjectConfiguration
from tests.support.configurations import configs


def bent(config: dict[str, object], base: HrmConfig = BALANCED) -> dict[str, object]:
    """The fields that a project's configuration changes, and what they become."""
    found = differences(base, ProjectWishes.of(config).bend(base))
    return {each.field: each.after for each in found}


@given(configs)
def test_a_project_without_wishes_changes_nothing(config: HrmConfig) -> None:
    """The defaults of a new project leave every configuration as it is."""
    wishes = ProjectWishes.of(ProjectConfiguration().model_dump(mode="json"))
    assert config == wishes.bend(config)
    assert ProjectWishes.of({}) == wishes


@pytest.mark.parametrize(
    ("flag", "field", "value"),
    [
        ("latent_reasoning", "latent_reasoning.enabled", False),
        ("agent_switching", "agent_switching.max_switches_per_task", 0),
        ("adaptive_iterations", "ml_iteration_prediction.mode", "manual"),
    ],
)
def test_each_component_can_be_turned_off(flag: str, field: str, value: object) -> None:
    """`ml_components` turns off what there is of each, and nothing else."""
    assert {field: value} == bent({"ml_components": {flag: False}})


def test_ml_features_enabled_turns_every_learned_component_off() -> None:
    """One switch for all."""
    assert {
        "latent_reasoning.enabled": False,
        "agent_switching.max_switches_per_task": 0,
        "ml_iteration_prediction.mode": "manual",
        "rl_refinement.enabled": False,
    } == bent({"risk_tolerance": {"ml_features_enabled": False}})


@pytest.mark.parametrize(("level", "gate"), [(0, 0.85), (25, 0.8), (75, 0.7), (100, 0.65)])
def test_risk_moves_the_quality_gate(level: int, gate: float) -> None:
    """No risk raises it by a tenth, full risk lowers it by as much."""
    found = bent({"risk_tolerance": {"level": level}})
    assert {"deep_supervision.quality_gate_threshold": pytest.approx(gate)} == found


@pytest.mark.parametrize(
    ("mode", "preset"),
    [
        ("balanced", "balanced"),
        ("speed", "speed"),
        ("cost", "cost_optimized"),
        ("quality", "quality_first"),
        ("custom", "balanced"),
    ],
)
def test_the_priority_picks_the_preset(mode: str, preset: str) -> None:
    """That the project starts from, as long as nothing is configured."""
    assert preset == ProjectWishes.of({"priority": {"mode": mode}}).preset
    assert preset in PRESETS


def test_custom_weights_count_with_custom_priority_alone() -> None:
    """They are kept, but without effect, while another mode is chosen."""
    weights = {"tests": 1.0}
    of = ProjectWishes.of
    assert (
        weights == of({"priority": {"mode": "custom", "custom_weights": weights}}).quality_weights
    )
    assert {} == of({"priority": {"mode": "speed", "custom_weights": weights}}).quality_weights


def test_the_time_limit_is_in_minutes() -> None:
    """Thirty where nothing is said."""
    assert 30 == ProjectWishes.of({}).max_minutes
    assert 5 == ProjectWishes.of({"timeframe": {"max_minutes": 5}}).max_minutes
