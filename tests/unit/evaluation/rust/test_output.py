"""What `cargo test` of Rust 1.95.0 printed is read test by test."""

from pathlib import Path

from phantom.evaluation.outcomes import Outcome, TestResult
from phantom.evaluation.rust.output import lacks_crates, results

RECORDED = Path(__file__).parent / "recorded"
OLD = """\

running 1 test
test tests::bad ... FAILED

failures:

---- tests::bad stdout ----
thread 'tests::bad' panicked at 'no: it is 3', src/lib.rs:24:9
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

test result: FAILED. 0 passed; 1 failed; 0 ignored
"""


def recorded() -> dict[str, TestResult]:
    """The results of the recorded run."""
    return results((RECORDED / "stdout.txt").read_text(), (RECORDED / "stderr.txt").read_text())


def test_each_test_is_told_with_its_program() -> None:
    """Unit tests, those in `tests/`, and those in the documentation."""
    assert {
        "src/lib.rs::tests::later": Outcome.SKIPPED,
        "src/lib.rs::tests::positive": Outcome.PASSED,
        "src/lib.rs::tests::bad": Outcome.FAILED,
        "tests/outside.rs::errors": Outcome.FAILED,
        "tests/outside.rs::outside": Outcome.PASSED,
        "doc sign::src/lib.rs - sign (line 3)": Outcome.PASSED,
    } == {name: result.outcome for name, result in recorded().items()}


def test_a_failure_comes_with_its_place_and_what_was_compared() -> None:
    """From the panic, or from the error that the test returned."""
    found = recorded()
    bad = found["src/lib.rs::tests::bad"]
    assert ("src/lib.rs", 24) == (bad.path, bad.line)
    assert "assertion `left == right` failed: as it was 3, left: 1, right: 2" == bad.message
    assert 'Error: "no way"' == found["tests/outside.rs::errors"].message


def test_a_panic_of_old_releases_is_read() -> None:
    """Until Rust 1.72 the message stood before the place."""
    (result,) = results(OLD, "").values()
    assert ("no: it is 3", "src/lib.rs", 24) == (result.message, result.path, result.line)


def test_a_program_that_ends_early_is_an_error() -> None:
    """Whatever its tests had said before: an abort in one hides those after it."""
    cut = "\nrunning 2 tests\ntest one ... ok\n"
    assert [Outcome.PASSED, Outcome.ERROR] == [r.outcome for r in results(cut, "").values()]


def test_errors_of_the_compiler_are_told_with_their_places() -> None:
    """They are the change's, while crates that are absent are not."""
    words = (
        "error[E0308]: mismatched types\n  --> src/lib.rs:2:5\n   |\n"
        "error: could not compile `sign` (lib) due to 1 previous error\n"
    )
    (result,) = results("", words).values()
    assert ("src/lib.rs", 2, Outcome.ERROR) == (result.path, result.line, result.outcome)
    assert not lacks_crates(words)
    assert lacks_crates("error: no matching package named `serde` found\n")
