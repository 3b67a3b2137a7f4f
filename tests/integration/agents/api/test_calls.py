"""Models behind each dialect, streaming and not: they work with their hands, and are counted."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from phantom.agents.api import Surroundings, connect
from phantom.agents.api.call import MAX_TURNS
from phantom.agents.port import (
    Activity,
    FileEdit,
    Finished,
    TextDelta,
    ToolUse,
    Usage,
    UsageReport,
)
from phantom.vocabulary import CostSource, TaskType
from tests.support.api_agents import DIALECTS, KEY, connection, events, of_type, request
from tests.support.dialects import CACHED, INPUT, OUTPUT, Say, Use
from tests.support.provider import DONE, GREETING, HELLO, Provider, always, turns

EACH = Usage(input=INPUT - CACHED, output=OUTPUT, cache_read=CACHED)
SMUGGLED = "smuggled-by-the-environment"
TWICE = Usage(input=2 * EACH.input, output=2 * OUTPUT, cache_read=2 * CACHED)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("scenario", ["edit", "edit,plain=1"])
async def test_a_file_is_written_through_tools(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str, scenario: str
) -> None:
    """Over every dialect, streaming or not, with every token counted once."""
    agent = connect(connection(dialect, provider.url(scenario)), around)

    told = await events(agent, request(workspace))

    assert GREETING == (workspace / HELLO).read_text()
    assert [ToolUse(tool="write_file", summary=HELLO)] == of_type(ToolUse, told)
    assert [FileEdit(path=HELLO)] == of_type(FileEdit, told)
    assert [UsageReport(usage=EACH), UsageReport(usage=TWICE)] == of_type(UsageReport, told)
    ended = told[-1]
    assert isinstance(ended, Finished)
    assert (DONE, TWICE, "task/1/1/1") == (ended.content, ended.usage, ended.session_id)
    assert ended.cost in {TWICE.total / 1_000_000, None}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_price_is_told_of_what_was_measured(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str
) -> None:
    """By the table; of a model without a price nothing is claimed."""
    url = provider.url("text")
    known = (await events(connect(connection(dialect, url), around), request(workspace)))[-1]
    asked = request(workspace, call_id="task/1/2/1", model="unknown")
    unknown = (await events(connect(connection(dialect, url), around), asked))[-1]

    assert isinstance(known, Finished)
    assert isinstance(unknown, Finished)
    assert (EACH.total / 1_000_000, CostSource.TABLE) == (known.cost, known.cost_source)
    assert (None, CostSource.UNKNOWN) == (unknown.cost, unknown.cost_source)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_endpoint_that_does_not_stream_is_asked_so_once(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str
) -> None:
    """The agent remembers it; what the lost request cost, nobody knows."""
    url = provider.url("text,plain=1")
    agent = connect(connection(dialect, url), around)
    first = await events(agent, request(workspace))
    second = await events(agent, request(workspace, call_id="task/1/2/1"))

    lost = 0 if dialect == "google" else 1  # whose SDK reads a whole body as a stream of one
    assert lost == len(of_type(Activity, first))
    assert [] == of_type(Activity, second)
    assert 2 + lost == len(provider.asked_of(url))


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_key_goes_where_the_dialect_wants_it(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str
) -> None:
    """In one header, never in the address; and nothing is asked for that would be compressed."""
    url = provider.url("text")
    await events(connect(connection(dialect, url), around), request(workspace))

    (asked,) = provider.asked_of(url)
    holding = [name for name, value in asked.headers.items() if KEY in value]
    wanted = "x-goog-api-key" if dialect == "google" else "authorization"
    assert ([wanted], "identity") == (holding, asked.headers["accept-encoding"])
    assert KEY not in asked.path


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_nothing_of_the_servers_environment_is_sent(
    provider: Provider,
    around: Surroundings,
    workspace: Path,
    dialect: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The SDKs look for keys, organizations and whole headers there, for whichever address."""
    for name in ("API_KEY", "AUTH_TOKEN", "ADMIN_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", SMUGGLED)
        monkeypatch.setenv(f"ANTHROPIC_{name}", SMUGGLED)
    for vendor in ("OPENAI", "ANTHROPIC", "GOOGLE_GENAI"):
        monkeypatch.setenv(
            f"{vendor}_CUSTOM_HEADERS", f"X-Own: {SMUGGLED}\nAuthorization: {SMUGGLED}"
        )
        monkeypatch.setenv(f"{vendor}_BASE_URL", f"http://127.0.0.1:9/{SMUGGLED}")
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.setenv(name, SMUGGLED)
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    url = provider.url("text")
    await events(connect(connection(dialect, url), around), request(workspace))

    (asked,) = provider.asked_of(url)
    assert {} == {name: value for name, value in asked.headers.items() if SMUGGLED in value}
    assert any(KEY in value for value in asked.headers.values())


async def test_a_task_that_only_looks_gets_the_tools_that_only_look(
    provider: Provider, around: Surroundings, workspace: Path
) -> None:
    """And a model that asks for another all the same is refused."""
    url = provider.url("edit")
    writing = provider.play(turns(Use("write_file", {"path": "a", "content": "b"}), Say(DONE)))
    looking = request(workspace, task_type=TaskType.SECURITY)
    await events(connect(connection("chat", url), around), looking)
    again = looking.model_copy(update={"call_id": "task/1/2/1"})
    await events(connect(connection("chat", writing), around), again)

    assert ["list_files", "search", "read_file"] == provider.asked_of(url)[0].tools
    assert not (workspace / "a").exists()
    assert "There is no tool 'write_file'" in provider.asked_of(writing)[1].text


async def test_text_is_told_while_it_is_written(
    provider: Provider, around: Surroundings, workspace: Path
) -> None:
    """In few pieces that are the whole together."""
    told = await events(
        connect(connection("anthropic", provider.url("text")), around), request(workspace)
    )

    pieces = [cast("TextDelta", each).text for each in of_type(TextDelta, told)]
    assert DONE == "".join(pieces)
    assert len(pieces) < len(DONE.split())


async def test_turns_are_bounded(provider: Provider, around: Surroundings, workspace: Path) -> None:
    """A model that never comes to an end is stopped, and what it did stands to be evaluated."""
    url = provider.play(always(Use("list_files", {})))
    ended = (await events(connect(connection("chat", url), around), request(workspace)))[-1]

    assert isinstance(ended, Finished)
    assert (MAX_TURNS, None) == (len(provider.asked_of(url)), ended.session_id)


async def test_a_budget_ends_the_turns(
    provider: Provider, around: Surroundings, workspace: Path
) -> None:
    """After the request that used it up, no other is made."""
    url = provider.play(always(Use("list_files", {})))
    asked = request(workspace, budget=2.5 * EACH.total / 1_000_000)
    await events(connect(connection("chat", url), around), asked)

    assert 3 == len(provider.asked_of(url))


async def test_the_projects_tests_are_run(
    provider: Provider, around: Surroundings, workspace: Path
) -> None:
    """The model sees how they ended."""
    (workspace / "test_it.py").write_text("def test_it():\n    assert 1 == 2\n")
    url = provider.play(turns(Use("run_tests", {"only": "test_it.py"}), Say(DONE)))
    await events(connect(connection("chat", url), around), request(workspace))

    said = provider.asked_of(url)[1].text
    assert "assert 1 == 2" in said
    assert "[exit status 1]" in said


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_closing_the_iterator_hangs_up(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str
) -> None:
    """A request that is under way ends at once, at the provider too."""
    url = provider.url("hang")
    agent = connect(connection(dialect, url), around)
    waiting = asyncio.create_task(events(agent, request(workspace)))
    while not provider.asked_of(url):
        await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait([waiting])

    while not provider.asked_of(url)[0].left:
        await asyncio.sleep(0.01)
    assert waiting.cancelled()
