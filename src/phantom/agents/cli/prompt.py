"""A prompt made harmless for command lines that read more into a text than is written there."""

import re

# Not in the middle of a word, as in an address; what a space is, each language sees differently.
_MENTION = re.compile(r"(?<![A-Za-z0-9_.])(@)(?=\S)")
_ZERO_WIDTH_SPACE = "\u200b"


def as_text(prompt: str) -> str:
    """`prompt` so that it is only ever text.

    claude and gemini put the content of a file in the place of `@path` at the beginning of a word,
    without asking, from anywhere on the disk: a zero-width space keeps that from being a path. A
    text that begins with `/` would be a command, and one with `-` an option, but for a line before.
    """
    body = _MENTION.sub(rf"\1{_ZERO_WIDTH_SPACE}", prompt)
    return body if body[:1].isalnum() else f"The task:\n\n{body}"
