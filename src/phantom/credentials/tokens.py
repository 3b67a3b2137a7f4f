"""Tokens and tickets in the database: made, recognised, used up, revoked."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database, is_out_of_reach
from phantom.errors import Conflict, InvalidInput, NotFound, Unauthenticated, Unavailable
from phantom.security import tokens
from phantom.security.roles import LOCAL, RESERVED_NAMES, Identity, Role

TICKET_SECONDS = 30
"""How long a ticket opens a WebSocket."""
RECHECK_SECONDS = 1.0
"""How long an accepted token is taken at its word; so long a revoked one may still pass."""
USE_NOTED_EVERY = timedelta(minutes=5)
"""How coarse `last_used_at` is."""
LONGEST_DAYS = 3650

_NAME = re.compile(r"[\w][\w .@+-]{0,98}[\w]|[\w]")
_MAKE_ONE = "`phantom token create` on the server's machine makes one."
_UNKNOWN = f"The token is not one of this server's. {_MAKE_ONE}"

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A token that passed, and until when (monotonic seconds) that is not asked again."""

    identity: Identity
    digest: str
    expires_at: datetime | None
    until: float


class TokenService:
    """Rules and queries of tokens.

    `clock` tells when one has expired, `monotonic` (seconds) when one is to be looked up again.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._accepted: dict[str, _Accepted] = {}

    async def create(
        self, name: str, role: Role, *, days: int | None = None
    ) -> tuple[models.ApiToken, str]:
        """A new token's row, and the token itself, which is never seen again.

        Raises InvalidInput for a bad name or number of days, Conflict where the name is taken.
        """
        if name in RESERVED_NAMES or not _NAME.fullmatch(name):
            raise InvalidInput(
                f"{name!r} cannot be a token's name; give 1 to 100 letters, digits, blanks or any "
                f"of . _ @ + -, and none of {', '.join(sorted(RESERVED_NAMES))}."
            )
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise InvalidInput(f"A token lasts 1 to {LONGEST_DAYS} days, or has no end.")
        new = tokens.new_token()
        moment = self._clock()
        row = models.ApiToken(
            name=name,
            role=role,
            prefix=new.prefix,
            digest=new.digest,
            created_at=moment,
            expires_at=None if days is None else moment + timedelta(days=days),
        )
        try:
            async with self._database.write() as session:
                session.add(row)
                await session.flush()
        except IntegrityError as error:
            raise Conflict(
                f"There is a token called {name!r} already, or there was one: names are not given "
                "twice, so that it stays clear who did what. Choose another."
            ) from error
        return row, new.text

    async def list(self) -> Sequence[models.ApiToken]:
        """All tokens by name, revoked and expired ones too."""
        async with self._database.read() as session:
            found = await session.scalars(select(models.ApiToken).order_by(models.ApiToken.name))
            return list(found)

    async def revoke(self, name: str) -> models.ApiToken:
        """Make the token of that name or prefix worthless. Raises NotFound, Conflict."""
        wanted = or_(models.ApiToken.name == name, models.ApiToken.prefix == name)
        async with self._database.write() as session:
            row = await session.scalar(select(models.ApiToken).where(wanted).with_for_update())
            if row is None:
                raise NotFound(f"There is no token {name!r}; `phantom token list` shows them.")
            if row.revoked_at is not None:
                raise Conflict(f"The token {row.name!r} has been revoked already.")
            row.revoked_at = self._clock()
        self._accepted.pop(row.prefix, None)
        return row

    async def any_valid(self) -> bool:
        """True where at least one token would be accepted."""
        async with self._database.read() as session:
            counted = select(func.count()).where(
                models.ApiToken.revoked_at.is_(None),
                or_(
                    models.ApiToken.expires_at.is_(None),
                    models.ApiToken.expires_at > self._clock(),
                ),
            )
            return bool(await session.scalar(counted))

    async def by_token(self, token: str) -> Identity:
        """Whose token it is. Raises Unauthenticated; Unavailable where the database is."""
        prefix = tokens.prefix_of(token)
        if prefix is None:
            raise Unauthenticated(_UNKNOWN)
        known = self._accepted.get(prefix)
        if known is not None and known.until > self._monotonic():
            if not tokens.is_same(token, known.digest):
                raise Unauthenticated(_UNKNOWN)
            _check_expiry(known.identity.name, known.expires_at, self._clock())
            return known.identity
        try:
            return await self._looked_up(token, prefix)
        except Exception as error:  # what is not the database's absence goes on up
            if not is_out_of_reach(error):
                raise
            raise Unavailable("The database does not answer, so no token is accepted.") from error

    async def _looked_up(self, token: str, prefix: str) -> Identity:
        async with self._database.read() as session:
            row = await session.scalar(
                select(models.ApiToken).where(models.ApiToken.prefix == prefix)
            )
        if row is None or not tokens.is_same(token, row.digest):
            raise Unauthenticated(_UNKNOWN)
        identity = self._identity(row)
        until = self._monotonic() + RECHECK_SECONDS
        self._accepted[prefix] = _Accepted(identity, row.digest, row.expires_at, until)
        await self._note_use(row)
        return identity

    def _identity(self, row: models.ApiToken) -> Identity:
        """Who has the token. Raises Unauthenticated where it does not count any more."""
        if row.revoked_at is not None:
            self._accepted.pop(row.prefix, None)
            raise Unauthenticated(f"The token {row.name!r} was revoked. {_MAKE_ONE}")
        _check_expiry(row.name, row.expires_at, self._clock())
        return Identity(row.name, Role(row.role), row.id)

    async def _note_use(self, row: models.ApiToken) -> None:
        moment = self._clock()
        if row.last_used_at is not None and moment - row.last_used_at < USE_NOTED_EVERY:
            return
        used = update(models.ApiToken).where(models.ApiToken.id == row.id)
        try:
            async with self._database.write() as session:
                await session.execute(used.values(last_used_at=moment))
        except Exception as error:  # a request does not fail for a figure that is coarse anyway
            if not is_out_of_reach(error):
                raise

    async def issue_ticket(self, identity: Identity) -> tuple[str, datetime]:
        """A ticket that opens one WebSocket for `identity`, and until when."""
        ticket = tokens.new_ticket()
        moment = self._clock()
        expires_at = moment + timedelta(seconds=TICKET_SECONDS)
        async with self._database.write() as session:
            await session.execute(
                delete(models.SocketTicket).where(models.SocketTicket.expires_at <= moment)
            )
            session.add(
                models.SocketTicket(
                    digest=tokens.digest(ticket),
                    token_id=identity.token_id,
                    expires_at=expires_at,
                )
            )
        return ticket, expires_at

    async def by_ticket(self, ticket: str) -> Identity:
        """Whose ticket it is; that uses it up. Raises as `by_token`."""
        try:
            async with self._database.write() as session:
                return await self._redeemed(session, ticket)
        except Exception as error:  # what is not the database's absence goes on up
            if not is_out_of_reach(error):
                raise
            raise Unavailable("The database does not answer, so no ticket is accepted.") from error

    async def _redeemed(self, session: AsyncSession, ticket: str) -> Identity:
        used = (
            delete(models.SocketTicket)
            .where(models.SocketTicket.digest == tokens.digest(ticket))
            .returning(models.SocketTicket)
        )
        row = await session.scalar(used)
        if row is None or row.expires_at <= self._clock():
            raise Unauthenticated(
                f"The ticket is unknown, used or older than {TICKET_SECONDS} s; "
                "POST /api/ws/ticket gives another."
            )
        if row.token_id is None:
            return LOCAL
        return self._identity(await session.get_one(models.ApiToken, row.token_id))


def _check_expiry(name: str, expires_at: datetime | None, moment: datetime) -> None:
    if expires_at is not None and expires_at <= moment:
        raise Unauthenticated(f"The token {name!r} has expired. {_MAKE_ONE}")
