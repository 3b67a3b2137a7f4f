"""Envelope encryption: each value under a key of its own, and that key under the master key.

AES-256-GCM with random 96-bit nonces. The context (whose value it is, and for which host) is
authenticated with both, so that a row cannot be passed off as another. A new master key means
wrapping the small keys anew; the values stay as they are.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from phantom.errors import Conflict, InvalidInput

KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted value with its encrypted key; `master_id` names the key that opens it."""

    ciphertext: bytes
    wrapped_key: bytes
    master_id: str


@dataclass(frozen=True, slots=True, repr=False)
class MasterKeys:
    """Master keys, the newest first: that one seals, any of them opens."""

    keys: tuple[bytes, ...]

    @classmethod
    def new(cls) -> Self:
        """One random key."""
        return cls((secrets.token_bytes(KEY_BYTES),))

    @classmethod
    def parse(cls, text: str, source: str) -> Self:
        """The keys that `text` holds: base64 of 32 bytes each, separated by commas.

        Raises InvalidInput that names `source`, and nothing of what it holds.
        """
        parts = [part for part in (each.strip() for each in text.split(",")) if part]
        keys = tuple(_decoded(part) for part in parts)
        good = tuple(key for key in keys if key is not None and len(key) == KEY_BYTES)
        if not good or len(good) != len(keys):
            raise InvalidInput(
                f"{source} does not hold a master key; give {KEY_BYTES} random bytes as base64 "
                f"(`openssl rand -base64 {KEY_BYTES}`), several separated by commas, newest first."
            )
        return cls(good)

    def text(self) -> str:
        """What `parse` reads."""
        return ",".join(base64.b64encode(key).decode() for key in self.keys)

    @property
    def newest_id(self) -> str:
        """Name of the key that seals."""
        return _id(self.keys[0])

    def with_new(self) -> "MasterKeys":
        """These behind a new one."""
        return MasterKeys(MasterKeys.new().keys + self.keys)

    def newest(self) -> "MasterKeys":
        """The one that seals, alone."""
        return MasterKeys(self.keys[:1])

    def seal(self, value: str, context: str) -> Sealed:
        """Encrypt `value`."""
        key = secrets.token_bytes(KEY_BYTES)
        return Sealed(
            ciphertext=_encrypt(key, value.encode(), context),
            wrapped_key=_encrypt(self.keys[0], key, context),
            master_id=self.newest_id,
        )

    def open(self, sealed: Sealed, context: str) -> str:
        """The value. Raises Conflict where none of the keys opens it, or it was tampered with."""
        return _decrypt(self._unwrapped(sealed, context), sealed.ciphertext, context).decode()

    def rewrap(self, sealed: Sealed, context: str) -> Sealed:
        """The same value under the newest key. Raises Conflict as `open`."""
        key = self._unwrapped(sealed, context)
        wrapped = _encrypt(self.keys[0], key, context)
        return replace(sealed, wrapped_key=wrapped, master_id=self.newest_id)

    def _unwrapped(self, sealed: Sealed, context: str) -> bytes:
        for key in self.keys:
            if _id(key) == sealed.master_id:
                return _decrypt(key, sealed.wrapped_key, context)
        raise Conflict(
            f"The stored keys are sealed under the master key {sealed.master_id}, and this server "
            f"has {_listed(self.keys)}. Give every server of this database the same "
            "PHANTOM_MASTER_KEY, or the home that the keys were stored with."
        )


def _id(key: bytes) -> str:
    """A name for a key that tells nothing of it."""
    return hashlib.sha256(b"phantom master key" + key).hexdigest()[:_ID_LENGTH]


def _listed(keys: Iterable[bytes]) -> str:
    return ", ".join(map(_id, keys))


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None


def _encrypt(key: bytes, data: bytes, context: str) -> bytes:
    # Late: a server that stores no keys need not load the library.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def _decrypt(key: bytes, data: bytes, context: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise Conflict(
            "A stored key does not open: its row was changed by something else than Phantom. "
            "Remove it and store it again."
        ) from error
