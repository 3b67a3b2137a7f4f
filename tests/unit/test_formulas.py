"""The page of formulas has every figure that the metrics show, and Claude's price."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from phantom.agents.port import Usage
from phantom.agents.pricing import Prices
from phantom.metrics import figures
from phantom.metrics.prices import CLAUDE

PAGE = (Path(__file__).parents[2] / "docs" / "formulas.md").read_text()
SECTIONS: dict[str, tuple[type[BaseModel], ...]] = {
    "Dashboard": (figures.Dashboard,),
    "Performance": (figures.PerformanceReport, figures.PerformanceDay),
    "Cost": (figures.CostReport, figures.CostDay),
    "Quality": (figures.QualityDay,),
    "Agents": (figures.AgentPerformance,),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_figure_has_its_formula(section: str) -> None:
    """The rows of a section are the fields of its answers, and no other."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) - set(Usage.model_fields)
    assert {field for model in SECTIONS[section] for field in model.model_fields} == rows


def test_every_model_is_in_a_section() -> None:
    """A new answer cannot go without formulas."""
    shown = {model for models in SECTIONS.values() for model in models}
    parts = {base for model in shown for base in model.__mro__}
    models = {
        each
        for each in vars(figures).values()
        if isinstance(each, type) and issubclass(each, BaseModel) and each.__name__[0] != "_"
    }
    assert set() == models - parts - {BaseModel}


def test_the_price_is_the_documented_one() -> None:
    """Each kind of token at the price that the page states."""
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|$", PAGE, re.MULTILINE))
    listed = Prices().listed(CLAUDE, "anthropic")
    assert listed is not None
    assert listed.per_million == {kind: float(price) for kind, price in rows.items()}
