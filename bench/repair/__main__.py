"""How much the embedded agent repairs.

`./dev bench repair` runs our own set of bugs, `./dev bench repair --quixbugs DIR` the forty
programs of a QuixBugs checkout with their own tests; `--only NAME` (repeatable) picks some. Each
program becomes a git repository of its own and goes through the agent's real entry point.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.repair.programs import OWN, Program, own, quixbugs

_SOURCE = Path(__file__).parents[2] / "src"
_LIMIT_SECONDS = 60.0
_HEADER = f"{'program':28} {'rep':4} {'sec':>6} {'tried':>6} {'pass':>5}  {'operator':18} published"
_BAR = "bar: >= 28 of 40 repaired within 60 s each, median < 10 s, >= 24 equal to published"


@dataclass(frozen=True, slots=True)
class Row:
    """What happened to one program."""

    name: str
    repaired: bool
    seconds: float
    candidates: int
    plausible: int
    operator: str
    equality: str
    patch: str

    def line(self) -> str:
        """The row as printed."""
        mark = "yes" if self.repaired else "no"
        return (
            f"{self.name:28} {mark:4} {self.seconds:6.1f} {self.candidates:6} {self.plausible:5}  "
            f"{self.operator:18} {self.equality:18} {self.patch}"
        )


def run(program: Program, directory: Path) -> Row:
    """Repair one program below `directory`, and compare the result with the published version."""
    workspace, scratch = directory / "workspace", directory / "scratch"
    program.lay_out(workspace)
    scratch.mkdir()
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        identity = ["-c", "user.name=Bench", "-c", "user.email=bench@localhost"]
        subprocess.run(["git", *identity, *command], cwd=workspace, check=True)
    started = time.monotonic()
    finished = _ask(program, workspace, scratch, directory)
    seconds = time.monotonic() - started
    meta = finished.get("metadata", {})
    patch = meta.get("patch")
    repaired = finished.get("outcome") == "done" and patch is not None
    return Row(
        name=program.name,
        repaired=repaired and seconds <= _LIMIT_SECONDS,
        seconds=seconds,
        candidates=meta.get("candidates", 0),
        plausible=meta.get("plausible", 0),
        operator=patch["operator"] if patch else "",
        equality=_equality(program, workspace, directory) if repaired else "",
        patch=" ".join(f"{patch['before']} => {patch['after']}".split()) if patch else "",
    )


def _ask(program: Program, workspace: Path, scratch: Path, directory: Path) -> dict[str, Any]:
    """The agent's terminal event."""
    request = {
        "call_id": f"{program.name}/1/1/1",
        "task_id": program.name,
        "task_type": "debugging",
        "iteration": 1,
        "prompt": "The tests fail; find the bug and fix it.",
        "workspace": str(workspace),
        "scratch": str(scratch),
        "clocks": {"wall": _LIMIT_SECONDS * 1.2},
    }
    file = directory / "request.json"
    file.write_text(json.dumps(request))
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(_SOURCE), "HOME": str(directory)}
    done = subprocess.run(
        [sys.executable, "-m", "phantom.agents.embedded", str(file)],
        env=env,
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS * 2,
        check=False,
    )
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if lines else {"outcome": done.stderr[-200:]}


def _equality(program: Program, workspace: Path, directory: Path) -> str:
    """`400/400` where the answers agree on every random input; our own set compares text."""
    repaired = workspace / program.module
    if not (program.source / "python_programs").is_dir():
        same = _code(repaired) == _code(program.published)
        return "same code" if same else "other code"
    examples = directory / "examples.json"
    examples.write_text(json.dumps(program.examples))
    done = subprocess.run(
        [
            sys.executable, "-m", "bench.repair.compare", str(program.published),
            str(repaired), program.name, str(examples),
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    if not done.stdout:
        return "not compared"
    result = json.loads(done.stdout)
    if result["different"]:
        print(f"  differs: {result['example']}", file=sys.stderr)
    total = result["same"] + result["different"]
    return f"{result['same']}/{total}{'' if result['different'] or not total else ' equal'}"


def _code(file: Path) -> str:
    import ast

    return ast.dump(ast.parse(file.read_text()))


def report(rows: list[Row], what: str) -> None:
    """Print the totals."""
    repaired = [row for row in rows if row.repaired]
    median = statistics.median([row.seconds for row in rows]) if rows else 0.0
    equal = [row for row in repaired if row.equality.endswith("equal")]
    same = [row for row in repaired if row.equality == "same code"]
    print(
        f"\n{len(repaired)} of {len(rows)} repaired within {_LIMIT_SECONDS:.0f} s each, "
        f"median {median:.1f} s, equal to published on random inputs: "
        f"{len(equal)}, same code: {len(same)}"
    )
    print(f"data: {what}")
    print(
        f"machine: {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}, "
        f"pytest {pytest.__version__}"
    )


def main() -> None:
    """Run a set and print its table."""
    parser = argparse.ArgumentParser(prog="./dev bench repair", description=__doc__)
    parser.add_argument("--quixbugs", type=Path, help="a checkout of QuixBugs")
    parser.add_argument("--only", action="append", help="a program's name")
    options = parser.parse_args()
    programs = quixbugs(options.quixbugs) if options.quixbugs else own()
    programs = [p for p in programs if not options.only or p.name in options.only]
    print(
        f"{'program':28} {'rep':4} {'sec':>6} {'tried':>6} {'pass':>5}  {'operator':18} published"
    )
    rows = []
    for program in programs:
        directory = Path(tempfile.mkdtemp(prefix="bench-repair-"))
        try:
            rows.append(run(program, directory))
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        print(rows[-1].line(), flush=True)
    report(rows, f"QuixBugs at {options.quixbugs}" if options.quixbugs else f"our own set, {OWN}")
    if options.quixbugs:
        print(_BAR)


if __name__ == "__main__":
    main()
