"""docs/cli.md against the command line."""

import re
from pathlib import Path

from phantom.cli.exits import ExitCode
from tests.support.command_docs import commands, rows

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text()


def sections() -> dict[str, list[str]]:
    """The table rows below each heading of a command."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return {
        name: [line for line in text.splitlines() if line.startswith("| `")]
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_command_and_flag_is_documented() -> None:
    """Each command has a section with a row for each of its flags, in order, and no others."""
    assert {name: rows(command) for name, command in commands().items()} == sections()


def test_every_exit_code_is_documented() -> None:
    """The table of exit codes names all of them and no others."""
    head = PAGE.partition("\n## ")[0]
    documented = [int(code) for code in re.findall(r"^\| `(\d+)` \|", head, re.MULTILINE)]
    assert sorted(ExitCode) == documented


def test_every_command_has_an_example() -> None:
    """The help of each command ends with a line that can be copied."""
    for name, command in commands().items():
        assert name in (command.epilog or ""), name
