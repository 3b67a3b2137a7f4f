"""A package's manifest, and the test runner that its script starts."""

import re
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from phantom.evaluation.written import read_written

MANIFEST = "package.json"
TOOL_DIRECTORIES = (".cache", ".vite", ".vite-temp", ".vitest")
"""What tools write into `node_modules`; vite does not start where it cannot."""
_PLACEHOLDER = "no test specified"
_LAST_COMMAND = re.compile(r"&&|\|\||[;|&\n]")


class Runner(StrEnum):
    """What runs a package's tests, and so how they are told one by one."""

    NODE = "node --test"
    VITEST = "vitest"
    JEST = "jest"
    MOCHA = "mocha"
    OTHER = "npm test"


_WORDS = {
    Runner.NODE: re.compile(r"\bnode\b.*\s--test\b"),
    Runner.VITEST: re.compile(r"\bvitest\b"),
    Runner.JEST: re.compile(r"\bjest\b"),
    Runner.MOCHA: re.compile(r"\bmocha\b"),
}


class Package(BaseModel):
    """What of a `package.json` matters here; whatever else it has is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    scripts: dict[str, str] = {}
    dependencies: dict[str, str] = {}
    devDependencies: dict[str, str] = {}  # noqa: N815 - npm's name

    @property
    def test_script(self) -> str:
        """The command of `npm test`; empty where there is none, or npm's own placeholder."""
        script = self.scripts.get("test", "").strip()
        return "" if _PLACEHOLDER in script else script

    @property
    def runner(self) -> Runner:
        """What the last command of the script starts: npm adds arguments there."""
        if _WORDS[Runner.NODE].search(self.test_script):
            return Runner.NODE  # told by its environment, wherever in the script it stands
        last = _LAST_COMMAND.split(self.test_script)[-1]
        return next((each for each, word in _WORDS.items() if word.search(last)), Runner.OTHER)

    @property
    def names_dependencies(self) -> bool:
        """True where its programs or tests need packages that must be installed first."""
        return bool(self.dependencies or self.devDependencies)


def parse_package(text: str | bytes) -> Package | None:
    """The manifest; None where it is none that npm would read."""
    try:
        return Package.model_validate_json(text)
    except ValidationError:
        return None


def read_package(directory: Path) -> Package | None:
    """The manifest in `directory`, or None where it cannot be read; blocks for one file read."""
    try:
        return parse_package(read_written(directory / MANIFEST))
    except OSError:
        return None


def installed_package(directory: Path, name: str) -> Path | None:
    """Where node finds the package `name` from `directory`: in a `node_modules` there or above.

    Blocks for a few looks at the disk.
    """
    places = (parent / "node_modules" / name for parent in (directory, *directory.parents))
    return next((place for place in places if place.is_dir()), None)
