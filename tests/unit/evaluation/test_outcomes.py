"""Records of a test run are read as far as they go."""

import json

from phantom.evaluation.outcomes import Outcome, read_run


def record(kind: str, **fields: object) -> str:
    return json.dumps({"kind": kind, **fields}) + "\n"


def result(name: str, outcome: str, when: str = "call") -> str:
    return record("result", id=name, outcome=outcome, when=when, path="test_a.py", line=1)


def test_the_worse_phase_of_a_test_counts() -> None:
    """A test that passes and breaks in tear-down is an error; a failure stays a failure."""
    run = read_run(
        result("a", "passed")
        + result("a", "failed", "teardown")
        + result("b", "failed")
        + result("b", "failed", "teardown")
        + result("c", "skipped", "setup")
    )
    expected = {"a": Outcome.ERROR, "b": Outcome.FAILED, "c": Outcome.SKIPPED}
    assert expected == {name: found.outcome for name, found in run.results.items()}


def test_a_run_cut_off_tells_which_test_was_running() -> None:
    """Without the last record the run has no status; the test begun last is named."""
    whole = (
        record("collected", tests=["a", "b"])
        + record("start", id="a")
        + result("a", "passed")
        + record("start", id="b")
    )
    run = read_run(whole + '{"kind": "resu')
    assert (None, "b", ("a", "b")) == (run.status, run.running, run.collected)
    assert None is read_run(whole + result("b", "passed")).running


def test_lines_that_are_not_ours_are_passed_over() -> None:
    """Whatever else a test may have written to the file does no harm."""
    run = read_run("\n[]\nnull\n{}\nnoise\n" + record("end", status=0, lines={}))
    assert (0, {}) == (run.status, run.results)
