import pytest
from payroll.rates import rate
from payroll.tax import tax


@pytest.mark.parametrize(
    ("income", "expected"), [(0, 0), (1000, 0), (2000, 200), (5000, 800), (6000, 1200)]
)
def test_tax(income, expected):
    """Tax."""
    assert tax(income) == pytest.approx(expected)


def test_rates():
    """Rates."""
    assert rate(900) == 0.0
    assert rate(5001) == 0.4
