"""UTC, the only time zone Phantom knows, and spans that survive a clock that is set."""

from datetime import UTC, datetime, timedelta

SKEW = timedelta(minutes=1)
"""By how much the clocks of two hosts may differ before one of them counts as set."""


def utc_now() -> datetime:
    """The current moment, timezone-aware, in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with `Z`, as every timestamp on the wire; `moment` must be timezone-aware."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_within(since: datetime, lasts: timedelta, now: datetime) -> bool:
    """True where a span that began at `since` and lasts for so long is not over.

    One that begins in the future is over: the clock was set back, and nobody knows since when it
    lasts. What it kept from being done is then done too early once, instead of much too late.
    """
    return since - SKEW <= now < since + lasts
