"""What `cargo test` prints, test by test.

Which program ran stands on standard error, what its tests did on standard output; both come in the
same order.
"""

import re
from collections.abc import Iterator

from phantom.evaluation.outcomes import Outcome, TestResult

_PROGRAM = re.compile(
    r"^\s+(?:Running (?:unittests )?(?P<path>\S+) \(|Doc-tests (?P<doc>\S+))", re.MULTILINE
)
_BLOCK = re.compile(r"^running \d+ tests?$", re.MULTILINE)
_TEST = re.compile(
    r"^test (?P<name>.+?)(?: - should panic)? \.\.\. (?P<outcome>ok|FAILED|ignored)\b", re.MULTILINE
)
_SAID = re.compile(
    r"^---- (?P<name>.+?) stdout ----\n(?P<text>.*?)(?=^---- |^failures:$|\Z)",
    re.MULTILINE | re.DOTALL,
)
# Since Rust 1.73 the message follows on the next line, before it stood in the same one.
_PANIC = re.compile(
    r"panicked at (?:'(?P<before>.*?)', )?(?P<path>[^\s:]+\.rs):(?P<line>\d+):\d+:?\n?"
    r"(?P<after>.*)",
    re.DOTALL,
)
_COMPILER = re.compile(
    r"^(?P<words>error(?:\[\w+\])?: .+)\n\s+--> (?P<path>\S+?):(?P<line>\d+):\d+", re.MULTILINE
)
_OUTCOMES = {"ok": Outcome.PASSED, "FAILED": Outcome.FAILED, "ignored": Outcome.SKIPPED}
_NOT_DOWNLOADED = re.compile(
    r"attempting to make an HTTP request|no matching package named|--offline|"
    r"[Uu]nable to update registry|failed to (?:download|fetch)"
)
_MAX_ERRORS = 20


def results(output: str, errors: str) -> dict[str, TestResult]:
    """Each test by its id; a program that ended early and each error of the compiler as one."""
    found: dict[str, TestResult] = {}
    programs = [each["path"] or f"doc {each['doc']}" for each in _PROGRAM.finditer(errors)]
    blocks = _BLOCK.split(output)[1:]
    for number, block in enumerate(blocks):
        program = programs[number] if number < len(programs) else f"program {number + 1}"
        for result in _tests(program, block):
            found[result.id] = result
    if "could not compile" in errors:
        found |= {result.id: result for result in _compiler_errors(errors)}
    return found


def lacks_crates(errors: str) -> bool:
    """True where cargo needs what is not downloaded."""
    return "could not compile" not in errors and bool(_NOT_DOWNLOADED.search(errors))


def _tests(program: str, block: str) -> Iterator[TestResult]:
    said = {each["name"]: each["text"].strip() for each in _SAID.finditer(block)}
    for test in _TEST.finditer(block):
        outcome = _OUTCOMES[test["outcome"]]
        text = said.get(test["name"], "")
        panic = _PANIC.search(text)
        yield TestResult(
            id=f"{program}::{test['name']}",
            outcome=outcome,
            path=panic["path"] if panic else "",
            line=int(panic["line"]) if panic else None,
            message=_message(text, panic) if outcome is Outcome.FAILED else "",
            excerpt=text[:2000],
            reproduce=f"cargo test -- --exact '{test['name']}'",
        )
    if "\ntest result:" not in block:
        yield TestResult(
            id=f"{program}::end",
            outcome=Outcome.ERROR,
            path="",
            message="the test program ended before all of its tests had",
        )


def _message(text: str, panic: re.Match[str] | None) -> str:
    if panic is None:
        return (text.splitlines() or ["failed"])[0][:300]
    if panic["before"]:
        return panic["before"][:300]
    lines = [line.strip() for line in panic["after"].splitlines() if line.strip()]
    figures = [line for line in lines[1:] if line.startswith(("left:", "right:"))]
    return ", ".join([*lines[:1], *figures])[:300]


def _compiler_errors(errors: str) -> Iterator[TestResult]:
    for each in list(_COMPILER.finditer(errors))[:_MAX_ERRORS]:
        yield TestResult(
            id=f"{each['path']}::line {each['line']}",
            outcome=Outcome.ERROR,
            path=each["path"],
            line=int(each["line"]),
            message=each["words"][:300],
        )
