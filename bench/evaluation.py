"""What it costs to evaluate a change: wall time against what the tools alone need.

Run as `./dev bench evaluation`. Makes a repository of 40 modules with 400 tests in a temporary
directory, changes a few of them, and evaluates the change with all default evaluators. The floor
is what no order of running can beat: the slowest evaluator alone, or all processor time divided by
the cores. The bar is 1.15 times the floor. Where it got about one core of several, others were at
work and the ratio says nothing.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from phantom.evaluation import EvaluationPool, Evaluator, Report, Subject, default_evaluators
from phantom.security.sandbox import Uncaged
from phantom.vocabulary import TaskType

ROUNDS = 5
WORKERS = 4
BAR = 1.15
MODULES = 40


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="phantom-bench-") as directory:
        subject = make_subject(Path(directory))
        asyncio.run(measure(subject))


async def measure(subject: Subject) -> None:
    """Each evaluator alone, then all together: the least disturbed of some rounds."""
    evaluators = [e for e in default_evaluators() if e.applies(subject)]
    await evaluate(subject, evaluators)
    rows: list[tuple[str, str]] = []
    alone: list[float] = []
    for evaluator in evaluators:
        walls = [(await timed(subject, [evaluator]))[0] for _ in range(ROUNDS)]
        alone.append(min(walls))
        rows.append((f"{' and '.join(evaluator.measures)} alone", f"{alone[-1] * 1000:.0f} ms"))
    own = min([(await timed(subject, []))[0] for _ in range(ROUNDS)])
    together = [await timed(subject, evaluators) for _ in range(ROUNDS)]
    wall = min(one[0] for one in together)
    children = min(one[1] for one in together)
    ourselves = min(one[2] for one in together)
    cores = os.cpu_count() or 1
    floor = max(*alone, children / cores)
    got = (children + ourselves) / wall
    rows += [
        ("without any evaluator (git, sweeping, tidying)", f"{own * 1000:.0f} ms"),
        (f"all together, {WORKERS} workers, {cores} cores", f"{wall * 1000:.0f} ms"),
        ("processor time of the tools", f"{children * 1000:.0f} ms"),
        ("processor time of Phantom itself", f"{ourselves * 1000:.0f} ms"),
        ("cores that it got: processor time over wall time", f"{got:.2f}"),
        ("floor: slowest alone, or processor time by cores", f"{floor * 1000:.0f} ms"),
        (f"wall time over floor (bar {BAR})", f"{wall / floor:.2f}"),
    ]
    width = max(len(name) for name, _ in rows)
    for name, figure in rows:
        print(f"{name:{width}}  {figure:>8}")
    if wall / floor > BAR:
        sys.exit(1)


async def timed(subject: Subject, evaluators: list[Evaluator]) -> tuple[float, float, float]:
    """Wall time, processor time of the children, and our own, in seconds."""
    started, children, ourselves = time.monotonic(), used(children=True), used(children=False)
    await evaluate(subject, evaluators)
    return (
        time.monotonic() - started,
        used(children=True) - children,
        used(children=False) - ourselves,
    )


async def evaluate(subject: Subject, evaluators: list[Evaluator]) -> Report:
    """One evaluation; every evaluator must have measured something."""
    report = await EvaluationPool(WORKERS).evaluate(subject, evaluators, timeout_seconds=120)
    assert set(report.not_measured) <= {"types"}, report  # which nobody configured there
    return report


def used(*, children: bool) -> float:
    """Processor time so far, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def make_subject(directory: Path) -> Subject:
    """The repository and its change."""
    root = directory / "workspace"
    for number in range(MODULES):
        write(root / "src" / "sample" / f"m{number}.py", module(number))
        write(root / "tests" / f"test_m{number}.py", tests(number))
    write(root / "src" / "sample" / "__init__.py", "")
    git(root, "init", "--quiet", "--initial-branch=main")
    base = commit(root)
    for number in range(0, MODULES, 8):
        write(
            root / "src" / "sample" / f"m{number}.py",
            module(number).replace("total += i", "total += i + 0"),
        )
    commit(root)
    return Subject(
        workspace=root,
        scratch=directory / "scratch",
        base_commit=base,
        mark=f"bench-{os.getpid()}",
        task_type=TaskType.DEBUGGING,
        sandbox=Uncaged(),
    )


def module(number: int) -> str:
    """A module whose functions take a few milliseconds."""
    functions = (
        f"def f{i}(n):\n    total = {number}\n    for i in range(n):\n        total += i\n"
        "    return total\n"
        for i in range(10)
    )
    return "\n\n".join(functions)


def tests(number: int) -> str:
    """Ten tests of one module."""
    head = f"from sample import m{number}\n"
    cases = (
        f"def test_f{i}():\n    assert m{number}.f{i}(50_000) == {number} + 1_249_975_000\n"
        for i in range(10)
    )
    return "\n\n".join((head, *cases))


def write(path: Path, text: str) -> None:
    """Write a file and what directories it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def commit(root: Path) -> str:
    """Commit everything; returns the commit's hash."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Change")
    return git(root, "rev-parse", "HEAD").strip()


def git(root: Path, *args: str) -> str:
    """Run git there; returns its output."""
    identity = ("-c", "user.name=Bench", "-c", "user.email=bench@localhost")
    return subprocess.run(
        ["git", *identity, *args], cwd=root, check=True, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    main()
