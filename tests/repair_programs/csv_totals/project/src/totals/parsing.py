"""Amounts as people write them."""


def parse_amount(text):
    """`1,234.50` as a float."""
    return float(text.replace(",", ""))
