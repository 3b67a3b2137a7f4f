"""One run of a package's tests by its own script, told test by test."""

import asyncio
import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from phantom import processes
from phantom.evaluation.children import last_words, own_scratch, run_tool
from phantom.evaluation.javascript import probe
from phantom.evaluation.javascript.package import (
    TOOL_DIRECTORIES,
    Package,
    Runner,
    installed_package,
)
from phantom.evaluation.javascript.reports import REPORT, JestReport, read_tap
from phantom.evaluation.javascript.v8_coverage import known_lines, read_seen
from phantom.evaluation.outcomes import Outcome, TestResult, TestRun, read_run
from phantom.evaluation.port import Subject, ToolBroke, ToolTimedOut
from phantom.evaluation.written import read_written, text_written

_REPORTER = Path(probe.__file__).with_name("report_node_tests.mjs")
_COVERAGE_OF_VITEST = ("v8", "istanbul")
_HEAP_MEGABYTES = 2048
_SPECIAL = re.compile(r"[.*+?^${}()|\[\]\\/]")
_ALONE = {
    Runner.NODE: "node --test --test-name-pattern={name} {file}",
    Runner.JEST: "npx jest {file} -t {name}",
    Runner.VITEST: "npx vitest run {file} -t {name}",
    Runner.MOCHA: "npx mocha {file} -g {name}",
}
_NOT_BUILT = "a file that is compiled before it runs is not measured"


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run.

    Attributes:
        root: of the package, relative to the workspace.
        cover: changed lines by absolute path of the file.
        sources: absolute paths of the tracked files that are no tests.
    """

    root: str
    package: Package
    cover: Mapping[str, list[int]]
    sources: frozenset[str]


async def run_package(subject: Subject, job: Job, timeout_seconds: float) -> TestRun:
    """Run `npm test` once. Raises ToolBroke or ToolTimedOut."""
    directory = subject.workspace / job.root
    name = "-".join(("tests-javascript", *Path(job.root).parts))
    scratch = await asyncio.to_thread(own_scratch, subject, name)
    arguments = await asyncio.to_thread(_arguments, job, directory, scratch)
    records = scratch / "records.jsonl"
    emptied = await asyncio.to_thread(_emptied, subject)
    own_packages = directory / "node_modules"
    had_packages = await asyncio.to_thread(own_packages.exists)
    try:
        done = await run_tool(
            subject,
            ["npm", "test", "--silent", *(("--", *arguments) if arguments else ())],
            cwd=directory,
            scratch=scratch,
            timeout_seconds=timeout_seconds,
            settings=_settings(subject, job.package.runner, scratch),
            writable=emptied,
            memory_bytes=None,  # node reserves far more than it uses; its heap is bounded instead
        )
    except ToolTimedOut as error:
        known = await asyncio.to_thread(_recorded, records)
        where = f": {known.running} was still running" if known.running else ""
        raise ToolTimedOut(f"the tests {error}{where}") from error
    finally:
        if not had_packages:  # a cache that is no one's work, and that git may not show
            await asyncio.to_thread(_remove, own_packages)
    return await asyncio.to_thread(_read, subject, job, scratch, done)


def _emptied(subject: Subject) -> tuple[Path, ...]:
    """Where tools may write among the installed packages, without what an earlier run left there.

    It could be a package by another name, put there by what was tested.
    """
    places = [each / name for each in subject.installed for name in TOOL_DIRECTORIES]
    found = tuple(place for place in places if place.is_dir() and not place.is_symlink())
    for entry in (entry for place in found for entry in place.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return found


def _remove(directory: Path) -> None:
    if directory.is_symlink():
        directory.unlink()
    else:
        shutil.rmtree(directory, ignore_errors=True)


def _settings(subject: Subject, runner: Runner, scratch: Path) -> dict[str, str]:
    options = [f"--max-old-space-size={_HEAP_MEGABYTES}"]
    if runner is Runner.NODE:
        options += [f"--test-reporter={_REPORTER}", "--test-reporter-destination=stdout"]
    settings = {
        "CI": "true",  # runners then do not watch, and write no snapshot
        "NO_COLOR": "1",
        "NODE_OPTIONS": " ".join(options),
        "PHANTOM_TEST_RECORDS": str(scratch / "records.jsonl"),
        "PHANTOM_TEST_WORKSPACE": str(subject.workspace),
        "npm_config_update_notifier": "false",
    }
    if runner not in {Runner.JEST, Runner.VITEST}:  # which have measures of their own
        settings["NODE_V8_COVERAGE"] = str(scratch / "coverage")
    return settings


def _arguments(job: Job, directory: Path, scratch: Path) -> list[str]:
    """What the runner is told after the project's own arguments."""
    report, coverage = scratch / "report.json", scratch / "coverage"
    chosen = sorted(os.path.relpath(path, directory) for path in job.cover)
    match job.package.runner:
        case Runner.MOCHA:
            return ["--reporter", "json", "--reporter-option", f"output={report}"]
        case Runner.JEST:
            measure = [
                "--coverage",
                "--coverageReporters=json",
                f"--coverageDirectory={coverage}",
                "--coverageThreshold={}",
                *(f"--collectCoverageFrom={path}" for path in chosen),
            ]
            return [
                *("--ci", "--json", f"--outputFile={report}", "--testLocationInResults"),
                *(measure if chosen else ()),
            ]
        case Runner.VITEST:
            return [
                *("--run", "--reporter=json", f"--outputFile={report}", "--includeTaskLocation"),
                *_vitest_coverage(directory, chosen, coverage),
            ]
    return []


def _vitest_coverage(directory: Path, chosen: list[str], coverage: Path) -> list[str]:
    provider = next(
        (p for p in _COVERAGE_OF_VITEST if installed_package(directory, f"@vitest/coverage-{p}")),
        None,
    )
    if provider is None or not chosen:
        return []
    return [
        "--coverage.enabled",
        f"--coverage.provider={provider}",
        "--coverage.reporter=json",
        f"--coverage.reportsDirectory={coverage}",
        *(f"--coverage.thresholds.{each}=0" for each in ("lines", "functions", "branches")),
        "--coverage.thresholds.statements=0",
        *(f"--coverage.include={path}" for path in chosen),
    ]


def _recorded(records: Path) -> TestRun:
    return read_run(text_written(records))


def _read(subject: Subject, job: Job, scratch: Path, done: processes.Completed) -> TestRun:
    match job.package.runner:
        case Runner.NODE:
            run = _recorded(scratch / "records.jsonl")
        case Runner.OTHER:
            run = TestRun(results={each.id: each for each in read_tap(done.text)}, status=0)
        case _:
            run = _reported(subject, job, scratch / "report.json", done)
    if job.package.runner not in {Runner.JEST, Runner.VITEST}:
        _add_lines(run, job, scratch / "coverage", subject.workspace)
    run.status = done.returncode
    _add_commands(run, job)
    failing = run.ended(Outcome.FAILED, Outcome.ERROR)
    if done.returncode != 0 and not failing:
        said = f"{job.package.test_script!r} ended with status {done.returncode}"
        run.results["npm test"] = TestResult(
            id="npm test",
            outcome=Outcome.ERROR,
            path=str(Path(job.root) / "package.json"),
            message=f"{said}: {last_words(done)}",
        )
    return run


def _add_commands(run: TestRun, job: Job) -> None:
    """Say how each failing test is run alone, where the runner can be told to."""
    for result in run.ended(Outcome.FAILED):
        file, _, name = result.id.partition("::")
        if result.path and not job.root and job.package.runner in _ALONE:
            last = shlex.quote(_SPECIAL.sub(r"\\\g<0>", name.split(" > ")[-1]) + "$")
            command = _ALONE[job.package.runner].format(file=shlex.quote(file), name=last)
            run.results[result.id] = result.model_copy(update={"reproduce": command})


def _reported(subject: Subject, job: Job, report: Path, done: processes.Completed) -> TestRun:
    try:
        read = REPORT.validate_json(read_written(report))
    except (OSError, ValidationError) as error:
        what = f"{job.package.runner} wrote no report of its tests"
        raise ToolBroke(f"{what}: {last_words(done)}") from error
    results = {result.id: result for result in read.results(subject.workspace)}
    run = TestRun(results=results, status=0)
    if isinstance(read, JestReport):
        run.lines = read.lines(job.cover)
        if job.cover and read.coverageMap is None:
            run.lines_unknown = (
                "vitest measures coverage only where @vitest/coverage-v8 is installed"
            )
        elif set(job.cover) - set(run.lines):
            run.lines_unknown = f"of some changed files {job.package.runner} tells no coverage"
    return run


def _add_lines(run: TestRun, job: Job, directory: Path, workspace: Path) -> None:
    seen = read_seen(directory, workspace)
    if not seen.complete:
        run.lines_unknown = "the coverage that V8 wrote is too large to be read"
        return
    # Where nothing of the project was loaded as it stands, its tests run something built from it.
    direct = bool(job.sources & seen.scripts.keys() - seen.compiled)
    for path, wanted in job.cover.items():
        loaded = path in seen.scripts
        plain = path.endswith((".js", ".mjs", ".cjs"))
        if path in seen.compiled or not (loaded or (direct and plain)):
            run.lines_unknown = _NOT_BUILT if not direct or not plain else run.lines_unknown
            continue
        text = text_written(Path(path))
        run.lines[path] = known_lines(seen, text, path, wanted)
