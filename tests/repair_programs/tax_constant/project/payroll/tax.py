"""Tax in brackets."""

from payroll import rates


def tax(income):
    """The tax on a year's income."""
    low = max(0, min(income, rates.HIGH_FROM) - rates.TAX_FREE)
    high = max(0, income - rates.HIGH_FROM)
    return low * rates.RATE + high * rates.HIGH_RATE
