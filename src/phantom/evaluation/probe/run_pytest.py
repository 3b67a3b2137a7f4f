"""Runs pytest in the evaluated project's interpreter and tells each outcome as one JSON line.

Started as a script, `run_pytest.py REQUEST.json`; imports nothing of Phantom, since that
interpreter may not have it. Each line is written at once, so that a run which is killed or hangs
still tells how far it came, and in which test. A run without the last line, `end`, did not finish.

The request: `workspace`, `records` (file to write), `cover` (absolute paths of the files whose
lines are traced; empty for none), `args` for pytest, and `borrowed`: true where the interpreter is
Phantom's and not the project's.
"""

import importlib.metadata
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import IO

import pytest

# Options of plugins that change how tests run, not which. A project that sets them in its
# configuration must not break where the plugin is absent or, as for coverage, in our way.
_IGNORED_FLAGS = ("--no-cov", "--cov-branch", "--cov-append", "--no-cov-on-fail")
_IGNORED_VALUES = ("--cov-report", "--cov-config", "--cov-fail-under", "--cov-context")
_IN_OUR_WAY = ("pytest_cov", "xdist", "xdist.looponfail")
_MANIFESTS = ("pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "requirements*.txt")
_IGNORED_XDIST = ("--numprocesses", "--dist", "--maxprocesses", "--max-worker-restart")

# Lines that no test could run. `pragma: no cover` is not among them on purpose: whoever writes the
# change must not decide what counts.
_UNRUNNABLE = (r"^\s*(el)?if (typing\.)?TYPE_CHECKING:", r"^\s*\.\.\.\s*(#.*)?$", r":\s*\.\.\.\s*$")


class Reporter:
    """A pytest plugin that writes what happens to `stream`."""

    def __init__(self, stream: IO[str], workspace: Path, *, has_timeout: bool) -> None:
        self._stream = stream
        self._workspace = workspace
        self._has_timeout = has_timeout

    def write(self, kind: str, **fields: object) -> None:
        """Write one record."""
        self._stream.write(json.dumps({"kind": kind, **fields}) + "\n")
        self._stream.flush()

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        """Accept and ignore the options named above."""
        group = parser.getgroup("phantom")
        group.addoption("--cov", nargs="?", action="append", const="")
        for name in _IGNORED_FLAGS:
            group.addoption(name, action="store_true")
        for name in (*_IGNORED_VALUES, *_IGNORED_XDIST):
            group.addoption(name, action="append")
        # Lower-case short options are pytest's own and refused by the public method.
        group._addoption("-n", dest="phantom_n", action="append")  # noqa: SLF001
        if not self._has_timeout:
            for name in ("timeout", "timeout_method", "timeout_func_only"):
                group.addoption("--" + name.replace("_", "-"), action="append", dest=name)
                parser.addini(name, "of a plugin that is not here")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell which tests will run."""
        self.write("collected", tests=[item.nodeid for item in session.items])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell which file cannot be collected, and why."""
        if report.failed:
            text = str(report.longrepr)
            causes = [line[2:].strip() for line in text.splitlines() if line.startswith("E ")]
            message = (causes or text.strip().splitlines() or ["cannot be collected"])[-1]
            path = report.nodeid.split("::")[0]
            self.write("collect_error", id=report.nodeid, path=path, message=message)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell that a test begins: the last one begun is the one that hangs or crashes."""
        self.write("start", id=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell how a phase of a test (set-up, call, tear-down) ended."""
        if report.passed and report.when != "call":
            return
        path, line, _ = report.location
        fields: dict[str, object] = {"path": path, "line": (line or 0) + 1}
        if report.failed:
            fields |= self._failure(report)
        self.write(
            "result",
            id=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            seconds=report.duration,
            **fields,
        )

    def _failure(self, report: pytest.TestReport) -> dict[str, object]:
        """The message and the deepest line inside the workspace."""
        representation: object = report.longrepr
        crash = getattr(representation, "reprcrash", None)
        message = crash.message if crash else (str(representation).strip() or "failed")
        fields: dict[str, object] = {"message": message.splitlines()[0][:500] if message else ""}
        traceback = getattr(representation, "reprtraceback", None)
        for entry in getattr(traceback, "reprentries", ()):
            place = getattr(entry, "reprfileloc", None)
            if place is None:
                continue
            file = Path(os.path.normpath(self._workspace / place.path))
            if file.is_relative_to(self._workspace):
                fields["crash_path"] = str(file.relative_to(self._workspace))
                fields["crash_line"] = place.lineno
        return fields


class Tracer:
    """Traces the lines of a few files; does nothing where there are none or no coverage.py."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths if importlib.util.find_spec("coverage") else []
        if self._paths:
            import coverage  # only where it is used: it costs a tenth of a second

            # The patterns are globs; a bracket in a path would be read as one.
            patterns = [path.replace("[", "[[]") for path in self._paths]
            self._coverage = coverage.Coverage(data_file=None, config_file=False, include=patterns)
            self._coverage.set_option("run:disable_warnings", ["no-data-collected"])
            self._coverage.clear_exclude()
            for pattern in _UNRUNNABLE:
                self._coverage.exclude(pattern)
            self._coverage.start()

    def result(self) -> dict[str, dict[str, list[int]]]:
        """Stop, and return the executable and the missed lines of each file."""
        found: dict[str, dict[str, list[int]]] = {}
        if self._paths:
            import coverage

            self._coverage.stop()
            for path in self._paths:
                try:
                    _, executable, _, missed, _ = self._coverage.analysis2(path)
                except coverage.CoverageException:
                    continue  # not Python after all, or removed by a test
                found[path] = {"executable": executable, "missed": missed}
        return found


def arrange_path(workspace: Path) -> None:
    """Put the project before installed packages but after the standard library.

    `python -m pytest` would put the working directory before both, where a file named as a
    module of the standard library breaks the interpreter itself.
    """
    sys.path.pop(0)  # this script's own directory
    roots = [str(path) for path in (workspace / "src", workspace) if path.is_dir()]
    packages = (i for i, p in enumerate(sys.path) if p.endswith(("-packages", "-packages/")))
    at = next(packages, len(sys.path))
    sys.path[at:at] = roots
    os.environ["PYTHONPATH"] = os.pathsep.join(roots)  # for programs that the tests start


def plugins_asked_for(workspace: Path) -> list[str]:
    """Arguments that load those plugins of a borrowed interpreter which the project names.

    Its other plugins are not the project's, and cost up to seconds.
    """
    manifests = [file for pattern in _MANIFESTS for file in workspace.glob(pattern)]
    text = "\n".join(file.read_text(errors="replace") for file in manifests).lower()
    args = ["--disable-plugin-autoload"]
    if text:
        for plugin in importlib.metadata.entry_points(group="pytest11"):
            named = plugin.dist is not None and plugin.dist.name.lower() in text
            if named and plugin.name not in _IN_OUR_WAY:
                args += ["-p", plugin.name]
    return args


def main(request_file: str) -> int:
    """Run the request; returns pytest's exit status."""
    request = json.loads(Path(request_file).read_text())
    workspace = Path(request["workspace"])
    arrange_path(workspace)
    with Path(request["records"]).open("w") as stream:
        if request["borrowed"]:
            plugins = plugins_asked_for(workspace)
            has_timeout = "timeout" in plugins
        else:
            plugins, has_timeout = [], importlib.util.find_spec("pytest_timeout") is not None
        reporter = Reporter(stream, workspace, has_timeout=has_timeout)
        tracer = Tracer(request["cover"])
        status = int(pytest.main([*plugins, *request["args"]], plugins=[reporter]))
        reporter.write("end", status=status, lines=tracer.result())
    return status


if __name__ == "__main__":
    exit_status = main(sys.argv[1])
    sys.stdout.flush()
    sys.stderr.flush()
    # A thread that a test left running must not hold the evaluation.
    os._exit(exit_status)
