"""Runs pytest in the evaluated project's interpreter and tells each outcome as one JSON line.

Started as a script, `run_pytest.py REQUEST.json`; imports nothing of Phantom, since that
interpreter may not have it. Each line is written at once, so that a run which is killed or hangs
still tells how far it came, and in which test. A run without the last line, `end`, did not finish.

The request: `workspace`, `records` (file to write), `cover` (changed lines by absolute path, of the
files whose coverage is wanted), `only` (ids of the tests to run, or null for all), `args` for
pytest, and `borrowed`: true where the interpreter is Phantom's and not the project's.
"""

import ast
import builtins
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import os
import sys
import types
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
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

_MARK = "__phantom_mark__"
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")


class Reporter:
    """A pytest plugin that writes what happens to `stream`."""

    def __init__(
        self, stream: IO[str], workspace: Path, *, has_timeout: bool, only: Sequence[str] | None
    ) -> None:
        self._stream = stream
        self._only = None if only is None else set(only)
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

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave out what is not asked for."""
        if self._only is not None:
            others = [item for item in items if item.nodeid not in self._only]
            items[:] = [item for item in items if item.nodeid in self._only]
            config.hook.pytest_deselected(items=others)

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
            excerpt = _excerpt(text)
            self.write(
                "collect_error", id=report.nodeid, path=path, message=message, excerpt=excerpt
            )

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
        fields: dict[str, object] = {
            "message": message.splitlines()[0][:500] if message else "",
            "excerpt": _excerpt(report.longreprtext),
        }
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


def _excerpt(text: str) -> str:
    """The last line that broke, and what pytest says of it."""
    lines = [line for line in text.splitlines() if line.strip(" ^~")]
    said = [number for number, line in enumerate(lines) if line.startswith("E ")]
    if not said:
        return ""
    first = last = said[-1]
    while first > 0 and lines[first].startswith("E "):
        first -= 1
    return "\n".join(lines[first : last + 1])[:2_000]


class LineMarks(importlib.abc.MetaPathFinder):
    """Notes which changed statements run, by a mark before each when its module is loaded.

    A tracer slows every line of the process down (before Python 3.12, by a factor of two to
    three); a mark costs only where it stands, and needs nothing of the project's interpreter.
    """

    def __init__(self, changed: dict[str, list[int]]) -> None:
        self._changed = {os.path.realpath(path): set(lines) for path, lines in changed.items()}
        self._named = {os.path.realpath(path): path for path in changed}
        # A quick look at the name spares most imports a second search.
        self._last_names = {part for file in self._changed for part in Path(file).parts[-2:]}
        self._run: set[tuple[str, int]] = set()
        setattr(builtins, _MARK, self._run.add)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """The usual module, with another loader where its file was changed."""
        name = fullname.rpartition(".")[2]
        if not {name, f"{name}.py"} & self._last_names:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            return None
        file = os.path.realpath(spec.origin)
        if file not in self._changed or not isinstance(spec.loader, SourceFileLoader):
            return None
        spec.loader = MarkingLoader(fullname, spec.origin, file, self._changed[file])
        return spec

    def result(self) -> dict[str, dict[str, list[int]]]:
        """The changed lines that can run and those that did not, by the path as it was given."""
        found: dict[str, dict[str, list[int]]] = {}
        for file, changed in self._changed.items():
            try:
                tree = ast.parse(Path(file).read_bytes())
            except (OSError, SyntaxError, ValueError):
                continue  # removed by a test, or not Python after all
            lines = sorted(set(statements_by_line(tree.body, changed).values()))
            missed = [line for line in lines if (file, line) not in self._run]
            found[self._named[file]] = {"executable": lines, "missed": missed}
        return found


class MarkingLoader(SourceFileLoader):
    """Loads a module from its source, never from a cache, with the marks in it."""

    def __init__(self, fullname: str, path: str, file: str, changed: set[int]) -> None:
        super().__init__(fullname, path)
        self._file = file
        self._changed = changed

    def get_code(self, fullname: str) -> types.CodeType:
        """The code of the module, marked."""
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        lines = statements_by_line(tree.body, self._changed)
        _Marker(self._file, lines).visit(tree)
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


class _Marker(ast.NodeTransformer):
    """Puts `mark((file, line))` before each of the statements in `lines`."""

    def __init__(self, file: str, lines: dict[ast.stmt, int]) -> None:
        self._file = file
        self._lines = lines

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, [new for old in block for new in self._marked(old)])
        return node

    def _marked(self, statement: ast.stmt) -> list[ast.stmt]:
        line = self._lines.get(statement)
        if line is None:
            return [statement]
        key = ast.Tuple([ast.Constant(self._file), ast.Constant(line)], ast.Load())
        mark = ast.Expr(ast.Call(ast.Name(_MARK, ast.Load()), [key], []))
        return [ast.copy_location(mark, statement), statement]


def statements_by_line(body: Sequence[ast.stmt], changed: set[int]) -> dict[ast.stmt, int]:
    """Each statement that can run and of which a line was changed, with the first such line.

    A compound statement stands for its header alone; what is inside it stands for itself.
    """
    found: dict[ast.stmt, int] = {}
    for statement in body:
        inner = [block for name in _BLOCKS for block in getattr(statement, name, ())]
        nested = [node for node in inner if isinstance(node, ast.stmt)]
        for holder in inner:  # handlers and cases hold statements of their own
            nested += getattr(holder, "body", ()) if not isinstance(holder, ast.stmt) else ()
        first = _first_line(statement)
        last = _first_line(nested[0]) - 1 if nested else statement.end_lineno or first
        touched = changed.intersection(range(first, max(first, last) + 1))
        if touched and not _never_runs(statement):
            found[statement] = min(touched)
        if not _is_left_alone(statement):
            found |= statements_by_line(nested, changed)
    return found


def _first_line(statement: ast.stmt) -> int:
    """Where it begins, decorators included."""
    decorators = getattr(statement, "decorator_list", ())
    lines: list[int] = [statement.lineno, *(decorator.lineno for decorator in decorators)]
    return min(lines)


def _never_runs(statement: ast.stmt) -> bool:
    """True for what compiles to nothing, or may have nothing before it."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True  # a docstring or `...`
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return True
    return isinstance(statement, ast.Global | ast.Nonlocal)


def _is_left_alone(statement: ast.stmt) -> bool:
    """True where nothing inside runs as it stands: for type checkers, or compiled by a library."""
    if isinstance(statement, ast.If):
        return ast.unparse(statement.test).endswith("TYPE_CHECKING")
    names = (ast.unparse(d).lower() for d in getattr(statement, "decorator_list", ()))
    return any("jit" in name or "kernel" in name for name in names)


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
    _forget_installed_copies(roots)


def _forget_installed_copies(roots: list[str]) -> None:
    """Let the project's own modules be loaded where pytest brought in installed ones of that name.

    Otherwise the tests of `packaging`, which pytest uses, would test the installed version.
    """
    own = {path.stem for root in roots for path in Path(root).iterdir()}
    own &= {name for name in sys.modules if "-packages" in _origin(name)}
    for name in list(sys.modules):
        if name.partition(".")[0] in own - {"pytest", "_pytest", "pluggy"}:
            del sys.modules[name]


def _origin(name: str) -> str:
    return getattr(sys.modules[name], "__file__", None) or ""


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
        reporter = Reporter(stream, workspace, has_timeout=has_timeout, only=request["only"])
        marks = LineMarks(request["cover"])
        if request["cover"]:
            sys.meta_path.insert(0, marks)
        status = int(pytest.main([*plugins, *request["args"]], plugins=[reporter]))
        reporter.write("end", status=status, lines=marks.result())
    return status


if __name__ == "__main__":
    exit_status = main(sys.argv[1])
    sys.stdout.flush()
    sys.stderr.flush()
    # A thread that a test left running must not hold the evaluation.
    os._exit(exit_status)
