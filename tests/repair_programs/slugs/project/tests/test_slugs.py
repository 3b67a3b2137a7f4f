import pytest
from slugs import slug, unique


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Hello, World!", "hello-world"), ("  A  b ", "a-b"), ("", ""), ("***", "")],
)
def test_slug(title, expected):
    """Slug."""
    assert slug(title) == expected


def test_limit():
    """Limit."""
    assert slug("one two three", limit=8) == "one-two"
    assert slug("one two three", limit=7) == "one-two"
    assert slug("a b", separator="_") == "a_b"


def test_unique():
    """Unique."""
    assert unique("A b", {"x"}) == "a-b"
    assert unique("A b", {"a-b", "a-b-2"}) == "a-b-3"
