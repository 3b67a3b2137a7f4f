"""What is on the shelves."""


class Inventory:
    """Pieces by article, with a level at which to order again."""

    def __init__(self, minimum=5):
        self.minimum = minimum
        self.pieces = {}
        self.reserved = {}

    def receive(self, article, count):
        """Put pieces on the shelf."""
        self.pieces[article] = self.pieces.get(article, 0) + count

    def available(self, article):
        """Pieces that nobody has reserved."""
        return self.pieces.get(article, 0) - self.reserved.get(article, 0)

    def reserve(self, article, count):
        """Set pieces aside; False where there are not enough."""
        if count > self.available(article):
            return False
        self.reserved[article] = self.pieces.get(article, 0) + count
        return True

    def to_order(self):
        """Articles of which too few are available."""
        return sorted(a for a in self.pieces if self.available(a) < self.minimum)
