"""Our lengths, types, tests and mocks beside those of code that we admire: `./dev figures`.

A mirror to look into, not a limit to game. The rows below were measured on the commits named, in
the same way as ours: lengths in lines, blank ones left out of the source count; a function counts
as typed when every parameter and the return are annotated; docstrings are counted on public names;
mocks are patches of any kind per 1000 test lines.
"""

import ast
import re
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = (
    "codebase", "lines", "fn med/p90/max", "fn > 50", "module med/p90/max", "typed", "doc",
    "# per 100", "tests:src", "except", "mocks",
)  # fmt: skip
ADMIRED = """
encode/starlette@cb8f84f 5.6k 5/27/149 2.4% 142/323/876 100% 10% 5.6 1.53 1.3 1.1
hynek/svcs@7d56b11 2.1k 11/35/95 2.4% 273/334/1199 100% 89% 3.8 1.25 1.9 3.8
hynek/structlog@025edaf 5.6k 7/29/182 2.6% 245/989/1249 100% 81% 5.1 1.35 0.4 2.9
agronholm/anyio@660a06d 13k 6/22/144 2.1% 205/629/3138 100% 27% 3.1 0.91 4.3 2.8
encode/httpx@ae1b9f6 7.4k 9/34/133 3.1% 248/527/2019 100% 48% 6.0 0.93 1.3 0.7
SWE-agent/mini-swe-agent@a83fcae 4.5k 9/26/70 2.4% 92/190/316 81% 39% 1.9 1.70 5.5 46.9
pydantic/pydantic-ai@4fda389 109k 11/44/691 8.1% 170/950/5614 98% 56% 7.9 2.43 1.0 3.4
simonw/datasette@481df7f 26k 9/49/492 9.9% 164/916/3314 14% 26% 3.7 1.35 1.3 1.6
PrefectHQ/prefect@ce79dd3 172k 13/52/819 10.7% 99/622/3650 85% 48% 4.2 1.41 2.3 21.9
dbos-inc/dbos-transact-py@6bc3032 29k 11/53/1089 10.9% 222/1190/6603 96% 39% 5.0 1.31 4.6 2.4
"""
_MOCK = re.compile(
    r"\b(monkeypatch\.(setattr|setitem|delattr)|mocker\.|mock\.|Mock\(|MagicMock|patch\()"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """What is counted in a set of files."""

    lines: int
    comments: int
    broad_excepts: int
    mocks: int
    modules: Sequence[int]
    functions: Sequence[int]
    typed: float
    documented: float


def measure(files: Sequence[Path]) -> Source:
    """Count in `files`, which must not be empty."""
    texts = [path.read_text(encoding="utf-8") for path in files]
    trees = [ast.parse(text) for text in texts]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    functions = [n for tree in trees for n in ast.walk(tree) if isinstance(n, Function)]
    public = [named for tree in trees for named in _public(tree)]
    return Source(
        lines=len(lines),
        comments=sum(bool(re.search(r"(^|\s)#", line)) for line in lines),
        broad_excepts=sum(bool(re.search(r"except\s*(Base)?Exception\b", x)) for x in lines),
        mocks=sum(len(_MOCK.findall(line)) for line in lines),
        modules=[text.count("\n") for text in texts],
        functions=[(f.end_lineno or f.lineno) - f.lineno + 1 for f in functions],
        typed=_share([_is_typed(function) for function in functions]),
        documented=_share([ast.get_docstring(named) is not None for named in public]),
    )


def row(name: str, source: Source, tests: Source) -> tuple[str, ...]:
    """One row of the table."""
    return (
        name,
        f"{source.lines / 1000:.1f}k",
        _lengths(source.functions),
        f"{_share([length > 50 for length in source.functions]):.1%}",
        _lengths(source.modules),
        f"{source.typed:.0%}",
        f"{source.documented:.0%}",
        f"{100 * source.comments / source.lines:.1f}",
        f"{tests.lines / source.lines:.2f}",
        f"{1000 * source.broad_excepts / source.lines:.1f}",
        f"{1000 * tests.mocks / tests.lines:.1f}",
    )


def main() -> None:
    """Print the table, ours first."""
    tests = measure(sorted((ROOT / "tests").rglob("*.py")))
    ours = row("phantom", measure(sorted((ROOT / "src").rglob("*.py"))), tests)
    rows = [HEAD, ours, *(tuple(line.split()) for line in ADMIRED.split("\n") if line)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEAD))]
    for cells in rows:
        print("  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)))
    print("\nexcept: broad ones per 1000 lines; mocks: per 1000 test lines", file=sys.stderr)


def _public(node: ast.AST) -> Iterator[ast.ClassDef | Function]:
    # Public names of a module and of its public classes; what a function defines inside is not.
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | Function) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from _public(child)


def _is_typed(function: Function) -> bool:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return function.returns is not None and all(
        argument.annotation or argument.arg in {"self", "cls"} for argument in every
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _lengths(values: Sequence[int]) -> str:
    p90 = statistics.quantiles(values, n=10, method="inclusive")[-1]
    return f"{statistics.median(values):.0f}/{p90:.0f}/{max(values)}"


if __name__ == "__main__":
    main()
