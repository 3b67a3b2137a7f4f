"""Tax on what is above the free part."""

from payroll import rates


def tax(income):
    """The tax on a year's income."""
    return max(0, income - rates.TAX_FREE) * rates.RATE
