from linalg.matrix import multiply, power, transpose


def test_transpose():
    """Transpose."""
    assert transpose([[1, 2, 3], [4, 5, 6]]) == [[1, 4], [2, 5], [3, 6]]


def test_multiply():
    """Multiply."""
    assert multiply([[1, 2], [3, 4]], [[5, 6], [7, 8]]) == [[19, 22], [43, 50]]


def test_multiply_by_a_column():
    """Multiply by a column."""
    assert multiply([[1, 2], [3, 4], [5, 6]], [[1], [10]]) == [[21], [43], [65]]


def test_power():
    """Power."""
    assert power([[1, 1], [1, 0]], 5) == [[8, 5], [5, 3]]
    assert power([[7]], 0) == [[1]]
