"""In which order agents are taken: the priors without a record, what they did with one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.hrm.config import Strategy
from phantom.hrm.preference import MAP, Ask, Candidate, Record, prefer
from phantom.vocabulary import AgentType, TaskType

NOW = datetime(2026, 11, 27, tzinfo=UTC)
DEBUGGING = Ask(TaskType.DEBUGGING)
NEW = tuple(
    Candidate(kind.value, kind)
    for kind in (AgentType.LOCAL, AgentType.OPENAI, AgentType.GEMINI, AgentType.CLAUDE)
)


def order(strategy: Strategy, *candidates: Candidate, ask: Ask = DEBUGGING) -> tuple[str, ...]:
    """Who is taken first, and so on."""
    return prefer(strategy, candidates, ask, experimental=True).order


def did(agent_id: str, **record: object) -> Candidate:
    """An agent with a record."""
    usual = {"calls": 20, "rounds": 20, "priced": 20, "seconds": 1800.0, "dollars": 1.0}
    return Candidate(agent_id, AgentType.OPENAI, Record(**(usual | record)))  # type: ignore[arg-type]


@pytest.mark.parametrize("task_type", TaskType)
def test_without_a_record_the_references_map_decides(task_type: TaskType) -> None:
    """And the embedded agent comes last."""
    found = order(Strategy.ADAPTIVE, *NEW, ask=Ask(task_type))
    mapped = MAP[task_type]
    assert "local" == found[-1]
    if mapped in {AgentType.GEMINI, AgentType.CLAUDE}:
        assert mapped == found[0]


def test_the_priors_are_the_references() -> None:
    """Gemini is the cheapest, Claude the best."""
    assert "gemini" == order(Strategy.COST_OPTIMIZED, *NEW)[0]
    assert "claude" == order(Strategy.QUALITY_FIRST, *NEW)[0]


def test_each_strategy_goes_by_its_own_figure() -> None:
    """By what the agents did: money, time, acceptance, and whose turn it is."""
    cheap = did("cheap", dollars=0.2, last=NOW)
    fast = did("fast", seconds=200.0, last=NOW - timedelta(hours=1))
    good = did("good", accepted=20, last=NOW + timedelta(hours=1))
    everybody = (good, fast, cheap)

    assert "cheap" == order(Strategy.COST_OPTIMIZED, *everybody)[0]
    assert "fast" == order(Strategy.SPEED_OPTIMIZED, *everybody)[0]
    assert "good" == order(Strategy.QUALITY_FIRST, *everybody)[0]
    assert "good" == order(Strategy.ADAPTIVE, *everybody)[0]
    assert ("fast", "cheap", "good") == order(Strategy.ROUND_ROBIN, *everybody)


def test_one_lucky_call_decides_nothing() -> None:
    """A record is shrunk towards the prior."""
    lucky = did("lucky", calls=1, rounds=1, accepted=1)
    steady = did("steady", accepted=18)
    assert ("steady", "lucky") == order(Strategy.QUALITY_FIRST, lucky, steady)


@pytest.mark.parametrize("strategy", Strategy)
def test_security_goes_to_claude_where_it_is_required(strategy: Strategy) -> None:
    """Also where Claude is new and new ones are held back."""
    ask = Ask(TaskType.CODE_GENERATION, requires_security=True)
    candidates = (*NEW, did("known", accepted=20))
    assert "claude" == prefer(strategy, candidates, ask, experimental=False).order[0]


def test_who_has_no_record_comes_after_those_who_have_one() -> None:
    """Unless experiments are allowed, or nobody but the embedded agent has one."""
    bad = did("bad", accepted=0, dollars=99.0)
    embedded = Candidate("local", AgentType.LOCAL, Record(calls=5))

    strict = prefer(Strategy.ADAPTIVE, (*NEW[1:], bad), DEBUGGING, experimental=False)
    assert ("bad", {"openai", "gemini", "claude"}) == (strict.order[0], set(strict.held_back))
    assert "bad" == order(Strategy.ADAPTIVE, *NEW[1:], bad)[-1]
    assert (
        ()
        == prefer(Strategy.ADAPTIVE, (embedded, *NEW[1:]), DEBUGGING, experimental=False).held_back
    )


records = st.builds(
    Record,
    calls=st.integers(0, 20),
    rounds=st.integers(0, 20),
    accepted=st.integers(0, 20),
    seconds=st.floats(0, 9999),
    priced=st.integers(0, 20),
    dollars=st.floats(0, 99),
)


@given(
    st.lists(st.builds(Candidate, st.uuids().map(str), st.sampled_from(AgentType), records)),
    st.sampled_from(Strategy),
    st.booleans(),
    st.booleans(),
)
def test_nobody_is_lost(
    candidates: list[Candidate], strategy: Strategy, experimental: bool, security: bool
) -> None:
    """Whatever is held back is last, and never everybody."""
    ask = Ask(TaskType.SECURITY, requires_security=security)
    found = prefer(strategy, candidates, ask, experimental=experimental)
    assert sorted(each.agent_id for each in candidates) == sorted(found.order)
    assert not candidates or set(found.held_back) < set(found.order)
