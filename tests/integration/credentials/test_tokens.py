"""Tokens and tickets on both databases: made once, recognised, ended."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from phantom.credentials.tokens import RECHECK_SECONDS, TICKET_SECONDS, TokenService
from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, InvalidInput, NotFound, Unauthenticated, Unavailable
from phantom.security.roles import LOCAL, Identity, Role


class Clock:
    """Stands still until it is told to go on; `seconds` is the same as a monotonic clock."""

    now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def tokens(database: Database, clock: Clock) -> TokenService:
    """The tokens of an empty database."""
    return TokenService(database, clock=clock, monotonic=clock.seconds)


async def test_a_new_token_is_recognised_by_its_name_and_role(tokens: TokenService) -> None:
    """And is in no row of the database."""
    row, text = await tokens.create("ci", Role.OPERATOR)
    assert Identity("ci", Role.OPERATOR, row.id) == await tokens.by_token(text)
    (listed,) = await tokens.list()
    kept = [getattr(listed, column.key) for column in models.ApiToken.__table__.columns]
    assert [] == [value for value in kept if text[17:] in str(value)]


@pytest.mark.parametrize("change", [str.upper, str.swapcase, lambda text: text[:-1] + "!"])
async def test_another_token_is_not(tokens: TokenService, change: object) -> None:
    """Neither before nor after the right one was looked up."""
    assert callable(change)
    _, text = await tokens.create("ci", Role.OPERATOR)
    other = text[:17] + change(text[17:])
    for _ in range(2):
        with pytest.raises(Unauthenticated, match="not one of this server's"):
            await tokens.by_token(other)
        await tokens.by_token(text)


async def test_a_token_expires_in_the_very_moment(tokens: TokenService, clock: Clock) -> None:
    """Also where it was recognised just before."""
    _, text = await tokens.create("ci", Role.VIEWER, days=1)
    clock.now += timedelta(days=1, seconds=-0.5)
    await tokens.by_token(text)
    clock.now += timedelta(seconds=0.5)
    with pytest.raises(Unauthenticated, match="'ci' has expired"):
        await tokens.by_token(text)


@pytest.mark.parametrize("by", ["name", "prefix"])
async def test_a_revoked_token_is_refused_by_every_server_within_a_second(
    tokens: TokenService, database: Database, clock: Clock, by: str
) -> None:
    """At once by the one that revoked it, and a second later by all."""
    row, text = await tokens.create("ci", Role.ADMIN)
    elsewhere = TokenService(database, clock=clock, monotonic=clock.seconds)
    assert row.id == (await elsewhere.by_token(text)).token_id
    await tokens.revoke(getattr(row, by))
    with pytest.raises(Unauthenticated, match="'ci' was revoked"):
        await tokens.by_token(text)
    clock.now += timedelta(seconds=RECHECK_SECONDS)
    with pytest.raises(Unauthenticated, match="'ci' was revoked"):
        await elsewhere.by_token(text)
    with pytest.raises(Conflict, match="already"):
        await tokens.revoke("ci")


async def test_a_name_is_given_once(tokens: TokenService) -> None:
    """Not even a revoked one is given again, so that it stays clear who did what."""
    await tokens.create("ci", Role.VIEWER)
    await tokens.revoke("ci")
    with pytest.raises(Conflict, match="not given twice"):
        await tokens.create("ci", Role.VIEWER)
    assert 1 == len(await tokens.list())


@pytest.mark.parametrize("name", ["", "local", "anonymous", " a", "a\n", "a\0b", "x" * 101, "<b>"])
async def test_a_bad_name_is_refused(tokens: TokenService, name: str) -> None:
    """It is shown in lists and kept as `updated_by`."""
    with pytest.raises(InvalidInput, match="cannot be a token's name"):
        await tokens.create(name, Role.VIEWER)


@pytest.mark.parametrize("days", [0, -1, 3651])
async def test_a_bad_end_is_refused(tokens: TokenService, days: int) -> None:
    """Ten years at most."""
    with pytest.raises(InvalidInput, match="1 to 3650 days"):
        await tokens.create("ci", Role.VIEWER, days=days)


async def test_revoking_what_is_not_there(tokens: TokenService) -> None:
    """A sentence."""
    with pytest.raises(NotFound, match="no token 'ci'"):
        await tokens.revoke("ci")


async def test_whether_anybody_could_come_in(tokens: TokenService, clock: Clock) -> None:
    """Revoked and expired tokens do not count."""
    assert not await tokens.any_valid()
    await tokens.create("a", Role.VIEWER)
    assert await tokens.any_valid()
    await tokens.revoke("a")
    assert not await tokens.any_valid()
    await tokens.create("b", Role.VIEWER, days=1)
    assert await tokens.any_valid()
    clock.now += timedelta(days=1)
    assert not await tokens.any_valid()


async def test_use_is_noted_coarsely(tokens: TokenService, clock: Clock) -> None:
    """A write every five minutes, however often it is used."""
    _, text = await tokens.create("ci", Role.VIEWER)
    first = clock.now
    for _ in range(4):
        await tokens.by_token(text)
        clock.now += timedelta(minutes=1)
        assert first == (await tokens.list())[0].last_used_at
    clock.now += timedelta(minutes=1)
    await tokens.by_token(text)
    assert clock.now == (await tokens.list())[0].last_used_at


async def test_a_ticket_opens_once(tokens: TokenService, database: Database, clock: Clock) -> None:
    """For whom it was given, on any server of the database, and of twenty at once for one."""
    row, _ = await tokens.create("ci", Role.OPERATOR)
    ticket, expires_at = await tokens.issue_ticket(Identity("ci", Role.OPERATOR, row.id))
    assert clock.now + timedelta(seconds=TICKET_SECONDS) == expires_at
    elsewhere = TokenService(database, clock=clock)
    asked = [(tokens, elsewhere)[i % 2].by_ticket(ticket) for i in range(20)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [each for each in answers if isinstance(each, Unauthenticated)]
    assert 19 == len(refused)
    assert [Identity("ci", Role.OPERATOR, row.id)] == [a for a in answers if a not in refused]


async def test_a_ticket_is_good_for_thirty_seconds(tokens: TokenService, clock: Clock) -> None:
    """And an old one is not kept."""
    ticket, _ = await tokens.issue_ticket(LOCAL)
    clock.now += timedelta(seconds=TICKET_SECONDS)
    with pytest.raises(Unauthenticated, match="older than 30 s"):
        await tokens.by_ticket(ticket)
    await tokens.issue_ticket(LOCAL)
    async with tokens._database.read() as session:
        counted = select(func.count()).select_from(models.SocketTicket)
        assert 1 == await session.scalar(counted)


async def test_a_ticket_ends_with_its_token(tokens: TokenService) -> None:
    """Who was shut out has no back door."""
    row, _ = await tokens.create("ci", Role.OPERATOR)
    ticket, _ = await tokens.issue_ticket(Identity("ci", Role.OPERATOR, row.id))
    await tokens.revoke("ci")
    with pytest.raises(Unauthenticated, match="revoked"):
        await tokens.by_ticket(ticket)


@pytest.mark.parametrize("ticket", ["", "x", "x" * 5000, "ü\0"])
async def test_what_is_no_ticket_opens_nothing(tokens: TokenService, ticket: str) -> None:
    """Whatever its length and characters."""
    with pytest.raises(Unauthenticated):
        await tokens.by_ticket(ticket)


async def test_without_a_database_nobody_is_let_in() -> None:
    """It says that this is not the token's fault."""
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    tokens = TokenService(database)
    with pytest.raises(Unavailable):
        await tokens.by_token("phantom_abcdefgh_" + "a" * 43)
    with pytest.raises(Unavailable):
        await tokens.by_ticket("a" * 43)
    await database.close()
