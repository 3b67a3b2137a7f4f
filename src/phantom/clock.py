"""UTC, the only time zone Phantom knows."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The current moment, timezone-aware, in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with `Z`, as every timestamp on the wire; `moment` must be timezone-aware."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
