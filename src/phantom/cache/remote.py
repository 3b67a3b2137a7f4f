"""The third layer: Redis, which several servers share, and which is trusted with nothing.

Entries are sealed under the master key and bound to their key: what somebody else writes there does
not open, and is a miss.
"""

import base64
import json
from collections.abc import Callable
from datetime import timedelta

from phantom.errors import Conflict
from phantom.security.envelope import MasterKeys, Sealed

KEPT = timedelta(days=7)
"""After its last use; Redis' own limit of memory comes before."""
_PREFIX = "phantom:answer:"
_SECONDS = 2.0


class Forged(Exception):
    """What lies under a key is not what a server with this master key has put there."""


class RemoteUnreachable(Exception):
    """Redis does not answer."""


class RemoteLayer:
    """Entries by key at one Redis. `keys` reads the master key, and blocks for a look at a file."""

    def __init__(self, url: str, keys: Callable[[], MasterKeys]) -> None:
        from redis.asyncio import Redis

        self._keys = keys
        self._redis = Redis.from_url(
            url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS, driver_info=None
        )

    async def get(self, key: str) -> bytes | None:
        """The entry. Raises Forged, RemoteUnreachable."""
        from redis.exceptions import RedisError

        try:
            found = await self._redis.getex(_PREFIX + key, ex=KEPT)
        except (RedisError, OSError) as error:
            raise RemoteUnreachable(str(error)) from error
        return None if found is None else self._unsealed(key, found)

    async def put(self, key: str, entry: bytes) -> None:
        """Keep an entry. Raises RemoteUnreachable."""
        from redis.exceptions import RedisError

        try:
            await self._redis.set(_PREFIX + key, self._sealed(key, entry), ex=KEPT)
        except (RedisError, OSError) as error:
            raise RemoteUnreachable(str(error)) from error

    async def remove(self, key: str) -> None:
        """Forget an entry, where there is one. Raises RemoteUnreachable."""
        from redis.exceptions import RedisError

        try:
            await self._redis.delete(_PREFIX + key)
        except (RedisError, OSError) as error:
            raise RemoteUnreachable(str(error)) from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    def _sealed(self, key: str, entry: bytes) -> bytes:
        sealed = self._keys().seal(entry.decode(), _PREFIX + key)
        parts = (sealed.ciphertext, sealed.wrapped_key)
        return json.dumps(
            [sealed.master_id, *(base64.b64encode(p).decode() for p in parts)]
        ).encode()

    def _unsealed(self, key: str, found: bytes | str) -> bytes:
        try:
            master_id, *parts = json.loads(found)
            ciphertext, wrapped = (base64.b64decode(part, validate=True) for part in parts)
            sealed = Sealed(ciphertext, wrapped, str(master_id))
            return self._keys().open(sealed, _PREFIX + key).encode()
        except (ValueError, TypeError, Conflict) as error:
            raise Forged(type(error).__name__) from error
