"""An HTTP client that connects to judged addresses only and reads answers within bounds."""

import ssl
from collections.abc import AsyncIterator

import httpx2

from phantom.security.outbound import (
    CONNECT_SECONDS,
    MAX_ANSWER_BYTES,
    READ_SECONDS,
    Destination,
    Refused,
)

_SHOWN = 200


def client(destination: Destination, trust: ssl.SSLContext) -> httpx2.AsyncClient:
    """A client for one origin: no redirects, no proxy, nothing from the environment."""
    return httpx2.AsyncClient(
        transport=_Pinned(destination, trust),
        timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
    )


class _Pinned(httpx2.AsyncBaseTransport):
    """Looks the host up for each request and connects to the address that was judged.

    The TLS handshake and the `Host` header name the host as it is written, so its certificate is
    checked as ever. Connections are pooled by address, and a pool belongs to one origin.
    """

    def __init__(self, destination: Destination, trust: ssl.SSLContext) -> None:
        self._destination = destination
        self._inner = httpx2.AsyncHTTPTransport(
            verify=trust,
            trust_env=False,
            limits=httpx2.Limits(max_connections=200, max_keepalive_connections=40),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request. Raises Refused, and what httpx2 raises where nobody answers."""
        self._check_origin(request.url)
        request.headers["accept-encoding"] = "identity"
        failure: httpx2.ConnectError | None = None
        for address in await self._addresses():
            try:
                response = await self._inner.handle_async_request(self._pinned(request, address))
            except httpx2.ConnectError as error:  # nothing was sent yet
                failure = error
                continue
            await _check(response)
            return _bounded(response)
        raise failure or httpx2.ConnectError(f"{self._destination.endpoint.host} has no address")

    async def aclose(self) -> None:
        """Close the pool."""
        await self._inner.aclose()

    def _check_origin(self, url: httpx2.URL) -> None:
        endpoint = self._destination.endpoint
        port = url.port or {"http": 80, "https": 443}.get(url.scheme)
        if (url.scheme, url.host.removesuffix("."), port) != (
            endpoint.scheme,
            endpoint.host,
            endpoint.port,
        ):
            raise Refused(
                f"A request was meant for {url.scheme}://{url.host}, but this connection is to "
                f"{endpoint.scheme}://{endpoint.host} alone; nothing was sent."
            )

    async def _addresses(self) -> list[str]:
        try:
            return await self._destination.addresses()
        except OSError as error:
            host = self._destination.endpoint.host
            raise httpx2.ConnectError(f"no name server knows {host}") from error

    def _pinned(self, request: httpx2.Request, address: str) -> httpx2.Request:
        host = self._destination.endpoint.host
        extensions = dict(request.extensions)
        # The SDKs set one timeout for everything; waiting so long for a connection helps nobody.
        extensions["timeout"] = {**extensions.get("timeout", {}), "connect": CONNECT_SECONDS}
        if host != address:
            extensions["sni_hostname"] = host
        return httpx2.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions=extensions,
        )


async def _check(response: httpx2.Response) -> None:
    sentence = _objection(response)
    if sentence is not None:
        await response.aclose()
        raise Refused(sentence)


def _objection(response: httpx2.Response) -> str | None:
    headers, status = response.headers, response.status_code
    if response.has_redirect_location:
        return (
            f"The endpoint answers {status} and points to {headers['location'][:_SHOWN]!r}; "
            "redirects are not followed. Set the endpoint to the address that is meant."
        )
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        return f"The endpoint answers in the coding {coding[:20]!r} although it was asked not to."
    if int(headers.get("content-length", "0")) > MAX_ANSWER_BYTES:
        return _too_long()
    page = headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml"))
    # Errors with other statuses come as pages from proxies in between; the status says enough.
    if page and (status < 400 or status in {404, 405}):
        return (
            f"The endpoint answered an HTML page (status {status}), not an API's answer. Look at "
            "its path (most end in /v1), and whether a login page or a proxy stands in between."
        )
    return None


def _too_long() -> str:
    return f"The endpoint's answer is longer than {MAX_ANSWER_BYTES:,} bytes; it was not read on."


def _bounded(response: httpx2.Response) -> httpx2.Response:
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    return httpx2.Response(
        response.status_code,
        headers=response.headers,
        stream=_Bounded(response.stream),
        extensions=response.extensions,
    )


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with an error where it is too long."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner
        self._chunks = aiter(inner)
        self._length = 0

    # No generator: one more that is left in the middle when a client hangs up would have to be
    # closed by the loop, some time later.
    def __aiter__(self) -> AsyncIterator[bytes]:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next bytes. Raises Refused past the limit."""
        chunk = await anext(self._chunks)
        self._length += len(chunk)
        if self._length > MAX_ANSWER_BYTES:
            raise Refused(_too_long())
        return chunk

    async def aclose(self) -> None:
        """Hang up."""
        await self._inner.aclose()
