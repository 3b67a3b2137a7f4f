"""Later iterations: they continue the conversation where that is sound, and begin as it began."""

from collections.abc import Callable
from pathlib import Path

import pytest

from phantom.agents.api import Surroundings, connect
from phantom.agents.api.journal import FILE_NAME
from phantom.agents.port import Activity, AgentEvent, AgentRequest, Finished
from tests.support.api_agents import DIALECTS, connection, events, of_type, request
from tests.support.dialects import Say, Use
from tests.support.prefixes import unchanged
from tests.support.provider import DONE, Provider, turns

CONTEXT = "\n".join(f"src/module_{n}.py:{n}: def function_{n}() -> int: ..." for n in range(60))
FINDING = "tests/test_a.py::test_two failed: expected 2, got 1"
WRITES = turns(Use("write_file", {"path": "a.txt", "content": "one\n"}), Say(DONE))
READS = turns(Use("read_file", {"path": "a.txt"}), Say(DONE))


def iteration(workspace: Path, number: int, session: str | None) -> AgentRequest:
    """The call of an iteration, with what was found after the one before it."""
    return request(
        workspace,
        call_id=f"task/1/{number}/1",
        iteration=number,
        context=CONTEXT,
        feedback=(f"{FINDING} ({number})",) if number > 1 else (),
        session_id=session,
    )


def session_of(event: AgentEvent) -> str | None:
    """What a finished call can be continued by."""
    assert isinstance(event, Finished)
    return event.session_id


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("continued", [True, False])
async def test_most_of_a_later_prompt_was_there_before(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str, continued: bool
) -> None:
    """At least 80 % of the prompts of iterations 2 and 3 begin an earlier one, word for word."""
    first, later = provider.play(WRITES), provider.play(READS)
    told = await events(connect(connection(dialect, first), around), iteration(workspace, 1, None))
    # The endpoint is the same to the agent, as it would be in life.
    agent = connect(connection(dialect, first), around)
    provider.replace(first, later)
    for number in (2, 3):
        session = session_of(told[-1]) if continued else None
        told = await events(agent, iteration(workspace, number, session))

    asked = [each.body for each in provider.asked_of(first)]
    share = unchanged(asked[2:], asked[:2])
    assert share >= 0.8
    assert 6 == len(asked)
    assert [] == of_type(Activity, told)


async def test_anthropic_is_told_what_to_keep(
    provider: Provider, around: Surroundings, workspace: Path
) -> None:
    """A mark after the tools, after how to work, after the task, and at the end."""
    url = provider.url("text")
    agent = connect(connection("anthropic", url), around)
    await events(agent, iteration(workspace, 2, None))

    (body,) = (asked.body for asked in provider.asked_of(url))
    steady, found = body["messages"][0]["content"]
    assert "cache_control" in body["tools"][-1]
    assert "cache_control" in body["system"][-1]
    assert "cache_control" in steady
    assert ("cache_control" in body) or ("cache_control" in found)
    assert FINDING in found["text"]
    assert FINDING not in steady["text"]


def changed_by_others(workspace: Path, _: Path) -> None:
    """Somebody else edits what the agent wrote."""
    (workspace / "a.txt").write_text("three\n")


def gone(_: Path, journal: Path) -> None:
    """The journal was removed."""
    journal.unlink()


def damaged(_: Path, journal: Path) -> None:
    """The journal's first line is no JSON."""
    journal.write_bytes(b"{\n" + journal.read_bytes())


def cut(_: Path, journal: Path) -> None:
    """The call has not come to its end."""
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))


@pytest.mark.parametrize("spoil", [changed_by_others, gone, damaged, cut])
async def test_a_conversation_that_does_not_fit_any_more_begins_anew(
    provider: Provider,
    around: Surroundings,
    workspace: Path,
    spoil: Callable[[Path, Path], None],
) -> None:
    """And says why; the model is told everything again."""
    url = provider.play(WRITES)
    agent = connect(connection("chat", url), around)
    first = await events(agent, iteration(workspace, 1, None))
    session = session_of(first[-1])
    assert session is not None
    spoil(workspace, around.journals / session / FILE_NAME)

    told = await events(agent, iteration(workspace, 2, session))

    assert isinstance(told[0], Activity)
    assert "begins anew" in told[0].message
    assert "function_7" in provider.asked_of(url)[2].text
    assert 2 == len(provider.asked_of(url)[2].body["messages"])


@pytest.mark.parametrize("session", ["../../etc", "/etc", "a\0b", "", "nobody/1/1/1"])
async def test_a_session_that_is_none_is_passed_over(
    provider: Provider, around: Surroundings, workspace: Path, session: str
) -> None:
    """Whatever stands in its place, nothing outside the journals is read."""
    agent = connect(connection("chat", provider.url("text")), around)
    told = await events(agent, iteration(workspace, 2, session))

    assert isinstance(told[-1], Finished)
