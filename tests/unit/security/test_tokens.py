"""What a token looks like, and how it is recognised."""

import pytest

from phantom.security import tokens


def test_a_token_is_new_each_time_and_names_its_prefix() -> None:
    """256 random bits behind a prefix that tells it apart."""
    made = [tokens.new_token() for _ in range(50)]
    assert 50 == len({each.text for each in made}) == len({each.prefix for each in made})
    for each in made:
        assert each.prefix == tokens.prefix_of(each.text)
        assert each.text.split("_", 2)[2] not in each.digest


def test_only_the_very_token_has_its_digest() -> None:
    """One character more, less or different is another token."""
    made = tokens.new_token()
    assert tokens.is_same(made.text, made.digest)
    for wrong in (made.text[:-1], made.text + "x", made.text.swapcase(), "", made.digest):
        assert not tokens.is_same(wrong, made.digest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "phantom_",
        "phantom_abcdefgh_short",
        "phantom_ABCDEFGH_" + "a" * 43,
        "phantom_abcdefgh_" + "a" * 44,
        "phantom_abcdefgh_" + "a" * 42 + "\n",
        " phantom_abcdefgh_" + "a" * 43,
    ],
)
def test_what_cannot_be_a_token_has_no_prefix(text: str) -> None:
    """It is refused without a look at the database."""
    assert tokens.prefix_of(text) is None
