"""The command `phantom`: its subcommands, and what happens to whatever they raise."""

import os
import sys
from typing import Annotated

import typer

from phantom.cli import clean, database, doctor, key, review, run, serve, tasks, token, version
from phantom.cli.demo import command as demo
from phantom.cli.exits import DEBUG_VARIABLE, report

# Plain help: the boxed one imports a Markdown parser and takes three times as long.
app = typer.Typer(
    name="phantom",
    help="Give coding agents tasks, and get measured branches back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nStart here:\n  phantom demo      watch a bug being repaired, offline\n"
    "  phantom doctor    see what this machine has",
)
for module in (serve, run, demo, tasks, review, doctor, token, key, database, clean, version):
    module.register(app)


@app.callback()
def _everywhere(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and more of the log (PHANTOM_DEBUG).")
    ] = False,
) -> None:
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"


def main() -> None:
    """Run the command line and exit with its code; an error is a sentence, never a traceback."""
    try:
        app(prog_name="phantom")
    except Exception as error:  # noqa: BLE001 - the last resort: reported, with a traceback on demand
        sys.exit(report(error))
