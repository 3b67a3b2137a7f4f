"""Workspaces lie inside the allowed roots, by whatever name they come."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phantom.errors import InvalidInput
from phantom.security.paths import resolve_workspace


@pytest.fixture
def jail(tmp_path: Path) -> Path:
    """A root with a directory, links out of it and within it, and a neighbour of a similar name."""
    root = tmp_path / "root"
    (root / "project" / "src").mkdir(parents=True)
    (tmp_path / "root-evil").mkdir()
    (tmp_path / "outside").mkdir()
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "up").symlink_to("..")
    (root / "inner").symlink_to("project/src")
    (root / "loop").symlink_to("loop")
    (root / "file").write_text("")
    return root


@pytest.mark.parametrize("text", [".", "project", "project/../project/src", "inner", "./project/"])
def test_what_lies_inside_is_resolved(jail: Path, text: str) -> None:
    """Relative to the first root, links followed."""
    found = resolve_workspace(text, [jail])
    assert found == (jail / text).resolve()
    assert found.is_relative_to(jail)


def test_an_absolute_path_inside_any_root_is_taken(jail: Path, tmp_path: Path) -> None:
    """There may be several roots."""
    second = tmp_path / "outside"
    assert second == resolve_workspace(str(second), [jail, second])
    assert jail / "project" == resolve_workspace(str(jail / "project"), [second, jail])


@pytest.mark.parametrize(
    "text",
    [
        "..",
        "project/../..",
        "out",
        "up",
        "up/outside",
        "../root-evil",
        "/",
        "/etc",
        "inner/../../../outside",
        "~",
        "~root",
    ],
)
def test_what_leads_outside_is_refused(jail: Path, text: str) -> None:
    """By `..`, by a link, by an absolute path, or by a name that begins like the root's."""
    with pytest.raises(InvalidInput, match=r"outside the allowed roots|does not exist"):
        resolve_workspace(text, [jail])


@pytest.mark.parametrize("text", ["absent", "file", "", " ", "a\0b", "loop", "x" * 5000, "\ud800"])
def test_what_is_no_directory_is_refused(jail: Path, text: str) -> None:
    """In a sentence, whatever the system says to it."""
    with pytest.raises(InvalidInput, match="workspace"):
        resolve_workspace(text, [jail])


parts = st.sampled_from(["..", ".", "", "project", "src", "out", "up", "inner", "loop", "root"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.lists(parts, max_size=6).map("/".join), st.text(max_size=20)))
def test_no_path_whatsoever_leads_outside(jail: Path, text: str) -> None:
    """What is taken is a real directory inside the root; everything else is refused in words."""
    try:
        found = resolve_workspace(text, [jail])
    except InvalidInput:
        return
    assert os.path.commonpath([jail, os.path.realpath(found)]) == str(jail)
    assert found.is_dir()
