"""Our own set of bugs, repaired through the agent's real entry point."""

import shutil
from pathlib import Path

import pytest

from phantom.agents.port import FileEdit, Outcome
from phantom.vocabulary import TaskType
from tests.support.embedded import ask, finished, request

PROGRAMS = Path(__file__).parents[3] / "repair_programs"
NAMES = sorted(path.parent.name for path in PROGRAMS.glob("*/project"))


def contents(root: Path) -> dict[str, bytes]:
    """Every file below `root`."""
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_repairs(name: str, tmp_path: Path) -> None:
    """The one wrong file is repaired, all tests pass, and nothing else has changed."""
    workspace = tmp_path / "workspace"
    shutil.copytree(PROGRAMS / name / "project", workspace)
    before = contents(workspace)
    events = ask(request(workspace, TaskType.DEBUGGING, "Make the tests pass."))
    end = finished(events)
    assert Outcome.DONE == end.outcome, end.content
    after = contents(workspace)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {end.metadata["patch"]["path"]} == changed  # type: ignore[index]
    assert changed == {event.path for event in events if isinstance(event, FileEdit)}
    assert end.metadata["tests"] == end.metadata["tests_passing_after"]
    assert not list((tmp_path / "workspace.scratch").iterdir())
