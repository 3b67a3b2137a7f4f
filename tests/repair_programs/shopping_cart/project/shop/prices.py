"""Tax and discounts."""

TAX = 0.25


def discount_for(total):
    """Ten percent from a hundred on."""
    return 0.1 if total >= 100 else 0.0


def with_tax(net):
    """The price that a customer pays."""
    return round(net * (1 + TAX), 2)
