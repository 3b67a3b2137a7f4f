"""Figures and columns on the screen."""

import io

import pytest
from rich.console import Console

from phantom.cli.output import money, picture, print_columns, score, seconds


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(None, "unknown"), (0.0, "$0.00"), (0.0046, "$0.0046"), (12.5, "$12.50")],
)
def test_money_is_never_made_up(amount: float | None, shown: str) -> None:
    """An unknown cost is not 0, and a small one is not rounded to 0."""
    assert shown == money(amount)


def test_what_was_not_measured_is_said_so() -> None:
    """A quality of None is no number."""
    assert ["not measured", "0.00", "0.87"] == [score(value) for value in (None, 0.0, 0.8749)]


def test_durations_are_readable() -> None:
    """Seconds with a tenth, then minutes."""
    assert ["0.1 s", "59.9 s", "2 min 5 s"] == [seconds(value) for value in (0.1, 59.9, 125.4)]


def test_columns_are_aligned_and_never_cut() -> None:
    """However narrow the output is, a row stays one line, and markup takes no room."""
    out = Console(file=io.StringIO(), width=20, soft_wrap=True)
    print_columns(out, ("A", "B"), [("[red]x[/]", "1" * 30), ("longer", "2")])
    assert isinstance(out.file, io.StringIO)
    lines = out.file.getvalue().splitlines()
    assert ["A       B", "x       " + "1" * 30, "longer  2"] == lines


def test_a_picture_loads_nothing() -> None:
    """An SVG that is shown somewhere asks no other server for its fonts."""
    out = Console(file=io.StringIO(), record=True, width=40)
    out.print("hello")
    drawn = picture(out, title="a title")
    assert "hello" in drawn
    assert "url(http" not in drawn
    assert "@font-face" not in drawn
