"""Answers that are kept while nothing changes."""

import asyncio
from itertools import count

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from phantom.api.kept import KeptAnswers
from phantom.db.database import Database
from phantom.security.auth import IDENTITY
from phantom.security.roles import Identity, Role
from tests.support import rows
from tests.support.api import until

ADA, BOB = Identity("ada", Role.ADMIN), Identity("bob", Role.VIEWER)


class Counting:
    """A handler that answers with how often it was asked."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, request: Request) -> Response:
        """The next number, once it may go on."""
        number = next(self._numbers)
        await self.go_on.wait()
        return JSONResponse(number, status_code=200 if request.url.path != "/gone" else 404)


def asked(path: str = "/api/tasks", query: bytes = b"", by: Identity = ADA) -> Request:
    """A request as it comes through the guards."""
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, IDENTITY: by}
    return Request(scope | {"headers": [], "server": ("127.0.0.1", 1336)})


@pytest.fixture
async def kept(database: Database) -> KeptAnswers:
    """Kept answers over a database."""
    return KeptAnswers(database)


async def write(database: Database) -> None:
    """Change something."""
    async with database.write() as session:
        session.add(rows.project())


async def test_an_answer_is_given_again_until_something_is_written(
    kept: KeptAnswers, database: Database
) -> None:
    """A write of this process makes the next answer a new one."""
    handler = Counting()
    bodies = [(await kept.answer(asked(), handler)).body for _ in range(3)]
    await write(database)
    bodies.append((await kept.answer(asked(), handler)).body)

    assert [b"1", b"1", b"1", b"2"] == [bytes(body) for body in bodies]


async def test_what_is_written_while_an_answer_is_made_makes_it_old(
    kept: KeptAnswers, database: Database
) -> None:
    """It may or may not have seen the change; the next one has."""
    handler = Counting()
    handler.go_on.clear()
    first = asyncio.create_task(kept.answer(asked(), handler))
    await asyncio.sleep(0)
    await write(database)
    handler.go_on.set()

    assert b"1" == (await first).body
    assert b"2" == (await kept.answer(asked(), handler)).body


async def test_callers_addresses_and_queries_have_answers_of_their_own(kept: KeptAnswers) -> None:
    """Nobody gets what was made for somebody else, or for another page."""
    handler = Counting()
    requests = [asked(), asked(by=BOB), asked(query=b"page=2"), asked("/api/projects")]
    bodies = [bytes((await kept.answer(each, handler)).body) for each in requests]

    assert [b"1", b"2", b"3", b"4"] == bodies


async def test_a_failure_is_not_kept(kept: KeptAnswers) -> None:
    """What was not found may be there the next time."""
    handler = Counting()
    await kept.answer(asked("/gone"), handler)

    assert b"2" == (await kept.answer(asked("/gone"), handler)).body


async def test_of_many_who_ask_at_once_one_has_it_made(kept: KeptAnswers) -> None:
    """The others wait for it; a second one is made for those who came after it had begun."""
    handler = Counting()
    handler.go_on.clear()
    waiting = [asyncio.create_task(kept.answer(asked(), handler)) for _ in range(20)]
    await asyncio.sleep(0.01)
    handler.go_on.set()

    assert {b"1", b"2"} >= {bytes((await each).body) for each in waiting}


async def test_a_change_by_another_process_is_seen_soon(kept: KeptAnswers) -> None:
    """Its writes are not counted here, but no answer is kept for long."""
    handler = Counting()
    assert b"1" == (await kept.answer(asked(), handler)).body

    async def seen() -> bool:
        return (await kept.answer(asked(), handler)).body != b"1"

    await until(seen)


async def test_old_answers_make_room(kept: KeptAnswers) -> None:
    """However many addresses are asked for, few are kept."""
    handler = Counting()
    for number in range(300):
        await kept.answer(asked(query=f"page={number}".encode()), handler)

    assert 256 == len(kept._answers)
