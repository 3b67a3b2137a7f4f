"""Small matrices as lists of rows."""


def transpose(rows):
    """Rows for columns."""
    return [list(column) for column in zip(*rows)]


def multiply(a, b):
    """The product of an n x k and a k x m matrix."""
    size, inner, width = len(a), len(b), len(b[0])
    result = [[0] * width for _ in range(size)]
    for i in range(size):
        for j in range(width):
            for k in range(inner):
                result[i][j] += a[i][k] * b[k][j]
    return result


def power(matrix, exponent):
    """The matrix times itself, `exponent` times; the identity for 0."""
    size = len(matrix)
    result = [[int(i == j) for j in range(size)] for i in range(size)]
    for _ in range(exponent):
        result = multiply(result, matrix)
    return result
