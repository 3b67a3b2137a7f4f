"""docs/hrm.md says of each field what it does, and which test shows it."""

import ast
import re
from pathlib import Path

from pydantic import BaseModel

from phantom.hrm import estimator
from phantom.hrm.basis import prior
from phantom.hrm.config import HrmConfig
from phantom.projects.config import ProjectConfiguration
from phantom.vocabulary import TaskType

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "hrm.md").read_text()
WITHOUT_EFFECT = ("no effect yet: ", "a name for the page; no effect of its own")


def rows(heading: str) -> dict[str, tuple[str, str]]:
    """Effect and test of each field, in the table below a heading."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    return {field.strip("`"): (effect, test.strip("`")) for field, effect, test in cells}


def fields(model: type[BaseModel]) -> set[str]:
    """`section.field` of a configuration with sections."""
    return {
        f"{section}.{name}"
        for section, info in model.model_fields.items()
        for name in getattr(info.annotation, "model_fields", {})
    }


def test_every_field_has_its_row() -> None:
    """Of the configuration and of the project's own switches, and no others."""
    assert fields(HrmConfig) == set(rows("What each field does"))
    assert fields(ProjectConfiguration) == set(rows("A project's own switches"))


def test_every_effect_is_shown_by_a_test_that_exists() -> None:
    """A row names a test, or says that there is no effect yet."""
    every = rows("What each field does") | rows("A project's own switches")
    silent = {name for name, (effect, _) in every.items() if effect.startswith(WITHOUT_EFFECT)}
    assert silent == {name for name, (_, test) in every.items() if test == "-"}

    for name, (_, test) in every.items():
        if test != "-":
            path, _, function = test.partition("::")
            tree = ast.parse((ROOT / path).read_text())
            defined = {
                node.name
                for node in tree.body
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            assert function in defined, name


def test_what_is_said_to_have_no_effect_is_read_nowhere() -> None:
    """As soon as a component reads such a field, its row has to say what it does."""
    shown = ("hrm/config.py", "projects/config.py")
    source = "\n".join(
        path.read_text()
        for path in (ROOT / "src" / "phantom").rglob("*.py")
        if not str(path).endswith(shown)
    )
    every = rows("What each field does") | rows("A project's own switches")
    unread = [
        name.partition(".")[2]
        for name, (effect, _) in every.items()
        if effect.startswith("no effect yet") and not name.endswith((".enabled", ".iterations"))
    ]
    # `strategy` and `memory` are words of others, too: only an attribute counts.
    sections = r"(?:switching|latent|caching|cache|refinement|rl|tuning|risk|components|deployment)"
    assert [] == [name for name in unread if re.search(rf"\b{sections}\w*\.{name}\b", source)]


def test_the_assumptions_are_those_of_the_program() -> None:
    """The page states each with its figure."""
    supposed = prior(TaskType.DEBUGGING)
    text = " ".join(PAGE.split())

    assert f"{supposed.tokens:,.0f} tokens, {supposed.dollars} US dollars" in text
    assert f"{supposed.call_seconds:.0f} s and {supposed.evaluation_seconds:.0f} s a round" in text
    assert f"a final quality of {supposed.quality}" in text
    assert f"{estimator.CONTEXT_SHARE:.0%} of a round's".replace("%", " %") in text
    assert f"{1 - estimator.SHORTFALL_PER_ROUND:.0%} is gained".replace("%", " %") in text
    assert f"{estimator.QUALITY_PER_RATIO:.0%} is lost".replace("%", " %") in text
