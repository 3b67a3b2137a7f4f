import pytest

from totals.report import largest, total_by

ROWS = [
    {"city": "Bonn", "amount": "1,000"},
    {"city": "Kiel", "amount": "250.5"},
    {"city": "Bonn", "amount": "500"},
    {"city": "Ulm", "amount": ""},
]


def test_totals():
    """Totals."""
    assert total_by(ROWS, "city") == {"Bonn": 1500.0, "Kiel": 250.5}


def test_empty_amounts_are_refused_on_request():
    """Empty amounts are refused on request."""
    with pytest.raises(ValueError):
        total_by(ROWS, "city", skip_empty=False)


@pytest.mark.parametrize(("count", "expected"), [(1, ["b"]), (2, ["b", "c"]), (9, ["b", "c", "a"])])
def test_largest(count, expected):
    """Largest."""
    assert largest({"a": 1, "b": 9, "c": 4}, count) == expected
