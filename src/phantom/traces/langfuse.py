"""Langfuse over HTTP: traces by OTLP, scores by its own interface, and whether the keys count."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import structlog
from pydantic import JsonValue

from phantom import __version__
from phantom.security.redaction import redacted
from phantom.traces import otlp
from phantom.traces.port import KeysRefused, Later, NotTaken, Rejected
from phantom.traces.spans import Score, Trace

TIMEOUT_SECONDS = 15.0
"""For one request in all, however slowly its answer trickles in."""
_TRACES = "/api/public/otel/v1/traces"
_SCORES = "/api/public/scores"
_KEYS = "/api/public/projects"
_HEADERS = {
    # Without it Langfuse shows what it gets only minutes later.
    "x-langfuse-ingestion-version": "4",
    "user-agent": f"phantom/{__version__}",
    # Of a refusal some words are read as they come, without unpacking anything.
    "accept-encoding": "identity",
}
_KEYS_REFUSED = {401, 403}
_REJECTED = {400, 413, 422}
_READ_BYTES = 2_000
_LONGEST_WAIT_SECONDS = 600.0

_log = structlog.get_logger(__name__)


class Langfuse:
    """A client with a project's keys; connections are kept while it is open."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def check(self) -> None:
        """Return where Langfuse answers and accepts the keys. Raises Later or KeysRefused."""
        await self._ask("GET", _KEYS)

    async def send(self, trace: Trace) -> None:
        """Hand over a trace. Raises NotTaken.

        The scores go first: sent again they replace themselves, while spans would be doubled.
        """
        for score in trace.scores:
            try:
                await self._ask("POST", _SCORES, _score(trace.trace_id, score))
            except Rejected as error:  # no reason to lose the trace as well
                _log.warning("a score was rejected", score=score.score_id, error=str(error))
        body = await asyncio.to_thread(otlp.payload, trace)
        await self._ask("POST", _TRACES, body)

    async def _ask(self, method: str, path: str, body: JsonValue = None) -> None:
        try:
            async with (
                asyncio.timeout(TIMEOUT_SECONDS),
                self._client.stream(method, path, json=body) as answer,
            ):
                if not answer.is_success:
                    raise _refusal(answer, await _beginning(answer))
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            why = redacted(str(error)) or type(error).__name__
            raise Later(f"Langfuse does not answer: {why}") from error


@asynccontextmanager
async def connected(host: str, public_key: str, secret_key: str) -> AsyncIterator[Langfuse]:
    """A client of the Langfuse at `host`."""

    def made() -> httpx.AsyncClient:
        auth = httpx.BasicAuth(public_key, secret_key)
        return httpx.AsyncClient(
            base_url=host, auth=auth, headers=_HEADERS, timeout=TIMEOUT_SECONDS
        )

    # It reads the certificates of the system.
    async with await asyncio.to_thread(made) as client:
        yield Langfuse(client)


def _score(trace_id: str, score: Score) -> JsonValue:
    return {
        "id": score.score_id,
        "traceId": trace_id,
        "observationId": score.span_id,
        "name": score.name,
        "value": score.value,
        "dataType": "NUMERIC",
    }


async def _beginning(answer: httpx.Response) -> str:
    """The first words of an answer, which may be long and come from anybody."""
    read = b""
    async for part in answer.aiter_raw(_READ_BYTES):
        read += part
        if len(read) >= _READ_BYTES:
            break
    return redacted(read[:_READ_BYTES].decode(errors="replace"))[:200]


def _refusal(answer: httpx.Response, words: str) -> NotTaken:
    status = answer.status_code
    if status in _KEYS_REFUSED:
        return KeysRefused(
            f"Langfuse refuses the keys ({status}); check LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY "
            "and that LANGFUSE_HOST is the region they belong to."
        )
    if status in _REJECTED:
        return Rejected(f"Langfuse answers {status}: {words}")
    # Whatever else it is, such as another server at this address: no reason to lose a trace.
    return Later(f"Langfuse answers {status}: {words}", _wait(answer))


def _wait(answer: httpx.Response) -> float | None:
    """What `Retry-After` says in seconds; a date there is as good as nothing said."""
    try:
        return min(max(0.0, float(answer.headers["retry-after"])), _LONGEST_WAIT_SECONDS)
    except (KeyError, ValueError):
        return None
