"""Flags that several commands have, declared once."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Directory of Phantom's data (PHANTOM_HOME)."),
]
Host = Annotated[
    str | None,
    typer.Option("--host", metavar="ADDRESS", help="Address of the server (PHANTOM_HOST)."),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="NUMBER",
        min=0,
        max=65535,
        help="Port of the server (PHANTOM_PORT; 1336 unless set).",
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="sqlite:///PATH or postgresql://... (DATABASE_URL).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id, or the beginning of it.")]
