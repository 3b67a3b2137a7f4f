"""What the state takes."""

TAX_FREE = 1000
RATE = 0.02
HIGH_RATE = 0.4
HIGH_FROM = 5000


def rate(income):
    """The rate that the last unit of income pays."""
    if income <= TAX_FREE:
        return 0.0
    return HIGH_RATE if income > HIGH_FROM else RATE
