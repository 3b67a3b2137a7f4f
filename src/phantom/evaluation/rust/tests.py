"""Tests of Rust, from one `cargo test` of each workspace of crates."""

import asyncio
import time
from pathlib import Path, PurePosixPath

from phantom.evaluation.change import Change
from phantom.evaluation.children import last_words, own_scratch
from phantom.evaluation.judging import judge_tests, unmeasured
from phantom.evaluation.outcomes import Outcome, TestResult, TestRun
from phantom.evaluation.port import Evaluation, Subject
from phantom.evaluation.repository import Language
from phantom.evaluation.rust.output import lacks_crates, results
from phantom.evaluation.rust.shapes import rust_shapes
from phantom.evaluation.rust.toolchain import Rust, find_rust
from phantom.evaluation.weakening import weakened_tests

TESTS = "tests:rust"
COVERAGE = "coverage:rust"
MANIFEST = "Cargo.toml"
NOT_INSTALLED = "cargo and rustc are not on the server's PATH"
NOT_DOWNLOADED = "crates that it needs are not downloaded: run `cargo fetch` as the server's user"
_NO_COVERAGE = "cargo measures no coverage"


class RustTests:
    """Runs the tests of all crates, those in documentation too."""

    measures: tuple[str, ...] = (TESTS, COVERAGE)

    def applies(self, subject: Subject) -> bool:
        """True for a task that may change Rust code."""
        return subject.has(Language.RUST)

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Run the tests once; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        coverage = unmeasured(COVERAGE, _NO_COVERAGE)
        rust = await find_rust()
        if rust is None:
            return unmeasured(TESTS, NOT_INSTALLED), coverage
        # Tests stand beside what they test, so that any file may hold some.
        sources = [file for file in change.files if file.path.endswith(".rs")]
        weakened = await weakened_tests(subject, sources, rust_shapes)
        total = TestRun(status=0)
        lacking = False
        for root in subject.repository.roots(MANIFEST):
            left = max(1.0, timeout_seconds - (time.monotonic() - started))
            run = await _run(subject, rust, root, left)
            lacking = lacking or run is None
            total.results |= run.results if run else {}
        if lacking and not total.results:
            tests = unmeasured(TESTS, NOT_DOWNLOADED)
        else:
            tests = judge_tests(total, weakened, name=TESTS)
        return tests.model_copy(update={"seconds": time.monotonic() - started}), coverage


async def _run(subject: Subject, rust: Rust, root: str, seconds: float) -> TestRun | None:
    """One run, or None where crates are not downloaded."""
    scratch = await asyncio.to_thread(own_scratch, subject, "-".join(("rust", *Path(root).parts)))
    done = await rust.cargo(
        subject,
        ["test", "--offline", "--workspace", "--no-fail-fast"],
        cwd=subject.workspace / root,
        scratch=scratch,
        seconds=seconds,
    )
    if lacks_crates(done.error_text):
        return None
    run = TestRun(results=results(done.text, done.error_text), status=done.returncode)
    if done.returncode != 0 and not run.ended(Outcome.FAILED, Outcome.ERROR):
        run.results["cargo test"] = TestResult(
            id="cargo test",
            outcome=Outcome.ERROR,
            path=str(PurePosixPath(root) / MANIFEST),
            message=last_words(done),
        )
    return run
