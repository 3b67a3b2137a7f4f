"""Columns behave alike on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from tests.support import rows


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(1999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=12))),
    ],
)
async def test_a_moment_comes_back_as_the_same_moment_in_utc(
    database: Database, moment: datetime
) -> None:
    """To the microsecond, whatever its zone was."""
    stored = await rows.stored_task(database, created_at=moment)

    async with database.read() as session:
        read = await session.get_one(models.Task, stored.id)

    assert moment == read.created_at
    assert UTC is read.created_at.tzinfo


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    """It would silently shift by the zone of whoever reads it; nothing is stored."""
    naive = utc_now().replace(tzinfo=None)

    with pytest.raises(StatementError, match="without a time zone"):
        await rows.stored_task(database, created_at=naive)


async def test_no_moment_is_no_moment(database: Database) -> None:
    """None goes in and out."""
    stored = await rows.stored_task(database, completed_at=None)

    async with database.read() as session:
        assert (await session.get_one(models.Task, stored.id)).completed_at is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("plain, ünï, 日本, \N{PARTY POPPER}, \n\t", None),
        ("a\0b", "a\ufffdb"),
        ("a\ud800b", "a?b"),
        ("x" * 3_000_000, None),
    ],
)
async def test_whatever_an_agent_writes_can_be_kept(
    database: Database, written: str, read: str | None
) -> None:
    """Text of any length and with any character is stored; only the unstorable is replaced."""
    stored = await rows.stored_task(database, content=written, session_id=written)

    async with database.read() as session:
        row = await session.get_one(models.Task, stored.id)

    assert (read or written) == row.content == row.session_id
