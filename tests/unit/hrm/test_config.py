"""What a configuration may hold, and how parts of it are laid over another."""

import math

import pytest
from hypothesis import given
from pydantic import ValidationError

from phantom.hrm.builtin import BUILTIN, BY_ID
from phantom.hrm.changes import FieldChange, differences, merged, whole
from phantom.hrm.changes import given as given_parts
from phantom.hrm.config import BALANCED, PRESETS, HrmConfig
from tests.support.configurations import configs


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("ml_iteration_prediction", "max_iterations", 21),
        ("ml_iteration_prediction", "max_iterations", "7"),
        ("ml_iteration_prediction", "max_iterations", 7.5),
        ("ml_iteration_prediction", "mode", "sometimes"),
        ("latent_reasoning", "dimensionality", 64),
        ("latent_reasoning", "enabled", "yes"),
        ("latent_reasoning", "compression_ratio_target", True),
        ("agent_switching", "cost_ceiling", math.inf),
        ("agent_switching", "cost_ceiling", math.nan),
        ("agent_switching", "cost_ceiling", -1),
        ("deep_supervision", "checkpoints", [0.5, 1.5]),
        ("deep_supervision", "checkpoints", [0.5] * 21),
        ("rl_refinement", "epsilon", None),
        ("caching", "colour", "red"),
    ],
)
def test_a_wrong_value_is_refused_by_its_path(section: str, field: str, value: object) -> None:
    """The error names section and field."""
    with pytest.raises(ValidationError) as refused:
        HrmConfig.model_validate({section: {field: value}})
    assert (section, field) == refused.value.errors()[0]["loc"][:2]


@given(configs, configs)
def test_what_is_laid_over_whole_replaces_all(one: HrmConfig, other: HrmConfig) -> None:
    """And then nothing differs."""
    assert other == merged(one, whole(other))
    assert [] == differences(other, merged(one, whole(other)))


def test_what_is_left_out_stays() -> None:
    """Fields of a section as well as sections."""
    part = HrmConfig.model_validate({"agent_switching": {"cost_ceiling": 1}})
    base = PRESETS["quality_first"]

    found = differences(base, merged(base, given_parts(part)))

    assert [FieldChange("agent_switching.cost_ceiling", 15.0, 1.0)] == found


def test_the_built_in_presets_keep_their_ids() -> None:
    """Rows refer to them by id, over restarts and versions."""
    assert ["balanced", "cost_optimized", "quality_first", "speed"] == list(BUILTIN)
    assert "2e5a2d32-37b8-5477-83a2-1e55e43c69bc" == BUILTIN["balanced"].id
    assert 4 == len(BY_ID)
    assert BALANCED == BUILTIN["balanced"].config
