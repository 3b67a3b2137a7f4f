"""What went wrong with a request, as a kind that decides what follows and a sentence for people."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
)
from pydantic_ai.messages import ModelResponse

from phantom.agents.api.target import Target
from phantom.agents.port import ErrorKind
from phantom.clock import utc_now
from phantom.security.outbound import Refused

_WORDS = 300
_QUOTA = re.compile(r"quota|billing|credit", re.IGNORECASE)
_SPAN = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
_RESETS = (
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "anthropic-ratelimit-requests-reset",
    "anthropic-ratelimit-tokens-reset",
    "anthropic-ratelimit-input-tokens-reset",
    "anthropic-ratelimit-output-tokens-reset",
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a request has no answer.

    Attributes:
        billed: true where the provider may have charged for it all the same.
    """

    kind: ErrorKind
    message: str
    retry_after: float | None = None
    billed: bool = False


def trouble_of(error: Exception, target: Target) -> Trouble:
    """What an exception of the SDKs, of pydantic-ai or of our way out amounts to."""
    where = target.base_url
    for each in _causes(error):
        if isinstance(each, Refused):
            return Trouble(ErrorKind.ERROR, str(each), billed="longer than" in str(each))
    if isinstance(error, ModelAPIError):
        return _provider_trouble(error, target)
    if isinstance(error, UnexpectedModelBehavior):
        message = f"{where} answered something that is no model's answer: {_short(str(error))}."
        return Trouble(ErrorKind.ERROR, message, billed=True)
    return Trouble(
        ErrorKind.ERROR,
        f"The request to {where} broke: {type(error).__name__}: {_short(str(error))}.",
        billed=True,
    )


def flaw_of(answer: ModelResponse, target: Target) -> Trouble | None:
    """What is wrong with an answer that came without an error; None where it is whole."""
    where = target.base_url
    if answer.finish_reason == "content_filter":
        return Trouble(
            ErrorKind.DENIED, f"{where} refuses to answer: its content filter objects.", billed=True
        )
    if answer.finish_reason is None:
        return _broken_off(target)
    if not answer.parts:
        message = f"{where} gave an empty answer; look at the connection's `model`."
        return Trouble(ErrorKind.ERROR, message, billed=True)
    return None


_SENTENCES: tuple[tuple[type[ModelAPIError], ErrorKind, str], ...] = (
    (
        ModelQuotaExceededError,
        ErrorKind.RATE_LIMIT,
        (
            "The account at {where} is used up: {said} Waiting will not help; add credit, raise "
            "its limit, or use another agent."
        ),
    ),
    (
        ModelRateLimitError,
        ErrorKind.RATE_LIMIT,
        "{where} limits how much may be asked: {said}",
    ),
    (
        ModelAuthenticationError,
        ErrorKind.AUTH,
        (
            "{where} does not take {key}: {said} Store a valid key and name it in the connection's "
            "`api_key_id`."
        ),
    ),
    (
        ModelContextWindowExceededError,
        ErrorKind.MODEL,
        (
            "The prompt is too long for {model}: {said} Choose a model with a larger context, or a "
            "higher compression ratio."
        ),
    ),
    (
        ModelNotFoundError,
        ErrorKind.MODEL,
        (
            "{where} knows no model {model!r}: {said} Look at the connection's `model`, and at the "
            "path of its `endpoint`."
        ),
    ),
    (ModelRequestRejectedError, ErrorKind.MODEL, "{where} refuses the request: {said}"),
    (ModelUnavailableError, ErrorKind.OVERLOADED, "{where} cannot answer now: {said}"),
    (ModelServerError, ErrorKind.OVERLOADED, "{where} cannot answer now: {said}"),
    (
        ModelAPIError,
        ErrorKind.ERROR,
        "{where} did not answer as an API does: {said} Look at its path and port.",
    ),
)
"""The first that fits counts."""


def _provider_trouble(error: ModelAPIError, target: Target) -> Trouble:
    if isinstance(error, ModelConnectionError):
        return _unreached(error, target)
    if "finish_reason" in error.message and not isinstance(error, ModelHTTPError):
        return _broken_off(target)
    said, wait = _said(error), _retry_after(error)
    spent = isinstance(error, ModelRateLimitError) and wait is None and _QUOTA.search(said)
    found = _SENTENCES[0] if spent else next(e for e in _SENTENCES if isinstance(error, e[0]))
    kind, sentence = found[1:]
    key = f"the key {target.key_id!r}" if target.key_id else "a request without a key"
    return Trouble(
        kind,
        sentence.format(where=target.base_url, said=said, model=target.model, key=key),
        wait if found is not _SENTENCES[0] else None,
        billed=error.in_stream or found is _SENTENCES[-1],
    )


def _broken_off(target: Target) -> Trouble:
    message = f"{target.base_url} broke its answer off in the middle."
    return Trouble(ErrorKind.OVERLOADED, message, billed=True)


def _unreached(error: ModelConnectionError, target: Target) -> Trouble:
    where = target.base_url
    if error.phase in {"read", "write"} or error.phase is None:
        if not isinstance(error, ModelTimeoutError):
            return _broken_off(target)
        return Trouble(ErrorKind.OVERLOADED, f"{where} fell silent.", billed=True)
    why = "did not answer in time" if isinstance(error, ModelTimeoutError) else "does not answer"
    causes = [str(each) for each in _causes(error) if "name server" in str(each)]
    detail = f" ({causes[0]})" if causes else ""
    return Trouble(
        ErrorKind.OVERLOADED,
        f"{where} {why}{detail}. Look at the connection's endpoint and port, and whether the "
        "server there is running.",
    )


def _said(error: ModelAPIError) -> str:
    """The provider's own words, as a sentence."""
    status = f" (status {error.status_code})" if isinstance(error, ModelHTTPError) else ""
    words = _short(_message(error.body) or ("" if status else error.message))
    return f"{words or 'no reason given'}{status}."


def _message(body: object) -> str:
    """The text of an error body; the vendors nest it in different depths."""
    if isinstance(body, list) and body:
        return _message(body[0])
    if not isinstance(body, dict):
        return ""
    for name in ("message", "error", "detail"):
        inner = body.get(name)
        if isinstance(inner, str):
            return inner
        if isinstance(inner, dict) and (found := _message(inner)):
            return found
    return ""


def _short(text: str) -> str:
    return " ".join(text.split())[:_WORDS].rstrip(".")


def _retry_after(error: ModelAPIError) -> float | None:
    """Seconds until a limit ends, by `Retry-After` or by the headers that say when it is reset."""
    if error.retry_after is not None:
        return error.retry_after
    headers = (error.headers or {}) if isinstance(error, ModelHTTPError) else {}
    waits = [seconds for name in _RESETS if (seconds := _reset(headers, name)) is not None]
    return max(waits) if waits else None


def _reset(headers: Mapping[str, str], name: str) -> float | None:
    value = headers.get(name, "").strip()
    # A window that is not used up is not what is waited for.
    remaining = name.replace("reset", "remaining")
    if not value or headers.get(remaining, "0").strip() not in {"0", ""}:
        return None
    if (span := _SPAN.fullmatch(value)) is not None:
        hours, minutes, seconds, millis = (float(part or 0) for part in span.groups())
        return hours * 3600 + minutes * 60 + seconds + millis / 1000
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - utc_now()).total_seconds())


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that led to it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
