"""The tests of a Rust crate are run for real, and told one by one."""

import asyncio
import os
import pwd
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from phantom.evaluation import Report, Subject, Verdict
from phantom.evaluation.rust import RustLint, RustTests
from tests.support import caged
from tests.support.evaluation import SubjectFactory, evaluate, named
from tests.support.tools import needed

SIGN = """\
pub fn sign(n: i32) -> i32 {
    if n < 0 {
        return -1;
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positive() {
        assert_eq!(sign(3), 1);
    }

    #[test]
    fn nothing() {
        assert_eq!(sign(0), 1);
    }
}
"""
BASE = {
    "Cargo.toml": '[package]\nname = "sign"\nversion = "0.1.0"\nedition = "2021"\n',
    ".gitignore": "Cargo.lock\n",
    "src/lib.rs": SIGN,
}
_CACHE = TemporaryDirectory(prefix="phantom-rust-")


@pytest.fixture(autouse=True)
def cargo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toolchain must be there; rustup looks for it in the home that tests do not have."""
    needed("cargo")
    if "RUSTUP_HOME" not in os.environ:
        home = Path(pwd.getpwuid(os.getuid()).pw_dir)
        monkeypatch.setenv("RUSTUP_HOME", str(home / ".rustup"))


async def measured(subject: Subject) -> Report:
    """The report, with what was built for the tests before."""
    cached = subject.model_copy(update={"cache": Path(_CACHE.name)})
    return await evaluate(cached, (RustTests(),), timeout_seconds=60)


@pytest.mark.parametrize("name", caged.BACKENDS)
async def test_passing_tests_are_counted_in_each_cage(
    make_subject: SubjectFactory, name: str
) -> None:
    """What was built lies outside the workspace; coverage is said not to be measured."""
    sandbox = await asyncio.to_thread(caged.sandbox, name)
    subject = make_subject(BASE, {"b": "b"}).model_copy(update={"sandbox": sandbox})
    report = await measured(subject)
    assert "2 of 2 tests passed" == named(report, "tests:rust").summary
    assert (1.0, True) == (report.components["tests"], report.tests_passing)
    assert ("coverage:rust",) == report.not_measured
    assert "!! Cargo.lock\n" == make_subject.status(subject)


async def test_failing_test_is_told_with_its_place_and_message(
    make_subject: SubjectFactory,
) -> None:
    """A failing test lowers the score and leads the suggestions, with its name, file and line."""
    report = await measured(make_subject(BASE, {"src/lib.rs": SIGN.replace("n < 0", "n <= 0")}))
    tests = named(report, "tests:rust")
    assert (Verdict.FAILED, 0.5, False) == (tests.verdict, tests.score, report.tests_passing)
    (finding,) = tests.findings
    assert ("src/lib.rs", 19) == (finding.path, finding.line)
    assert "tests::nothing fails: assertion `left == right` failed" in finding.message
    assert "src/lib.rs:19" in report.suggestions[0]


@pytest.mark.parametrize("name", caged.BACKENDS)
async def test_a_build_script_runs_in_the_cage(
    make_subject: SubjectFactory, tmp_path: Path, name: str
) -> None:
    """It is code of the repository, for clippy as for the tests: nothing outside is its own."""
    sandbox = await asyncio.to_thread(caged.sandbox, name)
    secret, planted = tmp_path / "secret.txt", tmp_path / "planted.txt"
    secret.write_text("canary")
    build = (
        "fn main() {\n"
        f'    assert!(std::fs::read("{secret}").is_err());\n'
        f'    let _ = std::fs::write("{planted}", "x");\n'
        '    assert!(std::net::TcpStream::connect("127.0.0.1:22").is_err());\n}\n'
    )
    subject = make_subject(BASE | {"build.rs": build}, {"src/lib.rs": SIGN + "\n"})
    caged_subject = subject.model_copy(update={"sandbox": sandbox, "cache": Path(_CACHE.name)})
    report = await evaluate(caged_subject, (RustTests(), RustLint()), timeout_seconds=60)
    assert "2 of 2 tests passed" == named(report, "tests:rust").summary
    assert Verdict.PASSED is named(report, "lint:rust").verdict
    assert not planted.exists()


async def test_code_that_cannot_be_compiled_has_failed(make_subject: SubjectFactory) -> None:
    """With the compiler's words and place."""
    report = await measured(make_subject(BASE, {"src/lib.rs": SIGN.replace("-1;", "'a';")}))
    tests = named(report, "tests:rust")
    assert (Verdict.FAILED, 0.0) == (tests.verdict, tests.score)
    assert ("src/lib.rs", 3) == (tests.findings[0].path, tests.findings[0].line)
    assert "mismatched types" in tests.findings[0].message


async def test_crates_that_are_not_downloaded_are_said(make_subject: SubjectFactory) -> None:
    """Nothing is fetched for a test, and nothing is assumed of it."""
    files = BASE | {"Cargo.toml": BASE["Cargo.toml"] + '\n[dependencies]\nabsent = "1"\n'}
    subject = make_subject(files, {"src/lib.rs": SIGN + "\n"})
    report = await evaluate(subject, (RustTests(), RustLint()), timeout_seconds=60)
    for name in ("tests:rust", "lint:rust"):
        assert Verdict.NOT_MEASURED is named(report, name).verdict
        assert "cargo fetch" in named(report, name).summary
    assert not report.tests_passing


async def test_only_new_findings_of_clippy_count(make_subject: SubjectFactory) -> None:
    """Once each, although a file is compiled as a library and as its own tests."""
    base = BASE | {"src/lib.rs": SIGN + "\nfn old() {}\n"}
    change = {"src/lib.rs": SIGN + "\nfn newer() {}\n\nfn old() {}\n"}
    cached = make_subject(base, change).model_copy(update={"cache": Path(_CACHE.name)})
    report = await evaluate(cached, (RustLint(),), timeout_seconds=60)
    lint = named(report, "lint:rust")
    assert [("dead_code", "src/lib.rs", 23)] == [(f.rule, f.path, f.line) for f in lint.findings]
    assert (1 / 1.3, Verdict.FAILED) == (lint.score, lint.verdict)
