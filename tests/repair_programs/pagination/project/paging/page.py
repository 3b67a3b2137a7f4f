"""Pages of a list."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page; numbers start at 1."""

    items: tuple
    number: int
    pages: int

    @property
    def has_next(self):
        """Whether another page follows."""
        return self.number < self.pages


def paginate(items, number=1, *, size=10):
    """The page `number` of `items`."""
    if size < 1:
        raise ValueError("a page holds at least one item")
    pages = max(1, (len(items) + size - 1) // size)
    if not 1 <= number <= pages:
        raise LookupError(f"there is no page {number}")
    start = number * size
    return Page(tuple(items[start : start + size]), number, pages)
