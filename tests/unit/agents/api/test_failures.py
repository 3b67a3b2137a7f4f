"""What the headers of a limit say about when it ends, and whether waiting helps at all."""

from datetime import timedelta

import pytest
from pydantic_ai.exceptions import ModelHTTPError, ModelRateLimitError

from phantom.agents.api.failures import Trouble, trouble_of
from phantom.agents.api.target import Dialect, Target
from phantom.agents.port import ErrorKind
from phantom.clock import utc_now

WHERE = "https://x.example/v1"
TARGET = Target(Dialect.CHAT, WHERE, "m", "x.example", "key", WHERE)


def limited(headers: dict[str, str], message: str = "slow down") -> Trouble:
    """What a 429 with these headers amounts to."""
    error = ModelHTTPError.for_category(
        ModelRateLimitError,
        status_code=429,
        model_name="m",
        body={"message": message},
        headers=headers,
    )
    return trouble_of(error, TARGET)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        (
            {"x-ratelimit-reset-requests": "9s", "x-ratelimit-remaining-requests": "12"}
            | {"x-ratelimit-reset-tokens": "4s", "x-ratelimit-remaining-tokens": "0"},
            4.0,
        ),
        ({"x-ratelimit-reset-tokens": "soon"}, None),
    ],
)
def test_a_limit_ends_when_its_headers_say(headers: dict[str, str], seconds: float | None) -> None:
    """`Retry-After` first, then the reset of the window that is used up."""
    assert seconds == limited(headers).retry_after


def test_a_reset_may_be_a_moment() -> None:
    """As Anthropic gives it."""
    moment = (utc_now() + timedelta(hours=1)).isoformat()
    wait = limited({"anthropic-ratelimit-tokens-reset": moment}).retry_after
    assert wait is not None
    assert 3500 < wait <= 3600


def test_a_used_up_quota_is_not_waited_for() -> None:
    """Unless it says when it ends."""
    spent = limited({}, "You exceeded your current quota")
    waiting = limited({"retry-after": "30"}, "quota of requests per minute")
    assert (ErrorKind.RATE_LIMIT, None) == (spent.kind, spent.retry_after)
    assert "Waiting will not help" in spent.message
    assert (30.0, False) == (waiting.retry_after, "Waiting will not help" in waiting.message)


def test_what_nobody_foresaw_is_told_with_its_name() -> None:
    """And may have cost something."""
    trouble = trouble_of(RuntimeError("what"), TARGET)
    assert (ErrorKind.ERROR, True) == (trouble.kind, trouble.billed)
    assert "RuntimeError: what" in trouble.message
