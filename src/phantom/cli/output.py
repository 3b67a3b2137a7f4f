"""What commands print: rich in a terminal, plain and unwrapped in a pipe, JSON on demand."""

import json
import os
import re
import sys
from collections.abc import Sequence

from pydantic import JsonValue
from rich.console import Console
from rich.markup import escape
from rich.text import Text

_STYLES = {
    "completed": "green",
    "failed": "red",
    "in_progress": "yellow",
    "pending": "dim",
    "ok": "green",
    "warning": "yellow",
    "absent": "dim",
}


def console(*, quiet: bool = False, record: bool = False) -> Console:
    """Standard output: coloured in a terminal only, and never where NO_COLOR is set.

    A recorded one is 100 columns wide, so that its picture looks the same from every terminal.
    """
    return Console(
        highlight=False,
        soft_wrap=not record,  # a picture cuts what is wider than itself
        quiet=quiet,
        record=record,
        width=100 if record else None,
        # Rich takes an empty NO_COLOR for a wish; the convention does not.
        no_color=bool(os.environ.get("NO_COLOR")),
    )


def print_json(value: JsonValue) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def styled(word: str) -> str:
    """A status word in its colour, as markup."""
    style = _STYLES.get(word)
    return f"[{style}]{escape(word)}[/]" if style else escape(word)


def print_columns(out: Console, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows of markup in aligned columns, never cut and never wrapped."""
    cells = [[Text(title, style="bold") for title in head]]
    cells += [[Text.from_markup(cell) for cell in row] for row in rows]
    widths = [max(line[i].cell_len for line in cells) for i in range(len(head))]
    for line in cells:
        shown = Text()
        for i, cell in enumerate(line):
            shown.append_text(cell)
            if i < len(line) - 1:
                shown.append(" " * (widths[i] - cell.cell_len + 2))
        out.print(shown)


def money(amount: float | None) -> str:
    """US dollars; an unknown cost is not 0."""
    if amount is None:
        return "unknown"
    return f"${amount:.2f}" if amount == 0 or amount >= 1 else f"${amount:.4f}"


def score(value: float | None) -> str:
    """A quality in [0, 1]."""
    return "not measured" if value is None else f"{value:.2f}"


def seconds(value: float) -> str:
    """A duration as people say it."""
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def picture(recorded: Console, *, title: str) -> str:
    """What a recording console has shown, as SVG that loads nothing from anywhere."""
    drawn = recorded.export_svg(title=title)
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
