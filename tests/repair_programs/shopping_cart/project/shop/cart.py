"""A cart with discounts."""

from dataclasses import dataclass, field

from shop.prices import discount_for, with_tax


@dataclass
class Cart:
    """Quantities by article."""

    prices: dict
    lines: dict = field(default_factory=dict)

    def add(self, article, quantity=1):
        """Put some more of an article in."""
        self.lines[article] = self.lines.get(article, 0) + quantity

    def net(self):
        """Price before tax, after the discount."""
        total = sum(self.prices[article] * n for article, n in self.lines.items())
        return total * (1 + discount_for(total))

    def gross(self):
        """Price with tax."""
        return with_tax(self.net())
