"""Binary trees."""


class Tree:
    """A value and two subtrees, each of which may be missing."""

    def __init__(self, value, left=None, right=None):
        self.value = value
        self.left = left
        self.right = right

    def insert(self, value):
        """Put a value where the order asks for it."""
        side = "left" if value < self.value else "right"
        child = getattr(self, side)
        if child is None:
            setattr(self, side, Tree(value))
        else:
            child.insert(value)

    def __iter__(self):
        if self.left is not None:
            yield from self.left
        yield self.value
        if self.right is not None:
            yield from self.right


def depth(tree):
    """How many values lie on the longest way down; 0 for no tree."""
    return 1 + max(depth(tree.left), depth(tree.right))
