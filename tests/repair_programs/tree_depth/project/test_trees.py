from trees import Tree, depth


def grown(values):
    tree = Tree(values[0])
    for value in values[1:]:
        tree.insert(value)
    return tree


def test_order():
    """Order."""
    assert list(grown([5, 2, 8, 1, 9])) == [1, 2, 5, 8, 9]


def test_depth():
    """Depth."""
    assert depth(None) == 0
    assert depth(Tree(1)) == 1
    assert depth(grown([5, 2, 8, 1])) == 3


def test_depth_of_a_list():
    """Depth of a list."""
    assert depth(grown([1, 2, 3, 4])) == 4
