"""Stored keys: put in, never told again, and handed out for one host only."""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, InvalidInput, NotFound, PhantomError
from phantom.security import master_key
from phantom.security.envelope import MasterKeys, Sealed
from phantom.security.hosts import Host, parse
from phantom.security.master_key import Place
from phantom.security.redaction import KNOWN, SHORTEST

LONGEST_VALUE = 8192
ENVIRONMENT = "env:"
"""What begins a reference to a variable of the server's environment instead of a stored key."""

_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_PRINTABLE = re.compile(r"[!-~]+")
# Phantom's own configuration is not to be sent anywhere.
_OWN_VARIABLE = re.compile(r"PHANTOM_.*|DATABASE_URL|REDIS_URL|LANGFUSE_.*", re.IGNORECASE)
_HOST_BY_SHAPE = (
    ("sk-ant-", "api.anthropic.com"),
    ("sk-or-", "openrouter.ai"),
    ("sk-proj-", "api.openai.com"),
    ("AIza", "generativelanguage.googleapis.com"),
    ("ghp_", "api.github.com"),
    ("github_pat_", "api.github.com"),
)
"""Whose a key is by its first letters, where nobody else's keys begin so."""

_log = structlog.get_logger(__name__)


class KeyStore:
    """Rules and queries of stored keys; `home` is where the master key's file is."""

    def __init__(
        self, database: Database, home: Path, *, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._database = database
        self._home = home
        self._environment = environment

    async def add(
        self, key_id: str, value: str, *, host: str | None, created_by: str
    ) -> models.StoredKey:
        """Store `value` for `host`; without one, for the host that keys of its shape are for.

        Raises InvalidInput, Conflict where `key_id` is taken or the master key cannot be used.
        """
        if not _KEY_ID.fullmatch(key_id):
            raise InvalidInput(
                f"{key_id[:100]!r} cannot name a key; give 1 to 100 letters, digits or any of "
                ". _ -, beginning with a letter or digit."
            )
        value = value.strip()
        if not SHORTEST <= len(value) <= LONGEST_VALUE or not _PRINTABLE.fullmatch(value):
            raise InvalidInput(
                f"A key has {SHORTEST} to {LONGEST_VALUE} printable ASCII characters, no blanks."
            )
        KNOWN.add(value)
        owner = _checked_host(host) if host else _host_by_shape(value)
        async with self._holding_master_key(exclusive=False):
            keys, _ = await self._master_keys()
            sealed = keys.seal(value, _context(key_id, owner))
            row = models.StoredKey(
                key_id=key_id,
                host=owner,
                sealed=sealed.ciphertext,
                wrapped_key=sealed.wrapped_key,
                master_id=sealed.master_id,
                created_by=created_by,
            )
            try:
                async with self._database.write() as session:
                    session.add(row)
                    await session.flush()
            except IntegrityError as error:
                raise Conflict(
                    f"There is a key {key_id!r} already; remove it first, or choose another name."
                ) from error
        return row

    async def list(self) -> Sequence[models.StoredKey]:
        """All keys by name; nothing here can be read without the master key."""
        async with self._database.read() as session:
            found = await session.scalars(
                select(models.StoredKey).order_by(models.StoredKey.key_id)
            )
            return list(found)

    async def remove(self, key_id: str) -> None:
        """Forget a key. Raises NotFound."""
        wanted = delete(models.StoredKey).where(models.StoredKey.key_id == key_id)
        async with self._database.write() as session:
            gone = await session.scalar(wanted.returning(models.StoredKey.key_id))
        if gone is None:
            raise NotFound(f"There is no key {key_id[:100]!r}.")

    async def resolve(self, reference: str, *, host: str) -> str:
        """The value behind a stored key's id or `env:NAME`, to be sent to `host` alone.

        `host` is a name or address, with its port or without. Look the value up at every use, and
        keep it no longer than that. Raises NotFound where there is none, InvalidInput where the key
        is for another host, Conflict where it does not open.
        """
        if reference.startswith(ENVIRONMENT):
            value = self._from_environment(reference.removeprefix(ENVIRONMENT))
        else:
            async with self._database.read() as session:
                row = await session.get(models.StoredKey, reference)
            if row is None:
                raise NotFound(
                    f"There is no key {reference[:100]!r}; `phantom key add` stores one."
                )
            if not _is_for(row.host, host):
                raise InvalidInput(
                    f"The key {row.key_id!r} is for {row.host} and is not sent to {host[:300]}."
                )
            value = await asyncio.to_thread(self._opened, row)
        KNOWN.add(value)
        return value

    async def rotate(self) -> tuple[int, Place]:
        """Seal everything under a new master key; returns how many keys, and where that one is.

        May be cut off at any point and done again: until the end, the old key is kept beside the
        new one. Raises Conflict where the place cannot be written and holds no newer key.
        """
        async with self._holding_master_key(exclusive=True):
            keys, place = await self._master_keys()
            renewed = keys.with_new()
            if await asyncio.to_thread(place.save, renewed):
                keys = renewed
            elif len(keys.keys) < 2:
                raise Conflict(
                    f"The master key is in {place.name}, which only you can change: put a new one "
                    "in front of it (NEW,OLD), run this again, then take the old one away."
                )
            async with self._database.write() as session:
                rows = list(await session.scalars(select(models.StoredKey).with_for_update()))
                for row in rows:
                    sealed = keys.rewrap(_sealed(row), _context(row.key_id, row.host))
                    row.wrapped_key, row.master_id = sealed.wrapped_key, sealed.master_id
            await asyncio.to_thread(place.save, keys.newest())
        return len(rows), place

    async def learn(self) -> None:
        """Have every stored key redacted from now on, wherever this process writes.

        One that does not open is left alone and logged: a server starts without it, too.
        """
        for row in await self.list():
            try:
                KNOWN.add(await asyncio.to_thread(self._opened, row))
            except PhantomError as error:
                _log.warning("a stored key cannot be used", key_id=row.key_id, why=str(error))

    async def _master_keys(self) -> tuple[MasterKeys, Place]:
        """Those of this home, made on first use; a lost one is not replaced by another."""
        found = await asyncio.to_thread(master_key.load, self._home, self._environment)
        if found is None and (rows := await self.list()):
            raise self._gone(rows[0])
        return await asyncio.to_thread(master_key.load_or_create, self._home, self._environment)

    @contextlib.asynccontextmanager
    async def _holding_master_key(self, *, exclusive: bool) -> AsyncIterator[None]:
        """While it is changed nobody seals under it: that key would be thrown away under them."""
        held = await asyncio.to_thread(master_key.hold, self._home, exclusive=exclusive)
        try:
            yield
        finally:
            os.close(held)

    def _opened(self, row: models.StoredKey) -> str:
        found = master_key.load(self._home, self._environment)
        if found is None:
            raise self._gone(row)
        return found[0].open(_sealed(row), _context(row.key_id, row.host))

    def _gone(self, row: models.StoredKey) -> Conflict:
        return Conflict(
            f"The master key {row.master_id} that the key {row.key_id!r} is sealed under is "
            f"gone: neither {master_key.VARIABLE} nor {self._home / master_key.FILE_NAME} is "
            "there. Bring it back, or remove the keys and store them again."
        )

    def _from_environment(self, name: str) -> str:
        if not _VARIABLE.fullmatch(name) or _OWN_VARIABLE.fullmatch(name):
            raise InvalidInput(f"{name[:100]!r} is not a variable that may hold an agent's key.")
        value = self._environment.get(name, "").strip()
        if not value:
            raise NotFound(f"The server's environment has no {name}; set it and start it again.")
        return value


def _context(key_id: str, host: str) -> str:
    return f"{key_id}\n{host}"


def _sealed(row: models.StoredKey) -> Sealed:
    return Sealed(row.sealed, row.wrapped_key, row.master_id)


def _checked_host(text: str) -> str:
    host = parse(text.strip())
    if host is None:
        raise InvalidInput(
            f"{text[:300]!r} is not a host; give its name alone, such as api.openai.com, or with "
            "its port."
        )
    return str(host)


def _host_by_shape(value: str) -> str:
    for beginning, host in _HOST_BY_SHAPE:
        if value.startswith(beginning):
            return host
    raise InvalidInput(
        "It cannot be told from the key which host it is for; give `host`, such as api.openai.com."
    )


def _is_for(owner: str, host: str) -> bool:
    """True where `host` is the owner, at its port where the key was stored with one."""
    # IPv6 addresses come without brackets, too.
    asked = parse(f"[{host}]" if host.count(":") > 1 and "[" not in host else host)
    meant = parse(owner)
    if asked is None or meant is None:
        return False
    return meant in {asked, Host(asked.name)}
