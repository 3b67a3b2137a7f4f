"""Tuning finds what is better on a log, and claims nothing that the log does not show."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phantom.hrm.config import BALANCED, DeepSupervision, HrmConfig, IterationMode
from phantom.hrm.replay import Logged, Round, replayed
from phantom.hrm.search import ENOUGH, LOWEST_GATE, Question, search

STRICT = HrmConfig(deep_supervision=DeepSupervision(quality_gate_threshold=0.95))


def log(rounds: list[list[Round]], *, passed: bool = True) -> tuple[Logged, ...]:
    """Tasks that made these rounds."""
    return tuple(
        Logged(task_id=str(n), passed=passed, rounds=tuple(each)) for n, each in enumerate(rounds)
    )


def made(quality: float, dollars: float = 0.1, *, sound: bool = True) -> Round:
    """A round of a minute."""
    return Round(quality=quality, sound=sound, dollars=dollars, seconds=60.0)


def wasteful(number: int, seed: int) -> tuple[Logged, ...]:
    """Tasks whose first round is as good as they get, held to a gate that none of them passes."""
    chance = random.Random(seed)
    rounds = [[made(chance.uniform(0.75, 0.85), chance.uniform(0.05, 0.2))] for _ in range(number)]
    return log([each * 7 for each in rounds], passed=False)


@pytest.mark.parametrize(("mode", "rising"), [("cost", False), ("balanced", False), ("cost", True)])
def test_a_known_better_setting_is_found(mode: str, rising: bool) -> None:
    """Rounds that bring nothing, or too little for what they cost, are not made any more."""
    tasks = wasteful(200, 1)
    if rising:
        tasks = log([[made(0.7 + 0.01 * n) for n in range(7)]] * 200, passed=False)

    answer = search(
        Question(config=STRICT, project={"priority": {"mode": mode}}, trials=30, log=tasks)
    )

    assert answer.claimed
    assert answer.improvement is not None
    assert answer.improvement > 0.2
    assert {"ml_iteration_prediction", "deep_supervision", "agent_switching"} >= set(answer.best)


def test_fields_that_change_nothing_are_not_proposed() -> None:
    """Where the first round is accepted at once, no other plan, gate or ceiling is better."""
    answer = search(Question(config=BALANCED, trials=20, log=log([[made(0.9)]] * 150)))

    assert ({}, 0.0, (0.0, 0.0)) == (answer.best, answer.improvement, answer.interval)
    assert not answer.claimed


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(ENOUGH, 160))
def test_nothing_is_claimed_where_nothing_differs(chance: random.Random, number: int) -> None:
    """Whatever tasks cost and reach: as long as one round was all that each could make."""
    rounds = [[made(chance.uniform(0.75, 1.0), chance.uniform(0, 3))] for _ in range(number)]

    answer = search(Question(config=BALANCED, trials=10, log=log(rounds)))

    assert number == answer.tasks
    assert answer.interval is not None
    assert answer.interval[0] <= 0.0 <= answer.interval[1]
    assert not answer.claimed


def test_an_advantage_that_has_passed_is_not_claimed() -> None:
    """The first rounds of the older tasks say nothing of the newer ones, where waiting pays."""
    older = [[made(0.8), made(0.8, 2.0), made(0.8, 2.0)]] * 105
    newer = [[made(0.1), made(0.2, 0.01), made(0.9, 0.01)]] * 45
    plan = HrmConfig.model_validate(
        {
            "ml_iteration_prediction": {"mode": "manual", "max_iterations": 3},
            "deep_supervision": {"quality_gate_threshold": 0.9},
        }
    )

    answer = search(Question(config=plan, trials=20, log=log(older + newer, passed=False)))

    assert answer.best
    assert not answer.claimed


def test_too_few_tasks_claim_nothing() -> None:
    """Below the number that is enough there is no figure at all."""
    answer = search(Question(config=STRICT, trials=10, log=wasteful(ENOUGH - 1, 3)))

    assert (ENOUGH - 1, None, None, {}) == (
        answer.tasks,
        answer.improvement,
        answer.interval,
        answer.best,
    )


def test_tasks_that_would_have_gone_on_are_not_compared() -> None:
    """What a stricter gate than that of the log would have come to is not known."""
    tasks = log([[made(0.8)]] * 150)
    manual = {"mode": "manual", "max_iterations": 3}
    plan = HrmConfig.model_validate(
        {"ml_iteration_prediction": manual} | STRICT.model_dump(include={"deep_supervision"})
    )

    answer = search(Question(config=plan, trials=10, log=tasks))

    assert (0, None) == (answer.tasks, answer.improvement)


@given(
    st.lists(
        st.builds(
            made,
            st.floats(0, 1),
            st.floats(0, 10),
            sound=st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 20),
    st.floats(LOWEST_GATE, 1),
    st.sampled_from(IterationMode),
)
def test_a_replay_never_brings_what_the_log_does_not_show(
    rounds: list[Round], planned: int, gate: float, mode: IterationMode
) -> None:
    """Its quality is that of a round that was made, and rounds that were not seen cost."""
    config = HrmConfig.model_validate(
        {
            "ml_iteration_prediction": {"mode": mode},
            "deep_supervision": {"quality_gate_threshold": gate},
            "agent_switching": {"cost_ceiling": 1000},
        }
    )
    task = Logged(task_id="1", passed=False, rounds=tuple(rounds))

    outcome = replayed(task, config, planned)
    less = replayed(task, config, max(1, planned - 1))

    assert outcome.quality in {each.quality for each in rounds if each.sound} | {0.0}
    assert outcome.unseen == 0 or outcome.unseen == planned - len(rounds)
    assert less.dollars <= outcome.dollars + 1e-9
    assert less.seconds <= outcome.seconds + 1e-9
    assert less.quality <= outcome.quality
