import pytest
from routes.search import hops, reachable

GRAPH = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["e"], "x": ["a"]}


@pytest.mark.parametrize(
    ("start", "goal", "expected"), [("a", "a", 0), ("a", "e", 3), ("a", "x", None)]
)
def test_hops(start, goal, expected):
    """Hops."""
    assert hops(GRAPH, start, goal) == expected


def test_reachable():
    """Reachable."""
    assert reachable(GRAPH, "b") == {"b", "d", "e"}
    assert reachable({}, "z") == {"z"}


def test_reachable_in_a_circle():
    """Reachable in a circle."""
    assert reachable({1: [2], 2: [1]}, 1) == {1, 2}
