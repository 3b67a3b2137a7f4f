"""The table of config files: what is in it, what is not, and that the page says the same."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.errors import InvalidInput
from phantom.files.allowed import ALLOWED, allowed_path, check_content
from phantom.vocabulary import FileType

PAGE = Path(__file__).parents[3] / "docs" / "files.md"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".claude/skills/review.md", FileType.SKILL),
        (".claude/skills/review/SKILL.md", FileType.SKILL),
        (".claude/skills/a/b/c/d.md", FileType.SKILL),
        (".claude/skills/café crème.md", FileType.SKILL),
        (".claude/commands/deploy.md", FileType.INSTRUCTION),
        (".claude/commands/git/pr.md", FileType.INSTRUCTION),
        (".mcp.json", FileType.MCP),
        (".claude/mcp.json", FileType.MCP),
        (".claude/mcp-servers.json", FileType.MCP),
        (".claude/settings.json", FileType.CONFIG),
        (".claude/settings.local.json", FileType.CONFIG),
        (".gemini/settings.json", FileType.CONFIG),
        (".copilot/config.json", FileType.CONFIG),
        ("CLAUDE.md", FileType.CONFIG),
        ("AGENTS.md", FileType.CONFIG),
        ("GEMINI.md", FileType.CONFIG),
    ],
)
def test_the_files_of_the_reference_are_there(path: str, expected: FileType) -> None:
    """Each with its type, at any depth where the pattern says so."""
    assert expected == allowed_path(path).file_type


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        ".env",
        ".git/config",
        ".git/hooks/post-checkout",
        "src/CLAUDE.md",
        "claude.md",
        "Claude.MD",
        ".Claude/settings.json",
        ".claude/SKILLS/a.md",
        ".claude/skills",
        ".claude/skills/",
        ".claude/skills/a.MD",
        ".claude/skills/a.md.sh",
        ".claude/skills/a.txt",
        ".claude/skills/.md",
        ".claude/skills/.hidden.md",
        ".claude/skills/.git/a.md",
        ".claude/skills/../settings.json",
        ".claude/skills/..%2f..%2fsecret.md",
        ".claude/skills/%2e%2e/%2e%2e/secret.md",
        ".claude/skills/..\\..\\secret.md",
        ".claude/skills/a.md\0.png",
        ".claude/mcp/servers.json",
        ".claude/mcpx",
        ".claude/hooks/run.sh",
        ".claude/./settings.json",
        "./CLAUDE.md",
        "/CLAUDE.md",
        "//CLAUDE.md",
        "CLAUDE.md/",
        "CLAUDE.md/x",
        "CLAUDE.md:stream",
        ".claude/skills/" + "d/" * 20 + "a.md",
    ],
)
def test_everything_else_is_refused(path: str) -> None:
    """Other files, other cases of letters, hidden names, encodings and detours."""
    with pytest.raises(InvalidInput):
        allowed_path(path)


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            [".claude", "skills", "commands", "settings.json", "a.md", "..", ".", "", "%2e", "\0"]
        )
        | st.text(max_size=5)
    ).map("/".join)
)
def test_whatever_is_accepted_fits_the_table(path: str) -> None:
    """Checked against regular expressions made from the patterns in another way."""
    try:
        found = allowed_path(path)
    except InvalidInput:
        return
    assert path == str(found)
    assert any(expression(each.pattern).fullmatch(path) for each in ALLOWED)


def expression(pattern: str) -> re.Pattern[str]:
    """A pattern of the table as a regular expression."""
    text = re.escape(pattern).replace(r"\*\*/", r"(?:[^./][^/]*/)*").replace(r"\*", "[^/]*")
    return re.compile(text)


def test_broken_json_is_told_by_line_and_column() -> None:
    """The sentence leads to the place."""
    path = allowed_path(".mcp.json")
    with pytest.raises(InvalidInput, match="line 2, column 8"):
        check_content(path, '{\n  "a": }')


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", '"text"', '{"a": NaN}', '{"a": 1,}', "{'a': 1}", "\ufeff{}", "// no\n{}"],
)
def test_json_files_hold_a_json_object(content: str) -> None:
    """Nothing is written that another JSON reader could refuse."""
    with pytest.raises(InvalidInput, match=r"line|NaN"):
        check_content(allowed_path(".claude/settings.json"), content)


@pytest.mark.parametrize("content", ['{"a": ' * 100_000, '{"a": ' + "9" * 10_000 + "}"])
def test_json_that_breaks_readers_is_refused(content: str) -> None:
    """Depth and digits without end are a sentence, not a crash."""
    with pytest.raises(InvalidInput):
        check_content(allowed_path(".mcp.json"), content)


def test_text_files_hold_any_text() -> None:
    """Markdown is nobody's to check."""
    check_content(allowed_path("CLAUDE.md"), "{not json")
    check_content(allowed_path(".mcp.json"), '{"mcpServers": {}}')


def test_the_page_has_the_table_of_the_code() -> None:
    """docs/files.md lists each pattern with its type, in order, and no others."""
    rows = re.findall(r"^\| `([^`]+)` \| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert [(each.pattern, each.file_type.value) for each in ALLOWED] == rows
