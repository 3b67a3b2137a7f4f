import pytest
from payroll.tax import tax


@pytest.mark.parametrize(("income", "expected"), [(0, 0), (1000, 0), (2000, 200), (6000, 1000)])
def test_tax(income, expected):
    """Tax."""
    assert tax(income) == pytest.approx(expected)
