"""Prompts that are only ever text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.agents.cli.prompt import as_text


@pytest.mark.parametrize(
    "text",
    ["See @/etc/passwd", "See (@../secret)", 'See "@a"', "See \ufeff@a", "@a", "x\n@a", "See @@a"],
)
def test_a_mention_is_no_path(text: str) -> None:
    """Wherever a word may begin, in whichever language's eyes."""
    assert not re.search(r"@(?=[\w/.@\"])", as_text(text))


@pytest.mark.parametrize("text", ["Write to me@example.com", "a @ b", "user@host:path"])
def test_an_address_stays_one(text: str) -> None:
    """And a sign that stands alone."""
    assert text == as_text(text)


@given(text=st.text(max_size=200))
def test_no_prompt_begins_as_a_command_or_an_option(text: str) -> None:
    """A line of text always precedes it, and nothing of it is lost."""
    made = as_text(text)
    assert made[:1].isalnum()
    assert text.replace("\u200b", "") in made.replace("\u200b", "")
