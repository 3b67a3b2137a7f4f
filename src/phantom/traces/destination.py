"""Where traces go, as the settings say."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from phantom.errors import InvalidInput, StartupError
from phantom.security.endpoints import check_endpoint
from phantom.security.redaction import KNOWN
from phantom.settings import Settings

if TYPE_CHECKING:
    from phantom.traces.langfuse import Langfuse

Open = Callable[[], AbstractAsyncContextManager["Langfuse"]]


def destination(settings: Settings) -> Open | None:
    """What opens the way to Langfuse, or None where no keys are set.

    Raises StartupError for half a pair of keys, and for an address that keys must not be sent to.
    """
    public, secret = settings.langfuse_public_key, settings.langfuse_secret_key
    if public is None and secret is None:
        return None
    if public is None or secret is None:
        raise StartupError(
            "Langfuse needs both LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY; set the other one "
            "too, or neither."
        )
    host = settings.langfuse_host.rstrip("/")
    try:
        check_endpoint(host, allowed_hosts=settings.allowed_endpoints)
    except InvalidInput as error:
        raise StartupError(f"LANGFUSE_HOST cannot be used. {error}") from error
    KNOWN.add(secret.get_secret_value())
    KNOWN.add(base64.b64encode(f"{public}:{secret.get_secret_value()}".encode()).decode())

    @asynccontextmanager
    async def opened() -> "AsyncIterator[Langfuse]":
        from phantom.traces.langfuse import connected  # most servers never load an HTTP client

        async with connected(host, public, secret.get_secret_value()) as langfuse:
            yield langfuse

    return opened
