"""What `phantom doctor` relies on."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from phantom.cli.checks import EMBEDDED_TOOLS

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]


def test_an_installation_has_the_embedded_agents_tools() -> None:
    """The doctor asks for nothing that an installation does not bring."""
    installed = {Requirement(line).name.replace("-", "_") for line in PROJECT["dependencies"]}
    assert set(EMBEDDED_TOOLS) <= installed
