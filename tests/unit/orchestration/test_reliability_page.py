"""docs/reliability.md has a cell for each fault in each step, with a test that exists."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reliability.md").read_text()
FAULTS = (
    "Server",
    "Worker",
    "Agent",
    "Evaluator",
    "Database",
    "Redis",
    "Disk full",
    "Clock jump",
    "Provider down",
)
STEPS = ("workspace", "context", "plan", "call", "evaluate", "finish", "waiting")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


@cache
def defined(path: str) -> set[str]:
    """The tests of a file."""
    tree = ast.parse((ROOT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, functions)}


def test_every_fault_has_a_row_for_every_step() -> None:
    """In the same order, with every cell filled."""
    for fault in FAULTS:
        assert list(STEPS) == [row[0] for row in rows(fault)], fault
        assert {5} == {len(row) for row in rows(fault)}, fault
        assert all(all(row) for row in rows(fault)), fault


def test_every_cell_names_a_test_or_says_why_there_is_none() -> None:
    """A cell without a test says that what breaks is not in use in that step."""
    for fault in FAULTS:
        for *_, shown in rows(fault):
            assert shown.startswith(("`tests/", "none: ")), (fault, shown)
        assert any(shown.startswith("`tests/") for *_, shown in rows(fault)), fault


def test_every_test_that_is_named_exists() -> None:
    """On the whole page."""
    named = re.findall(r"`(tests/[^`]+)::([^`]+)`", PAGE)
    assert len(named) > len(FAULTS)
    assert [] == [f"{path}::{name}" for path, name in named if name not in defined(path)]
