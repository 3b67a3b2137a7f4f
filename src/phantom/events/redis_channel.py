"""Waking processes by Redis' publish and subscribe; needs the extra `scale`."""

import contextlib
from collections.abc import AsyncIterator

from phantom.errors import StartupError
from phantom.events.remote_bus import Channel, ChannelLost

_NAME = "phantom:events"
_POLL_SECONDS = 5.0


def check_redis_installed() -> None:
    """Raise StartupError, with what to do, where the client library is missing."""
    try:
        import redis.asyncio  # noqa: F401 - an extra; asked for only where it is configured
    except ImportError as error:
        raise StartupError(
            "REDIS_URL is set, but the Redis client is not installed; "
            "install Phantom with the extra `scale`, or unset it."
        ) from error


@contextlib.asynccontextmanager
async def redis_channel(url: str) -> AsyncIterator[Channel]:
    """A channel on connections of its own to the Redis at `url`. Raises ChannelLost."""
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    # No driver info: the client would look its own version up on disk at every connection.
    client = Redis.from_url(url, socket_connect_timeout=5, socket_keepalive=True, driver_info=None)
    subscription = client.pubsub(ignore_subscribe_messages=True)

    class RedisChannel:
        async def notify(self) -> None:
            try:
                await client.publish(_NAME, b"")
            except (RedisError, OSError) as error:
                raise ChannelLost(f"Redis: {error}") from error

        async def wait(self) -> None:
            try:
                while await subscription.get_message(timeout=_POLL_SECONDS) is None:
                    pass
            except (RedisError, OSError) as error:
                raise ChannelLost(f"Redis: {error}") from error

    try:
        await subscription.subscribe(_NAME)
    except (RedisError, OSError) as error:
        await client.aclose()
        raise ChannelLost(f"Redis: {error}") from error
    try:
        yield RedisChannel()
    finally:
        await subscription.aclose()  # type: ignore[no-untyped-call] # typed nowhere
        await client.aclose()
