"""What `docs/cli.md` must say, read off the command line itself."""

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from phantom.cli.main import app

Command = TyperCommand | TyperGroup


def commands() -> dict[str, Command]:
    """Every command by its words, such as `phantom db upgrade`, the program itself first."""
    found: dict[str, Command] = {}

    def walk(command: Command, words: tuple[str, ...]) -> None:
        if isinstance(command, TyperGroup):
            if words == ("phantom",):
                found["phantom"] = command
            for name, inner in command.commands.items():
                walk(inner, (*words, name))
        else:
            found[" ".join(words)] = command

    walk(get_command(app), ("phantom",))
    return found


def rows(command: Command) -> list[str]:
    """The rows of a command's table in the docs."""
    context = typer.Context(command)
    shown = [parameter for parameter in command.params if "--help" not in parameter.opts]
    return [_row(parameter, context) for parameter in shown]


def _row(parameter: TyperOption | TyperArgument, context: typer.Context) -> str:
    record = parameter.get_help_record(context)
    assert record is not None
    # Two blanks stand before a range, a default, and what is required.
    flag, text = (part.replace("  [", " [").replace("|", "\\|") for part in record)
    return f"| `{flag}` | {text} |"
