"""What an agent is told of the findings: in order, bounded, each cause once, and no secret."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.evaluation.components import DEFAULT_WEIGHTS
from phantom.evaluation.port import Evaluation, Finding, FindingSeverity, Verdict
from phantom.evaluation.suggestions import (
    MAX_CHARACTERS,
    MAX_SUGGESTIONS,
    ORDER,
    causes,
    cut,
    suggestions,
)

WORDS = st.text(alphabet="ab \n0x`1", max_size=40) | st.integers(0, 3_000).map("word ".__mul__)
FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["test-failed", "B602", "E501"]),
    message=WORDS,
    severity=st.sampled_from(FindingSeverity),
    path=st.none() | st.sampled_from(["a.py", "b.py"]) | WORDS,
    line=st.none() | st.integers(1, 9),
    cause=st.sampled_from(["", "one", "two"]),
    excerpt=WORDS,
    reproduce=st.none() | WORDS,
    regression=st.booleans(),
)
EVALUATIONS = st.lists(
    st.builds(
        Evaluation,
        evaluator=st.sampled_from(["tests", "tests:go", "security", "lint", "coverage", "own"]),
        verdict=st.sampled_from(Verdict),
        summary=st.just("it broke"),
        findings=st.lists(FINDINGS, max_size=12).map(tuple),
    ),
    max_size=6,
    unique_by=lambda each: each.evaluator,
)


def evaluated(name: str, *findings: Finding) -> Evaluation:
    """An evaluation that failed with these findings."""
    return Evaluation(evaluator=name, verdict=Verdict.FAILED, summary="", findings=findings)


def failing(name: str, message: str = "assert 1 == 2", **fields: object) -> Finding:
    """A failing test."""
    given = {
        "rule": "test-failed",
        "message": f"{name} fails: {message}",
        "severity": FindingSeverity.HIGH,
        "path": "tests/test_a.py",
        "line": 7,
        "cause": message,
    }
    return Finding.model_validate(given | fields)


def style(number: int) -> Finding:
    """A finding of little weight."""
    severity = FindingSeverity.LOW
    return Finding(rule="E501", message=f"line {number} is long", severity=severity, path="a.py")


@given(EVALUATIONS, st.randoms())
def test_the_bound_holds_the_order_is_stable_and_nothing_is_left_out_for_less(
    evaluations: list[Evaluation],
    random: Random,
) -> None:
    """What is told is the beginning of all causes in the order of their use."""
    told = suggestions(evaluations)
    ordered = causes(evaluations)
    shuffled = sorted(evaluations, key=lambda _: random.random())

    assert len(told) <= MAX_SUGGESTIONS
    assert sum(map(len, told)) <= MAX_CHARACTERS
    assert told == suggestions(shuffled)
    assert told == tuple(cause.text for cause in ordered[: len(told)])
    assert sorted(cause.use for cause in ordered) == [cause.use for cause in ordered]


@given(EVALUATIONS)
def test_every_finding_is_in_one_cause(evaluations: list[Evaluation]) -> None:
    """Grouping loses none, and doubles none."""
    ended = [each for each in evaluations if each.verdict not in {Verdict.TIMED_OUT, Verdict.ERROR}]
    grouped = causes(ended)

    assert sum(len(each.findings) for each in ended) == sum(1 + len(c.alike) for c in grouped)


def test_a_test_that_passed_before_leads_then_tests_then_security_and_style_comes_last() -> None:
    """The order of use, whatever order the evaluators stand in."""
    bad = Finding(
        rule="B602", message="a shell", severity=FindingSeverity.HIGH, path="a.py", line=1
    )
    uncovered = Finding(rule="uncovered", message="line 3", severity=FindingSeverity.LOW)
    hung = Evaluation(evaluator="types", verdict=Verdict.TIMED_OUT, summary="it hung")
    told = suggestions(
        [
            evaluated("lint", style(1)),
            evaluated("coverage", uncovered),
            hung,
            evaluated("security", bad),
            evaluated("tests", failing("test_old"), failing("test_mine", "boom", regression=True)),
        ]
    )

    assert [
        "tests/test_a.py:7: test_mine fails: boom [test-failed]",
        "tests/test_a.py:7: test_old fails: assert 1 == 2 [test-failed]",
        "a.py:1: a shell [B602]",
        "types: it hung.",
        "line 3",
        "a.py: line 1 is long [E501]",
    ] == list(told)


def test_one_cause_is_told_once_with_what_was_compared_and_the_command() -> None:
    """Addresses in memory make no other cause."""
    tests = [
        failing(
            f"test_{number}",
            f"<Cart at 0x{number}f> is not empty",
            line=number,
            excerpt="    assert cart == []\nE   assert [1] == []",
            reproduce=f"python -m pytest tests/test_a.py::test_{number}",
        )
        for number in range(1, 7)
    ]

    (told,) = suggestions([evaluated("tests", *tests)])

    assert (
        "tests/test_a.py:1: test_1 fails: <Cart at 0x1f> is not empty [test-failed]\n"
        "        assert cart == []\n"
        "    E   assert [1] == []\n"
        "Reproduce: python -m pytest tests/test_a.py::test_1\n"
        "The same in 5 more (tests/test_a.py:2, tests/test_a.py:3, tests/test_a.py:4, …)."
    ) == told


def test_every_component_that_is_weighed_has_its_place() -> None:
    """A new one must be put somewhere."""
    assert set(DEFAULT_WEIGHTS) == set(ORDER)


def test_many_findings_of_one_kind_leave_room_for_the_others() -> None:
    """Five, then those of other components."""
    tests = [failing(f"test_{number}", f"error {number}") for number in range(9)]
    bad = Finding(
        rule="B602", message="a shell", severity=FindingSeverity.HIGH, path="a.py", line=1
    )

    told = suggestions([evaluated("tests", *tests), evaluated("security", bad)])

    assert (5, MAX_SUGGESTIONS) == (told.index("a.py:1: a shell [B602]"), len(told))


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    """Which is where the names stand, and the values."""
    (told,) = suggestions([evaluated("tests", failing("test_a", "begin " + "x" * 5000 + " end"))])

    assert "test_a fails: begin x" in told
    assert "[…]" in told
    assert "x end [test-failed]" in told
    assert len(told) < 500


@given(st.text(max_size=300), st.integers(20, 200))
def test_cutting_keeps_within_its_bound_and_leaves_short_text_alone(
    text: str, longest: int
) -> None:
    """The beginning is kept, and the end."""
    short = cut(text, longest)

    assert short == text if len(text) <= longest else len(short) == longest
    assert (text[:5], text[-3:]) == (short[:5], short[-3:])


@pytest.mark.parametrize("field", ["message", "excerpt", "reproduce"])
def test_what_tools_print_is_told_without_secrets(field: str) -> None:
    """Also where cutting would have left half of one."""
    key = "sk-ant-api03-" + "A1b2" * 22
    tests = evaluated("tests", failing("test_a", **{field: f"{'y' * 200} {key} {'z' * 200}"}))

    (told,) = suggestions([tests])

    assert "A1b2" not in told
