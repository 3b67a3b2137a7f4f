"""Which iteration goes on, which one is delivered, and what is told of those that were worse."""

from hypothesis import given
from hypothesis import strategies as st

from phantom.hrm.gate import Action, Decision
from phantom.hrm.gate import Tests as Known
from phantom.orchestration.assess import IterationResult
from phantom.orchestration.calls import CallResult
from phantom.orchestration.finish import best
from phantom.orchestration.standing import (
    LONGEST_LINE,
    MAX_TRIED,
    feedback,
    rank,
    set_back_to,
    to_go_on_from,
)


def made(number: int, quality: float | None = 0.5, **fields: object) -> IterationResult:
    """An iteration that was not accepted, with a commit of its own."""
    decision = Decision(
        action=Action.CONTINUE,
        passed=False,
        threshold=0.75,
        progress=0.1,
        checkpoint=None,
        measured=True,
        reason="tests fail",
    )
    given = {
        "number": number,
        "commit": f"c{number}",
        "changed_files": ("a.py",),
        "quality": quality,
        "tests_passing": False,
        "tests": Known.FAILING,
        "security_issues": 0,
        "suggestions": (f"finding {number}",),
        "decision": decision,
        "call": CallResult(agent="claude", agent_type="claude", content=f"I did {number}."),
    }
    return IterationResult.model_validate(given | fields)


RESULTS = st.builds(
    lambda quality, tests, good: (quality, tests, good),
    st.none() | st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from(Known),
    st.booleans(),
)


@given(st.lists(RESULTS, min_size=1, max_size=8))
def test_nothing_goes_on_or_is_delivered_that_another_beats(
    drawn: list[tuple[float | None, Known, bool]],
):
    """Both are of the best rank: the first of it is delivered, the last of it goes on."""
    decision = made(1).decision
    iterations = [
        made(n, quality, tests=tests, decision=decision.model_copy(update={"good": good}))
        for n, (quality, tests, good) in enumerate(drawn, start=1)
    ]
    first = [each for each in iterations if rank(each) == max(map(rank, iterations))]

    assert first[0] == best(iterations)
    assert first[-1] == to_go_on_from(iterations)


def test_quality_without_the_tests_is_not_better_than_quality_with_them():
    """Tests that hang are left out of the mean, which may then be higher."""
    iterations = [made(1, 0.4), made(2, 0.9, tests=Known.BROKEN)]

    assert 1 == best(iterations).number
    assert 1 == set_back_to(iterations).number


def test_without_an_iteration_there_is_nothing_to_set_back_or_to_tell():
    """The first one starts from the base."""
    assert (None, None, ()) == (best([]), to_go_on_from([]), feedback([]))


def test_the_files_stay_where_the_last_one_did_no_harm():
    """As good as before is no reason to throw work away."""
    assert set_back_to([made(1), made(2)]) is None
    assert set_back_to([made(1, None), made(2, None)]) is None
    assert set_back_to([made(1, 0.6), made(2, 0.5, commit="c1")]) is None


def test_the_next_agent_hears_what_was_found_on_its_tree_and_what_was_worse():
    """The findings of the best, then one line for each later one, the newest few."""
    said = "first line\nsecond " + "x" * 1000
    call = made(1).call.model_copy(update={"content": said})
    worse = [made(number, 0.1 * number) for number in range(3, 6)]
    iterations = [made(1, 0.2), made(2, 0.9), *worse, made(6, None, call=call)]

    told = feedback(iterations)

    assert "finding 2" == told[0]
    assert 1 + MAX_TRIED == len(told)
    assert "quality 0.50 after 0.90; then finding 5" in told[2]
    assert 'a.py, in its own words: "I did 5."' in told[2]
    assert "Iteration 6 by claude was taken back" in told[3]
    assert "quality not measured after 0.90" in told[3]
    assert len(told[3]) < LONGEST_LINE
    assert "\n" not in told[3]


def test_what_is_told_of_an_attempt_holds_no_secret():
    """An agent's last words may quote one."""
    key = "sk-ant-api03-" + "A1b2" * 22
    call = made(1).call.model_copy(update={"content": f"I set {key} there"})

    (*_, told) = feedback([made(1), made(2, 0.1, call=call)])

    assert key not in told
    assert "taken back" in told
