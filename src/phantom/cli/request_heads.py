"""A bound on what comes before a request's body, which uvicorn's fast parser does not set."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
"""Request line and headers together."""
_ANSWER = b'{"detail":"The headers of the request are larger than 65,536 bytes."}'
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/json\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_ANSWER), _ANSWER)
)


class BoundedHeads(HttpToolsProtocol):
    """Answers 431 and hangs up once a head is longer than it may be, by one read at most."""

    _in_head = True
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self.transport.is_closing():
            return  # what was still under way when it was refused
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self.transport.write(_REFUSAL)
            self.transport.close()

    def on_message_begin(self) -> None:
        """See `httptools`."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """See `httptools`."""
        self._in_head, self._head_bytes = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """See `httptools`."""
        # What was read of a body is not part of the next head.
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()
