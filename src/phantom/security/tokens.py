"""What a token looks like, and how one is recognised without being kept.

A token has 256 random bits, so its SHA-256 is as good as a slow hash here: there is nothing to
guess. Its prefix is no secret; lists and logs show it.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_PREFIX_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_PREFIX_LENGTH = 8
TOKEN = re.compile(r"phantom_(?P<prefix>[a-z0-9]{8})_[A-Za-z0-9_-]{43}")
"""The shape of a whole token."""
TICKET = re.compile(r"[A-Za-z0-9_-]{43}")
"""The shape of a one-time ticket."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token at the only moment when it is whole; `prefix` and `digest` are what is kept."""

    text: str
    prefix: str
    digest: str


def new_token() -> NewToken:
    """A token that nobody has had before."""
    prefix = "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(_PREFIX_LENGTH))
    text = f"phantom_{prefix}_{secrets.token_urlsafe(32)}"
    return NewToken(text, prefix, digest(text))


def new_ticket() -> str:
    """A one-time ticket that nobody has had before."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """What is kept of a token or a ticket."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_same(text: str, kept: str) -> bool:
    """True where `kept` is the digest of `text`; takes as long for any that is not."""
    return hmac.compare_digest(digest(text), kept)


def prefix_of(text: str) -> str | None:
    """The prefix of a token; None for what cannot be one."""
    match = TOKEN.fullmatch(text)
    return match["prefix"] if match else None
