"""The sets of buggy programs: QuixBugs from a checkout, and our own from the repository."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWN = Path(__file__).parents[2] / "tests" / "repair_programs"


@dataclass(frozen=True, slots=True)
class Program:
    """One bug.

    Attributes:
        name: of the program, and in QuixBugs of its function.
        published: the file with the right version.
        module: the buggy file, relative to the project.
        source: where the project comes from.
        examples: arguments of its own tests, where they are plain data.
    """

    name: str
    published: Path
    module: Path
    source: Path
    examples: tuple[list[Any], ...] = ()

    def lay_out(self, target: Path) -> None:
        """Write the buggy project with its tests, and nothing of the right version."""
        if (self.source / "python_programs").is_dir():
            _lay_out_quixbugs(self, target)
        else:
            shutil.copytree(self.source / "project", target)


def quixbugs(checkout: Path) -> list[Program]:
    """The forty programs. Raises FileNotFoundError where `checkout` is none of QuixBugs."""
    found = []
    for test in sorted((checkout / "python_testcases").glob("test_*.py")):
        name = test.stem.removeprefix("test_")
        cases = checkout / "json_testcases" / f"{name}.json"
        rows = (
            [json.loads(line) for line in cases.read_text().splitlines()] if cases.exists() else []
        )
        examples = tuple(row[0] if isinstance(row[0], list) else [row[0]] for row in rows)
        published = checkout / "correct_python_programs" / f"{name}.py"
        found.append(
            Program(name, published, Path("python_programs") / f"{name}.py", checkout, examples)
        )
    if not found:
        raise FileNotFoundError(f"{checkout} holds no python_testcases/test_*.py")
    return found


def own() -> list[Program]:
    """Our own bugs; each has one wrong file, the right version of which lies in `correct/`."""
    found = []
    for source in sorted(path.parent for path in OWN.glob("*/project")):
        (published,) = (source / "correct").rglob("*.py")
        found.append(
            Program(source.name, published, published.relative_to(source / "correct"), source)
        )
    return found


def _lay_out_quixbugs(program: Program, target: Path) -> None:
    checkout, name = program.source, program.name
    for folder in ("python_programs", "python_testcases", "json_testcases"):
        (target / folder).mkdir(parents=True)
    wanted = [
        "conftest.py",
        f"python_programs/{name}.py",
        "python_programs/node.py",
        "python_testcases/load_testdata.py",
        "python_testcases/node.py",
        f"python_testcases/test_{name}.py",
        f"json_testcases/{name}.json",
    ]
    for path in wanted:
        if (checkout / path).exists():
            shutil.copy(checkout / path, target / path)
