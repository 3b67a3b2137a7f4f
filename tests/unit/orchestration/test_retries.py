"""The policy of retries: what is tried again, how often, after which pause."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.agents.port import ErrorKind, Outcome
from phantom.orchestration.retries import RULES, given_up, pause_before_next

PAGE = (Path(__file__).parents[3] / "docs" / "agents.md").read_text()


@dataclass(frozen=True)
class Failure:
    """A call that failed."""

    error: ErrorKind | None
    agent: str = "one"
    outcome: Outcome = Outcome.DONE


FAILURES = st.lists(
    st.builds(Failure, st.sampled_from(list(ErrorKind)), st.sampled_from(["one", "two"])),
    max_size=8,
)


@pytest.mark.parametrize("kind", RULES)
def test_an_agent_is_asked_as_often_as_its_rule_says(kind: ErrorKind) -> None:
    """And then given up."""
    tries = RULES[kind].tries
    assert () == given_up([Failure(kind)] * (tries - 1))
    assert ("one",) == given_up([Failure(kind)] * tries)


def test_what_cannot_help_is_not_tried_again() -> None:
    """An honest refusal, a wrong key, and whatever has no rule."""
    refusal = Failure(None, outcome=Outcome.NEEDS_AGENT)
    for failure in (refusal, Failure(ErrorKind.AUTH), Failure(ErrorKind.MODEL)):
        assert ("one",) == given_up([failure])


def test_the_last_failure_decides() -> None:
    """After one of another kind has been tried again already."""
    overloaded, error = Failure(ErrorKind.OVERLOADED), Failure(ErrorKind.ERROR)
    assert () == given_up([error, overloaded])
    assert ("one",) == given_up([overloaded, error])


@given(FAILURES)
def test_a_pause_is_short_and_only_before_the_same_agent(failures: list[Failure]) -> None:
    """At most half a minute; none where another one takes over."""
    pause = pause_before_next(failures)
    assert 0 <= pause <= 30
    if not failures or failures[-1].agent in given_up(failures):
        assert 0 == pause


@given(st.integers(1, 3))
def test_pauses_double_and_differ(times: int) -> None:
    """Within half and one and a half of 2, 4 and 8 seconds."""
    pause = pause_before_next([Failure(ErrorKind.OVERLOADED)] * times)
    assert 2**times * 0.5 <= pause <= 2**times * 1.5


def test_the_page_has_the_policy() -> None:
    """Each kind with its tries and its first pause."""
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| ([\d.]+|-) \|", PAGE, re.MULTILINE)
    written = {
        (kind, int(tries), 0.0 if pause == "-" else float(pause)) for kind, tries, pause in rows
    }
    assert {(kind.value, rule.tries, rule.pause) for kind, rule in RULES.items()} == written
