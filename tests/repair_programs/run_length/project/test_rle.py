import pytest
from rle import decode, encode


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("", []),
        ("a", [("a", 1)]),
        ("aaab", [("a", 3), ("b", 1)]),
        ("aba", [("a", 1), ("b", 1), ("a", 1)]),
    ],
)
def test_encode(text, runs):
    """Encode."""
    assert encode(text) == runs


@pytest.mark.parametrize("text", ["", "zz", "mississippi"])
def test_there_and_back(text):
    """There and back."""
    assert decode(encode(text)) == text
