"""Marks tell which changed lines ran, and change nothing else about a module."""

import importlib
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, ModuleType

import pytest

from phantom.evaluation.probe.run_pytest import LineMarks, MarkingLoader

SAMPLE = '''\
"""A module with most kinds of statements."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import no_such_module

TABLE = {
    "a": 1,
    "b": 2,
}


class Shape:
    """A class."""

    sides = 4

    @property
    def area(self) -> int:
        return self.sides * 2


def f(n):
    """A function."""
    global COUNT
    COUNT = n
    if n == 0:
        return "zero"
    elif n == 1:
        kind = "one"
    else:
        kind = "many"
    for i in range(n):
        if i > 2:
            break
    else:
        kind += "!"
    try:
        1 / (n - 1)
    except ZeroDivisionError:
        kind += "?"
    else:
        pass
    finally:
        os.getpid()
    while n:
        n -= 1
        continue
    match kind:
        case "one":
            return kind
        case _:
            with open(os.devnull) as stream:
                stream.read()
    return [x for x in kind
            if x]


def unused():
    return 1
'''
LINES = SAMPLE.count("\n")


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The sample as a file that can be imported as `marked_sample`."""
    file = tmp_path / "marked_sample.py"
    file.write_text(SAMPLE)
    monkeypatch.syspath_prepend(tmp_path)
    before = list(sys.meta_path)
    yield file
    sys.meta_path[:] = before
    sys.modules.pop("marked_sample", None)


def load(marks: LineMarks) -> ModuleType:
    sys.meta_path.insert(0, marks)
    return importlib.import_module("marked_sample")


def traced_lines(source: str, file: str, arguments: tuple[int, ...]) -> set[int]:
    """The lines that run, by Python's own tracing."""
    seen: set[int] = set()

    def trace(frame: FrameType, event: str, _argument: object) -> object:
        if frame.f_code.co_filename != file:
            return None
        if event == "line":
            seen.add(frame.f_lineno)
        return trace

    names: dict[str, object] = {"__name__": "traced"}
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        exec(compile(source, file, "exec"), names)
        function = names["f"]
        assert callable(function)
        for argument in arguments:
            function(argument)
    finally:
        sys.settrace(before)
    return seen


@pytest.mark.parametrize("arguments", [(), (0,), (1,), (2,), (7,), (0, 1, 5)])
def test_marks_agree_with_tracing(sample: Path, arguments: tuple[int, ...]) -> None:
    """Statement by statement, what the marks say ran is what a tracer saw."""
    marks = LineMarks({str(sample): list(range(1, LINES + 1))})
    module = load(marks)
    for argument in arguments:
        module.f(argument)
    (found,) = marks.result().values()
    ran = set(found["executable"]) - set(found["missed"])
    traced = traced_lines(SAMPLE, "traced_sample.py", arguments)
    assert traced & set(found["executable"]) == ran


def test_only_changed_lines_are_told(sample: Path) -> None:
    """A changed line inside a statement of several stands for it; comments and blanks do not."""
    changed = [i for i, line in enumerate(SAMPLE.split("\n"), 1) if '"b": 2' in line or not line]
    marks = LineMarks({str(sample): changed})
    load(marks)
    (found,) = marks.result().values()
    assert {"executable": [13], "missed": []} == found


def test_a_file_that_is_never_loaded_is_missed(sample: Path) -> None:
    """Its changed lines count, as not run."""
    (found,) = LineMarks({str(sample): list(range(1, LINES + 1))}).result().values()
    assert found["executable"] == found["missed"]
    assert len(found["executable"]) > 30


def test_marked_modules_of_the_library_compile_and_keep_their_docstrings() -> None:
    """Marks before every statement of real modules leave valid programs."""
    library = Path(sysconfig.get_path("stdlib"))
    for file in sorted(library.glob("*.py"))[:25]:
        everything = set(range(1, file.read_bytes().count(b"\n") + 2))
        loader = MarkingLoader(file.stem, str(file), str(file), everything)
        plain = compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
        assert docstrings(plain) == docstrings(loader.get_code(file.stem))


def docstrings(code: CodeType) -> list[object]:
    """The first constant of each function's code, which is its docstring where it has one."""
    own = code.co_consts[0] if code.co_consts and code.co_name != "<module>" else None
    inner = [docstrings(const) for const in code.co_consts if isinstance(const, CodeType)]
    return [own if isinstance(own, str) else None, *inner]


def test_marked_library_modules_behave_as_before(tmp_path: Path) -> None:
    """Copies of real modules, marked on every line, still do their work."""
    library = Path(sysconfig.get_path("stdlib"))
    names = ("textwrap", "dataclasses", "fractions", "argparse", "enum")
    for name in names:
        (tmp_path / f"{name}.py").write_bytes((library / f"{name}.py").read_bytes())
    script = f"""
import sys
import phantom.evaluation.probe.run_pytest as probe
names = {names!r}
for name in names:
    sys.modules.pop(name, None)
sys.path.insert(0, {str(tmp_path)!r})
changed = {{f"{tmp_path}/{{name}}.py": list(range(1, 5000)) for name in names}}
marks = probe.LineMarks(changed)
sys.meta_path.insert(0, marks)
import argparse, dataclasses, enum, fractions, textwrap
E = enum.Enum("E", "a b")
D = dataclasses.make_dataclass("D", ["x"], frozen=True)
parser = argparse.ArgumentParser()
parser.add_argument("--n", type=fractions.Fraction)
print(list(E), D(1), parser.parse_args(["--n", "1/3"]), textwrap.wrap("a b c", 3))
assert all(len(f["executable"]) > len(f["missed"]) > 0 for f in marks.result().values())
"""
    source = Path(__file__).parents[3] / "src"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    expected = "[<E.a: 1>, <E.b: 2>] D(x=1) Namespace(n=Fraction(1, 3)) ['a b', 'c']\n"
    assert (expected, "") == (done.stdout, done.stderr)
