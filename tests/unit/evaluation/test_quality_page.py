"""The page on quality tells what the code does."""

import re
from pathlib import Path

from phantom.evaluation import REQUIRED_SECTIONS
from phantom.evaluation.components import DEFAULT_WEIGHTS
from phantom.evaluation.newness import PENALTY

PAGE = (Path(__file__).parents[3] / "docs" / "quality.md").read_text()


def test_the_weights_are_the_documented_ones() -> None:
    """Every component is in the table with its weight, and no other."""
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", PAGE, re.MULTILINE)
    assert dict(DEFAULT_WEIGHTS) == {name: float(weight) for name, weight in rows}


def test_the_penalties_and_sections_are_the_documented_ones() -> None:
    """The penalty of each severity, and the headings that an answer must have."""
    assert ", ".join(f"{severity} {penalty:g}" for severity, penalty in PENALTY.items()) in PAGE
    assert ", ".join(f"*{name}*" for name in REQUIRED_SECTIONS) in PAGE
