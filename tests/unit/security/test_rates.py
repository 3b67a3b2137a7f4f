"""How often one caller may start work, by a clock of the test's own."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from phantom.security.auth import IDENTITY
from phantom.security.rates import SlidingWindow, WorkLimit
from phantom.security.roles import Identity, Role
from tests.support.api import Exchange, exchange


class Clock:
    """Stands still until it is told to go on."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(
    limit=st.integers(1, 5),
    waits=st.lists(st.floats(0, 30, allow_nan=False), max_size=60),
)
async def test_no_window_ever_holds_more_than_the_limit(limit: int, waits: Sequence[float]) -> None:
    """Whenever somebody asks, and however long they wait in between."""
    clock = Clock()
    window = SlidingWindow(limit, seconds=60, clock=clock)
    admitted: list[float] = []
    for wait in waits:
        clock.now += wait
        recent = [moment for moment in admitted if moment > clock.now - 60]
        left = await window.admit("a")
        assert (len(recent) < limit) == (left == 0)
        if left == 0:
            admitted.append(clock.now)


async def test_the_wait_that_is_told_is_the_wait_that_is_needed() -> None:
    """A moment before, it is refused still; then it is admitted."""
    clock = Clock()
    window = SlidingWindow(2, seconds=60, clock=clock)
    assert 0 == await window.admit("a")
    clock.now += 10
    assert 0 == await window.admit("a")
    assert 50 == await window.admit("a")
    clock.now += 49
    assert 1 == await window.admit("a")
    clock.now += 1
    assert 0 == await window.admit("a")
    assert 10 == await window.admit("a")


async def test_callers_do_not_use_up_each_other_s_share_and_are_forgotten() -> None:
    """One window for each, gone when it is empty."""
    clock = Clock()
    window = SlidingWindow(1, clock=clock)
    assert [0, 0] == [await window.admit("a"), await window.admit("b")]
    assert await window.admit("a") > 0
    clock.now += 60
    await window.admit("c")
    assert {"c"} == set(window._admitted)


async def ask(app: WorkLimit, method: str, path: str, name: str = "ci") -> Exchange:
    """One request of the token `name`."""
    identity = Identity(name, Role.OPERATOR, f"id of {name}")

    async def authenticated(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope | {IDENTITY: identity}, receive, send)

    return await exchange(authenticated, method, path, [])


async def test_the_third_task_of_a_minute_is_refused_with_a_time_to_come_back() -> None:
    """429 with Retry-After and a sentence; reading is not limited, nor is anybody else."""
    clock = Clock()

    async def inside(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    app = WorkLimit(inside, 2, SlidingWindow(2, clock=clock))
    assert 200 == (await ask(app, "POST", "/api/orchestration/execute")).status
    clock.now += 0.5
    assert 200 == (await ask(app, "POST", "/api/tasks")).status
    refused = await ask(app, "POST", "/api/orchestration/execute")
    assert (429, "60") == (refused.status, refused.headers["retry-after"])
    assert b"'ci' has started 2 tasks within a minute" in refused.body
    assert 200 == (await ask(app, "GET", "/api/tasks")).status
    assert 200 == (await ask(app, "POST", "/api/tasks/x/cancel")).status
    assert 200 == (await ask(app, "POST", "/api/tasks", name="other")).status
    clock.now += 60
    assert 200 == (await ask(app, "POST", "/api/orchestration/execute")).status
