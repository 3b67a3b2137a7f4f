"""The reader: holds what was said against git, its own test runs, the log and the process table.

It computes everything anew and asks Phantom nothing. Every comparison is counted.
"""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil

from bench._chaos_audit import Checkout
from bench.truth.provider import Asked
from bench.truth.repositories import Repository
from bench.truth.said import Json, Told

WEIGHTS = {
    "tests": 0.50, "coverage": 0.15, "security": 0.15, "lint": 0.10, "types": 0.10,
    "secrets": 0.05, "complexity": 0.05, "diff": 0.05,
}  # fmt: skip
"""As `docs/quality.md` tells them; written down here again, since the reader trusts no code."""
GATE = 0.75
_MARK = "PHANTOM_MARK"
_CLOCK_SECONDS = 1.0


@dataclass
class Findings:
    """What was compared, by kind, and what did not agree."""

    compared: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def same(self, kind: str, where: str, said: object, found: object) -> None:
        """Compare; figures to a millionth of a millionth."""
        self.compared[kind] += 1
        if isinstance(said, int | float) and isinstance(found, int | float):
            agrees = abs(said - found) <= 1e-12 * max(1.0, abs(found))
        else:
            agrees = said == found
        if not agrees:
            sentence = f"{where}: said {said!r:.200}, found {found!r:.200}"
            self.wrong.setdefault(kind, []).append(sentence)

    def holds(self, kind: str, where: str, *, true: bool) -> None:
        """Count a statement that must be true."""
        self.same(kind, where, said=True, found=true)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run of the tests by the reader itself."""

    passed: int
    failed: int

    @property
    def passing(self) -> bool:
        """At least one ran, and none failed."""
        return self.passed > 0 and self.failed == 0


class Reader:
    """Reads one run of the benchmark.

    Attributes:
        findings: what it has compared so far.
    """

    def __init__(self, repositories: Sequence[Repository], scratch: Path) -> None:
        self.findings = Findings()
        self._before = {each.label: Checkout.of(each.root) for each in repositories}
        self._base = {each.label: git(each.root, "rev-parse", "HEAD") for each in repositories}
        self._repositories = {each.label: each for each in repositories}
        self._scratch = scratch
        for each in repositories:
            outcome = self._outcome(each, b"")
            assert outcome.failed, f"the tests of {each.root.name} do not fail"

    def task(self, told: Told, log: Iterable[Asked]) -> None:
        """Everything about one task."""
        mine = [asked for asked in log if asked.label == told.label]
        if told.agent == "local":
            mine = []
        self._branch(told)
        outcomes = self._iterations(told)
        self._end(told, outcomes)
        self._money(told, mine)
        self._events(told)
        self._times(told)

    def repositories(self, told: Sequence[Told]) -> None:
        """Nothing was touched but for the branches that were told of."""
        for label, repository in self._repositories.items():
            branches = git(
                repository.root, "for-each-ref", "--format=%(refname:short)", "refs/heads/phantom"
            )
            expected = [t.task["branch"] for t in told if t.label == label and t.task["branch"]]
            self.findings.same("branches", label, sorted(expected), sorted(branches.split()))
            self.findings.holds(
                "checkout", label, true=Checkout.of(repository.root) == self._before[label]
            )
            stray = list(repository.root.parent.parent.rglob(f"{label}-outside.txt"))
            self.findings.same("outside", label, [], stray)

    def processes(self, told: Sequence[Told], home: Path) -> None:
        """Nothing runs any more that belongs to one of the tasks."""
        marks = {each.task_id for each in told}
        left = []
        for process in psutil.process_iter():
            try:
                marked = process.environ().get(_MARK) in marks
                if marked or Path(process.cwd()).is_relative_to(home / "workspaces"):
                    left.append(process.pid)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        self.findings.same("processes", "left over", [], left)

    def sums(self, told: Sequence[Told], log: Sequence[Asked], said: Json) -> None:
        """The figures of the dashboard, of the project and of the metrics."""
        tasks = [each.task for each in told]
        completed = [task for task in tasks if task["status"] == "completed"]
        spent = sum(asked.micros for asked in log) / 1e6
        qualities = [task["final_quality"] for task in tasks if task["final_quality"] is not None]
        rounds = [task["current_iteration"] for task in tasks]
        seconds = [task["duration_seconds"] for task in tasks]
        dashboard, project, series = said["dashboard"], said["project"], said["metrics"]
        same = self.findings.same
        same("sums", "completed_today", dashboard["completed_today"], len(completed))
        same("sums", "active_tasks", dashboard["active_tasks"], 0)
        same("sums", "total_cost_today", dashboard["total_cost_today"], spent)
        performance = dashboard["performance"]
        same("sums", "success_rate", performance["success_rate"], len(completed) / len(tasks))
        same("sums", "avg_iterations", performance["avg_iterations"], _mean(rounds))
        self._near("avg_quality", performance["avg_quality"], _mean(qualities))
        self._near("avg_time_per_task", performance["avg_time_per_task"], _mean(seconds))
        same("sums", "total_tasks", project["total_tasks"], len(tasks))
        same("sums", "successful_tasks", project["successful_tasks"], len(completed))
        same("sums", "project's cost", project["total_cost"], spent)
        self._near("project's avg_quality", project["avg_quality"], _mean(qualities))
        for status in ("completed", "failed"):
            counted = sum(
                value
                for name, value in series.items()
                if name.startswith("phantom_tasks_ended_total{") and f'status="{status}"' in name
            )
            same("sums", f"metric of {status}", counted, sum(t["status"] == status for t in tasks))
        iterations = sum(
            v for name, v in series.items() if name.startswith("phantom_iterations_total{")
        )
        same("sums", "metric of iterations", iterations, sum(len(t.evaluated) for t in told))

    def _near(self, what: str, said: float, found: float) -> None:
        """Means are kept as sums of rounded values: to a thousandth."""
        self.findings.holds("sums", f"{what}: {said} and {found}", true=abs(said - found) < 1e-3)

    def _branch(self, told: Told) -> None:
        same, task = self.findings.same, told.task
        root = self._repositories[told.label].root
        same("branches", f"{told.label} base", task["base_commit"], self._base[told.label])
        same(
            "branches",
            f"{told.label} agent",
            task["assigned_agent"],
            "openai" if told.agent != "local" else "local",
        )
        if task["branch"] is None:
            return
        base = git(root, "merge-base", "main", task["branch"])
        same("branches", f"{told.label} cut from", self._base[told.label], base)
        tree = self._tree(told.label, told.diff[None])
        same(
            "diffs",
            f"{told.label} tree",
            tree,
            git(root, "rev-parse", f"{task['branch']}^{{tree}}"),
        )
        files = git(root, "diff", "--name-only", "main", task["branch"]).split()
        same(
            "diffs", f"{told.label} files", sorted(task["metadata"]["changed_files"]), sorted(files)
        )

    def _iterations(self, told: Told) -> dict[int, Outcome]:
        same = self.findings.same
        outcomes: dict[int, Outcome] = {}
        for iteration in told.evaluated:
            number = iteration["number"]
            where = f"{told.label} {told.agent} iteration {number}"
            patch = told.diff[number]
            outcome = outcomes[number] = self._outcome(self._repositories[told.label], patch)
            weakened = str(self._repositories[told.label].test).encode() in patch
            same("tests", where, iteration["tests_passing"], outcome.passing and not weakened)
            same("diffs", where, iteration["changed_files"], patch.count(b"diff --git "))
            (tests,) = [e for e in iteration["evaluations"] if e["evaluator"] == "tests"]
            figures = tests["metrics"]
            same(
                "tests",
                f"{where} run",
                figures.get("tests_run", 0),
                outcome.passed + outcome.failed,
            )
            failed = figures.get("tests_failed", 0) + figures.get("tests_errors", 0)
            same("tests", f"{where} failed", failed, outcome.failed)
            if not weakened and outcome.passed + outcome.failed:
                share = outcome.passed / (outcome.passed + outcome.failed)
                same("quality", f"{where} tests", iteration["components"].get("tests"), share)
            same("quality", where, iteration["quality"], _quality(iteration["components"]))
        same("iterations", told.label, list(outcomes), list(range(1, len(outcomes) + 1)))
        same("iterations", told.label, told.task["current_iteration"], len(told.iterations))
        return outcomes

    def _end(self, told: Told, outcomes: dict[int, Outcome]) -> None:
        same, task = self.findings.same, told.task
        where = f"{told.label} {told.agent}"
        qualities = {i["number"]: i["quality"] or 0.0 for i in told.evaluated}
        good = [
            i["number"]
            for i in told.evaluated
            if outcomes[i["number"]].passing
            and i["tests_passing"]
            and qualities[i["number"]] >= GATE
        ]
        same("status", where, task["status"], "completed" if good else "failed")
        self.findings.holds(
            "status", f"{where} reason", true=(task["failure_reason"] is None) == bool(good)
        )
        if task["best_iteration"] is not None:
            # One whose tests could not be run is no better than one of which they failed.
            ran = [number for number in qualities if outcomes[number] != Outcome(0, 0)]
            best = max(good or ran or qualities, key=lambda number: qualities[number])
            same("status", f"{where} best", qualities[task["best_iteration"]], qualities[best])
            same("status", f"{where} quality", task["final_quality"], qualities[best])
            chosen = next(i for i in told.evaluated if i["number"] == task["best_iteration"])
            same("status", f"{where} tests", task["tests_passing"], chosen["tests_passing"])
            same(
                "diffs", f"{where} delivered", told.diff.get(None, b""), told.diff[chosen["number"]]
            )

    def _money(self, told: Told, mine: Sequence[Asked]) -> None:
        same, task = self.findings.same, told.task
        where = f"{told.label} {told.agent}"
        same("cost", where, task["actual_cost"], sum(asked.micros for asked in mine) / 1e6)
        tokens = sum(asked.input + asked.output for asked in mine)
        same("tokens", where, task["tokens"], tokens)
        same("tokens", f"{where} rounds", sum(i["tokens"] for i in told.iterations), tokens)
        same(
            "cost",
            f"{where} rounds",
            sum(i["cost"] or 0.0 for i in told.iterations),
            task["actual_cost"],
        )

    def _events(self, told: Told) -> None:
        same, events, task = self.findings.same, told.events, told.task
        where = f"{told.label} {told.agent}"
        ids = [event["id"] for event in events]
        same("events", f"{where} order", ids, sorted(set(ids)))
        kinds = Counter(event["type"] for event in events)
        same("events", f"{where} results", kinds["task_result"], 1)
        same("events", f"{where} rounds", kinds["feedback_loop"], len(told.evaluated))
        same("events", f"{where} switches", kinds["agent_switch"], task["agent_switches"])
        result = next(event for event in events if event["type"] == "task_result")
        same("events", f"{where} status", result["status"], task["status"])
        same("events", f"{where} branch", result["branch"], task["branch"])
        same("events", f"{where} quality", result["final_quality"], task["final_quality"])
        same("events", f"{where} cost", result["cost"], task["actual_cost"])
        last = [event for event in events if event["type"] == "task_update"][-1]
        same("events", f"{where} last update", last["status"], task["status"])
        scores = [e["quality_score"] for e in events if e["type"] == "feedback_loop"]
        same("events", f"{where} qualities", scores, [i["quality"] for i in told.evaluated])

    def _times(self, told: Told) -> None:
        task = told.task
        moments = [
            told.ordered_at - _CLOCK_SECONDS,
            *(_seconds(task[name]) for name in ("created_at", "started_at", "completed_at")),
            told.seen_ended_at + _CLOCK_SECONDS,
        ]
        self.findings.holds("times", f"{told.label} {moments}", true=moments == sorted(moments))
        taken = _seconds(task["completed_at"]) - _seconds(task["started_at"])
        self.findings.holds(
            "times", f"{told.label} lasts", true=abs(taken - task["duration_seconds"]) < 1e-3
        )

    def _tree(self, label: str, patch: bytes) -> str:
        with tempfile.TemporaryDirectory(dir=self._scratch) as made:
            copy = self._patched(self._repositories[label], patch, Path(made))
            return git(copy, "write-tree")

    def _outcome(self, repository: Repository, patch: bytes) -> Outcome:
        with tempfile.TemporaryDirectory(dir=self._scratch) as made:
            copy = self._patched(repository, patch, Path(made))
            report = Path(made) / "report.xml"
            argv = (
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                f"--junitxml={report}",
            )
            environment = {
                "PATH": os.environ["PATH"],
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": "src",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            }
            done = subprocess.run(
                argv, cwd=copy, env=environment, capture_output=True, timeout=60, check=False
            )
            if not report.exists():  # a `conftest.py` that cannot be loaded: no test is run
                assert done.returncode == 4, done.stderr
                return Outcome(passed=0, failed=0)
            suites = ET.parse(report).getroot().iter("testsuite")
            sums = Counter[str]()
            for suite in suites:
                sums.update(
                    {
                        name: int(suite.attrib[name])
                        for name in ("tests", "failures", "errors", "skipped")
                    }
                )
        failed = sums["failures"] + sums["errors"]
        return Outcome(passed=sums["tests"] - failed - sums["skipped"], failed=failed)

    def _patched(self, repository: Repository, patch: bytes, below: Path) -> Path:
        copy = below / "copy"
        git(below, "clone", "-q", "--branch", "main", str(repository.root), str(copy))
        if patch:
            subprocess.run(["git", "apply", "--index"], cwd=copy, input=patch, check=True)
        return copy


def git(where: Path, *arguments: str) -> str:
    """What git prints, without the last line break."""
    done = subprocess.run(
        ["git", *arguments], cwd=where, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _quality(components: Json) -> float | None:
    weighed = [(WEIGHTS[name], score) for name, score in components.items()]
    total = sum(weight for weight, _ in weighed)
    return sum(weight * score for weight, score in weighed) / total if total else None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
