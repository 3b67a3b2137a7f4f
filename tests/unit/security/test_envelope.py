"""What is sealed opens for its owner, under its key, and not otherwise."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.errors import Conflict, InvalidInput
from phantom.security.envelope import MasterKeys

KEYS = MasterKeys.new()


@given(st.text(max_size=200), st.text(max_size=50))
def test_what_is_sealed_opens_again(value: str, context: str) -> None:
    """For any text, and nothing of it shows."""
    sealed = KEYS.seal(value, context)
    assert value == KEYS.open(sealed, context)
    if len(value) > 3:
        assert value.encode() not in sealed.ciphertext + sealed.wrapped_key


def test_the_same_value_is_never_sealed_the_same_way() -> None:
    """Each time a new key and new nonces."""
    made = [KEYS.seal("value", "a") for _ in range(20)]
    assert 20 == len({each.ciphertext for each in made}) == len({each.wrapped_key for each in made})


def test_a_row_cannot_be_passed_off_as_another() -> None:
    """Neither under another name or host, nor with another row's key, nor changed."""
    mine, theirs = KEYS.seal("mine", "a\nhost"), KEYS.seal("theirs", "b\nhost")
    flipped = bytes([mine.ciphertext[0] ^ 1]) + mine.ciphertext[1:]
    with pytest.raises(Conflict):
        KEYS.open(mine, "a\nevil.example")
    for wrong in (
        replace(mine, wrapped_key=theirs.wrapped_key),
        replace(mine, ciphertext=theirs.ciphertext),
        replace(mine, ciphertext=flipped),
        replace(mine, ciphertext=b""),
    ):
        with pytest.raises(Conflict, match="changed by something else"):
            KEYS.open(wrong, "a\nhost")


def test_another_master_key_says_which_one_is_wanted() -> None:
    """Names of keys, and nothing of the keys."""
    other = MasterKeys.new()
    with pytest.raises(Conflict) as caught:
        other.open(KEYS.seal("value", "a"), "a")
    assert KEYS.newest_id in str(caught.value)
    assert other.newest_id in str(caught.value)
    assert KEYS.text() not in str(caught.value)


def test_a_new_master_key_opens_old_values_until_they_are_wrapped_anew() -> None:
    """Then the old one is of no use any more, and the value never changed."""
    old = KEYS.seal("value", "a")
    both = KEYS.with_new()
    assert "value" == both.open(old, "a")
    new = both.rewrap(old, "a")
    assert (old.ciphertext, both.newest_id) == (new.ciphertext, new.master_id)
    assert "value" == both.newest().open(new, "a")
    with pytest.raises(Conflict):
        KEYS.open(new, "a")


def test_keys_are_written_and_read() -> None:
    """Several, the newest first, with blanks around them or in the URL's alphabet."""
    both = KEYS.with_new()
    assert both == MasterKeys.parse(f" {both.text()} \n", "X")
    assert both == MasterKeys.parse(both.text().replace("+", "-").replace("/", "_"), "X")
    assert KEYS.text() not in repr(KEYS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "short",
        "QUJD",
        "é" * 44,
        pytest.param(f"{KEYS.text()},QUJD", id="a good one, too"),
    ],
)
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    """The sentence names the place and tells how to make one."""
    with pytest.raises(InvalidInput, match="PLACE does not hold a master key") as caught:
        MasterKeys.parse(text, "PLACE")
    assert "openssl rand -base64 32" in str(caught.value)
    assert KEYS.text() not in str(caught.value)
