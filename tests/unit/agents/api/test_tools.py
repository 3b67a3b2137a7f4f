"""The tools of API agents: what a model says to them is hostile input."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.messages import ToolCallPart

from phantom.agents.api.tools.files import MAX_FOUND, MAX_LINES, MAX_LISTED, MAX_TEXT
from phantom.agents.api.tools.offered import Result, Tools
from phantom.vocabulary import TaskType
from tests.support.api_agents import request

SECRET = "a-secret-outside"
OUTSIDE = [
    "../secret.txt",
    "a/../../secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "..",
    "link.txt",
    "linked/secret.txt",
    "fifo",
    "a\0b",
    "..\\secret.txt",
    "%2e%2e/secret.txt",
    "~/secret.txt",
    "sub/./../../secret.txt",
    "hard.txt",
    ".git/config",
    ".GIT/config",
    "sub/.git/config",
    "a" * 5000,
    "/".join("a" * 60),
    "",
]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with a secret beside it, and every kind of link to it."""
    root = tmp_path / "workspace"
    (root / "sub" / ".git").mkdir(parents=True)
    (root / ".git").mkdir()
    for config in (root / ".git" / "config", root / "sub" / ".git" / "config"):
        config.write_text(SECRET)
    (tmp_path / "secret.txt").write_text(SECRET)
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "linked").symlink_to(tmp_path)
    os.mkfifo(root / "fifo")
    os.link(tmp_path / "secret.txt", root / "hard.txt")
    (root / "good.py").write_text("def good() -> int:\n    return 1\n")
    return root


def used(workspace: Path, tool: str, arguments: object, **fields: object) -> Result:
    """What a tool answers."""
    tools = Tools(request(workspace, **fields), lambda argv, _: list(argv))
    call = ToolCallPart(tool, arguments)  # type: ignore[arg-type] # models say what they like
    return asyncio.run(tools.use(call))


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_is_read_or_written(workspace: Path, path: str) -> None:
    """By no tool, under no name; the secret is as it was."""
    for tool, more in (
        ("read_file", {}),
        ("edit_file", {"old": SECRET, "new": "gone"}),
        ("write_file", {"content": "mine"}),
        ("search", {"text": SECRET}),
        ("list_files", {}),
        ("run_tests", {"only": path}),
    ):
        result = used(workspace, tool, {"path": path, **more})
        found = result.text.replace(f"[{SECRET!r} stands in no file]", "")
        assert SECRET not in found, (tool, found)
        assert None is result.changed
    outside = workspace.parent
    assert SECRET == (outside / "secret.txt").read_text()
    assert SECRET == (workspace / ".git" / "config").read_text()
    assert {"workspace", "secret.txt"} >= {each.name for each in outside.iterdir()} - {"scratch"}


NAMES = st.sampled_from(
    ["read_file", "edit_file", "write_file", "search", "list_files", "delete_everything", ""]
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
WORDS = st.sampled_from(["path", "old", "new", "content", "text", "first", "count"])


@given(tool=NAMES, arguments=st.dictionaries(WORDS, JUNK) | st.text() | JUNK)
def test_no_arguments_break_a_tool(
    tmp_path_factory: pytest.TempPathFactory, tool: str, arguments: object
) -> None:
    """Whatever is said, a sentence comes back, and nothing lands beside the workspace."""
    root = tmp_path_factory.mktemp("junk") / "workspace"
    root.mkdir()
    (root / "a.txt").write_text("a")

    assert used(root, tool, arguments).text
    assert ["workspace"] == [each.name for each in root.parent.iterdir()]


def test_a_piece_that_stands_once_is_replaced(workspace: Path) -> None:
    """Once, exactly; the rest of the file and its mode stay."""
    (workspace / "good.py").chmod(0o755)
    result = used(
        workspace, "edit_file", {"path": "./good.py", "old": "return 1", "new": "return 2"}
    )

    assert "good.py" == result.changed
    assert "def good() -> int:\n    return 2\n" == (workspace / "good.py").read_text()
    assert 0o755 == (workspace / "good.py").stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("return 7", "return 8", "does not stand in"),
        ("return 7", "return 1", "holds `new` already"),
        ("o", "0", "times in good.py"),
        ("", "x", "`old` must be the text"),
    ],
)
def test_an_edit_that_is_not_clear_is_refused(
    workspace: Path, old: str, new: str, words: str
) -> None:
    """With what to do instead; the file stays."""
    before = (workspace / "good.py").read_bytes()
    result = used(workspace, "edit_file", {"path": "good.py", "old": old, "new": new})

    assert words in result.text
    assert (None, before) == (result.changed, (workspace / "good.py").read_bytes())


def test_a_new_file_takes_no_ones_place(workspace: Path) -> None:
    """What is there stays; the same once more is no harm, for a call that is taken up again."""
    taken = used(workspace, "write_file", {"path": "good.py", "content": "x"})
    made = used(workspace, "write_file", {"path": "new/deep.py", "content": "x"})
    again = used(workspace, "write_file", {"path": "new/deep.py", "content": "x"})

    assert "edit_file" in taken.text
    assert made == again
    assert "x" == (workspace / "new" / "deep.py").read_text()


def test_results_are_bounded(workspace: Path) -> None:
    """However much there is."""
    (workspace / "long.txt").write_text("needle " * 20 + "\n")
    (workspace / "wide.txt").write_text("needle" * 100_000 + "\n")
    (workspace / "tall.txt").write_text("needle\n" * 50_000)
    many = workspace / "many"
    many.mkdir()
    for number in range(MAX_LISTED + 5):
        (many / f"{number}.txt").touch()

    listed = used(workspace, "list_files", {"path": "many"}).text.splitlines()
    found = used(workspace, "search", {"text": "needle"}).text
    tall = used(workspace, "read_file", {"path": "tall.txt"}).text
    wide = used(workspace, "read_file", {"path": "wide.txt"}).text
    assert MAX_LISTED + 1 == len(listed)
    assert MAX_FOUND + 1 >= len(found.splitlines())
    assert MAX_LINES + 1 == len(tall.splitlines())
    assert MAX_TEXT > len(wide)


def test_lines_are_read_by_number(workspace: Path) -> None:
    """From the first that is asked for, as many as are asked for."""
    (workspace / "ten.txt").write_text("".join(f"line {n}\n" for n in range(1, 11)))
    said = used(workspace, "read_file", {"path": "ten.txt", "first": 3, "count": 2}).text

    assert "3\tline 3\n4\tline 4\n[10 lines in all; read on from 5]" == said


def test_a_task_that_only_looks_cannot_change(workspace: Path) -> None:
    """The tools that write are not there at all."""
    for tool in ("write_file", "edit_file", "run_tests"):
        result = used(workspace, tool, {"path": "x", "content": "y"}, task_type=TaskType.SECURITY)
        assert "There is no tool" in result.text


@pytest.mark.parametrize("path", [".mcp.json", ".claude/settings.json", ".CURSOR/x", ".vscode/a"])
def test_configuration_that_is_code_is_left_alone(workspace: Path, path: str) -> None:
    """Unless the project is trusted; reading it is no harm."""
    said = {"path": path, "content": "{}"}
    refused = used(workspace, "write_file", said)
    assert ("not trusted" in refused.text, None) == (True, refused.changed)
    assert path == used(workspace, "write_file", said, trusted=True).changed
    assert "{}" in used(workspace, "read_file", said).text
