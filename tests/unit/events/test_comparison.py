"""What the benchmark of the two protocols leaves behind."""

from pathlib import Path

import pytest

from phantom.clock import utc_now
from phantom.events.comparison import Comparison


def comparison(lowest: int, highest: int) -> Comparison:
    """A result with that range."""
    return Comparison(
        measured_at=utc_now(),
        version="0.1",
        native_ms=1.0,
        socket_io_ms=1.25,
        lowest=lowest,
        highest=highest,
        clients=20,
        events=500,
    )


@pytest.mark.parametrize(
    ("lowest", "highest", "shown"),
    [
        (20, 30, "20-30% vs Socket.IO"),
        (20, 20, "20% vs Socket.IO"),
        (0, 3, "0-3% vs Socket.IO"),
        (-4, 3, "-4% to 3% vs Socket.IO"),
    ],
)
def test_it_is_written_as_the_reference_does(lowest: int, highest: int, shown: str) -> None:
    """A range; a loss can be told from a gain."""
    assert shown == comparison(lowest, highest).improvement


def test_the_newest_one_is_kept(tmp_path: Path) -> None:
    """In a home that need not be there yet; before it there is none."""
    home = tmp_path / "home"
    assert Comparison.of(home) is None
    comparison(1, 2).keep(home)
    newest = comparison(3, 4)
    newest.keep(home)
    assert newest == Comparison.of(home)


@pytest.mark.parametrize("content", ["", "{}", "[", '{"measured_at": "yesterday"}'])
def test_a_file_that_is_none_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    """No figure is made up from it."""
    comparison(1, 2).keep(tmp_path).write_text(content)
    assert Comparison.of(tmp_path) is None
