import pytest
from roman import from_roman, to_roman

PAIRS = [(1, "I"), (4, "IV"), (9, "IX"), (14, "XIV"), (1994, "MCMXCIV"), (2024, "MMXXIV"), (0, "")]


@pytest.mark.parametrize(("number", "numeral"), PAIRS)
def test_to(number, numeral):
    """To."""
    assert to_roman(number) == numeral


@pytest.mark.parametrize(("number", "numeral"), PAIRS)
def test_from(number, numeral):
    """From."""
    assert from_roman(numeral) == number
