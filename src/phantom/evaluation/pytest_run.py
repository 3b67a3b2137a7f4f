"""One run of a project's tests by pytest, with our reporter and line marks inside."""

import asyncio
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from phantom.evaluation import probe
from phantom.evaluation.children import last_words, own_scratch, run_tool
from phantom.evaluation.outcomes import Outcome, TestResult, TestRun, read_run
from phantom.evaluation.port import Subject, ToolBroke, ToolTimedOut
from phantom.evaluation.written import text_written
from phantom.git import git

_SCRIPT = Path(probe.__file__).with_name("run_pytest.py")
_CONFIGS = {
    "pytest.toml": "[pytest",
    ".pytest.toml": "[pytest",
    "pytest.ini": "",
    ".pytest.ini": "",
    "pyproject.toml": "[tool.pytest",
    "tox.ini": "[pytest",
    "setup.cfg": "[tool:pytest",
}
"""Where pytest may be configured, and the words that show it."""
_USAGE_ERROR, _NO_TESTS = 4, 5


Cover = dict[str, list[int]]
"""Changed lines by path in the workspace: those whose coverage is asked for."""


async def run_pytest(subject: Subject, cover: Cover, timeout_seconds: float) -> TestRun:
    """Run all tests, and note which of the lines in `cover` they run.

    Without any test in the repository nothing is started and the run is empty. Raises ToolBroke
    where pytest could not run or was killed, ToolTimedOut with the name of the test that hung.
    """
    plan = await asyncio.to_thread(_Plan.of, subject.workspace)
    if not plan.configured and not await _has_tests(subject):
        return TestRun()
    return await _run(subject, plan, timeout_seconds, cover=cover)


async def run_pytest_again(
    subject: Subject, ids: Sequence[str] | None, timeout_seconds: float
) -> TestRun:
    """Run those of `ids` whose files are in the workspace, or all; raises as `run_pytest` does."""
    plan = await asyncio.to_thread(_Plan.of, subject.workspace)
    return await _run(subject, plan, timeout_seconds, only=ids)


class _Plan:
    """With which interpreter and configuration the tests are run."""

    def __init__(self, python: str, configured: bool) -> None:
        self.python = python
        self.configured = configured

    @classmethod
    def of(cls, workspace: Path) -> "_Plan":
        """Look into the workspace; blocks for a few file reads."""
        environment = workspace / ".venv"
        has_pytest = any(environment.glob("lib/python3*/site-packages/pytest/__init__.py"))
        python = str(environment / "bin" / "python") if has_pytest else sys.executable
        return cls(python, any(_mentions(workspace / n, w) for n, w in _CONFIGS.items()))

    def arguments(self, workspace: Path) -> list[str]:
        """What pytest is told on its command line, after the project's own `addopts`."""
        ours = [
            f"--rootdir={workspace}",
            f"--confcutdir={workspace}",
            "--quiet",
            "--tb=short",
            "--maxfail=0",
            "--continue-on-collection-errors",
            *("-p", "no:cacheprovider", "-p", "no:pytest_cov", "-p", "no:xdist"),
            *("-p", "no:xdist.looponfail"),
        ]
        if self.configured:
            return ours
        # Without configuration of its own the project must not get that of a directory above it.
        # unittest's habit is `test*.py`, wider than pytest's.
        return [*ours, "-c", "/dev/null", "-o", "python_files=test*.py *_test.py"]


def _mentions(file: Path, words: str) -> bool:
    try:
        return words in file.read_text(errors="replace")
    except OSError:
        return False


async def _has_tests(subject: Subject) -> bool:
    patterns = (":(glob)**/test*.py", ":(glob)**/*_test.py")
    listed = await git(
        subject.workspace, "ls-files", "-z", "--", *patterns, own=subject.git_directory
    )
    return bool(listed)


async def _run(
    subject: Subject,
    plan: _Plan,
    timeout_seconds: float,
    *,
    cover: Cover | None = None,
    only: Sequence[str] | None = None,
) -> TestRun:
    workspace = subject.workspace
    scratch = await asyncio.to_thread(_new_scratch, subject)
    records, request = scratch / "records.jsonl", scratch / "request.json"
    body = {
        "workspace": str(workspace),
        "records": str(records),
        "cover": {str(workspace / path): lines for path, lines in (cover or {}).items()},
        "only": only,
        "borrowed": plan.python == sys.executable,
        "args": [*plan.arguments(workspace), *await asyncio.to_thread(_files, workspace, only)],
    }

    def prepare() -> None:
        records.write_text("")
        request.write_text(json.dumps(body))

    def read() -> TestRun:
        return read_run(text_written(records))

    await asyncio.to_thread(prepare)
    try:
        done = await run_tool(
            subject,
            [plan.python, str(_SCRIPT), str(request)],
            cwd=workspace,
            scratch=scratch,
            timeout_seconds=timeout_seconds,
        )
    except ToolTimedOut as error:
        raise ToolTimedOut(_hang(await asyncio.to_thread(read), timeout_seconds)) from error
    run = await asyncio.to_thread(read)
    if run.status is None:
        _broke_off(run, done.returncode, last_words(done))
    elif run.status == _USAGE_ERROR or (run.status not in {0, 1, _NO_TESTS} and not run.results):
        raise ToolBroke(f"pytest could not run: {last_words(done)}")
    await asyncio.to_thread(_say_how_to_reproduce, run, plan, workspace)
    return run


def _files(workspace: Path, only: Sequence[str] | None) -> list[str]:
    """Where tests are looked for, empty for everywhere."""
    named = dict.fromkeys(each.partition("::")[0] for each in only or ())
    return [file for file in named if (workspace / file).exists()]


def _new_scratch(subject: Subject) -> Path:
    runs = sum(1 for each in subject.scratch.iterdir() if each.name.startswith("tests"))
    return own_scratch(subject, f"tests-{runs}" if runs else "tests")


def _say_how_to_reproduce(run: TestRun, plan: _Plan, workspace: Path) -> None:
    """Give each broken test the command that runs it alone; blocks for a look at the disk."""
    own = Path(plan.python).is_relative_to(workspace)
    python = str(Path(plan.python).relative_to(workspace)) if own else "python"
    found = "PYTHONPATH=src " if (workspace / "src").is_dir() else ""
    for id_, result in run.results.items():
        if result.outcome in {Outcome.FAILED, Outcome.ERROR}:
            command = found + shlex.join([python, "-m", "pytest", id_])
            run.results[id_] = result.model_copy(update={"reproduce": command})


def _hang(run: TestRun, timeout_seconds: float) -> str:
    where = f"{run.running} was still running" if run.running else "no test was running"
    done = f"{len(run.results)} of {len(run.collected)} tests had ended"
    return f"the tests did not end within {timeout_seconds:.0f} s: {where}, {done}"


def _broke_off(run: TestRun, returncode: int, words: str) -> None:
    """The process ended in the middle: the test it was in is to blame, unless it was killed."""
    if run.running is None or returncode == -9:
        during = f" during {run.running}" if run.running else ""
        how = "was killed" if returncode == -9 else f"ended early: {words}"
        raise ToolBroke(f"pytest {how}{during}")
    how = f"signal {-returncode}" if returncode < 0 else f"exit status {returncode}"
    run.results[run.running] = TestResult(
        id=run.running,
        outcome=Outcome.ERROR,
        path=run.running.split("::")[0],
        message=f"the whole test process ended during this test ({how})",
    )
