import pytest
from intervals import covered, merge


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        ([(1, 2)], [(1, 2)]),
        ([(3, 5), (1, 4)], [(1, 5)]),
        ([(1, 10), (2, 3)], [(1, 10)]),
        ([(1, 2), (2, 3), (5, 6)], [(1, 3), (5, 6)]),
        ([(1, 9), (2, 3), (4, 5)], [(1, 9)]),
    ],
)
def test_merge(given, expected):
    """Merge."""
    assert merge(given) == expected


def test_covered():
    """Covered."""
    assert covered([(0, 10), (2, 4), (8, 12)]) == 12
