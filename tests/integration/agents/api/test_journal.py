"""The journal of a call: a killed server goes on from the last answer, and pays for none twice."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from phantom.agents.api import Surroundings, connect
from phantom.agents.api.journal import FILE_NAME
from phantom.agents.port import AGENT_EVENT, Activity, Finished, UsageReport
from tests.support.api_agents import DIALECTS, connection, events, of_type, request
from tests.support.dialects import INPUT, OUTPUT, Say, Use
from tests.support.provider import DONE, Asked, Provider, Reply, Trouble, turns

ROOT = Path(__file__).parents[4]
TWO_FILES = (
    Use("write_file", {"path": "a.txt", "content": "one\n"}),
    Use("edit_file", {"path": "a.txt", "old": "one", "new": "two"}),
    Say(DONE),
)


def hanging_once() -> tuple[list[int], "asyncio.Event", object]:
    """Three turns; the first request of the third one is never answered."""
    asked_at: list[int] = []
    there = asyncio.Event()
    loop = asyncio.get_running_loop()

    def play(asked: Asked) -> Reply:
        asked_at.append(asked.results)
        if asked_at.count(2) == 1 and asked.results == 2:
            loop.call_soon_threadsafe(there.set)
            return Trouble.HANG
        return TWO_FILES[asked.results]

    return asked_at, there, play


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_killed_server_goes_on_from_the_last_answer(
    provider: Provider, around: Surroundings, workspace: Path, dialect: str
) -> None:
    """Killed by SIGKILL while the model was at work: no answer is asked for again."""
    asked_at, there, play = hanging_once()
    url = provider.play(play)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.api_caller"),
        *(str(workspace.parent), dialect, url),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")},
        stdout=asyncio.subprocess.PIPE,
    )
    await there.wait()
    process.send_signal(signal.SIGKILL)
    printed, _ = await process.communicate()

    told = await events(connect(connection(dialect, url), around), request(workspace))

    before = [AGENT_EVENT.validate_json(line) for line in printed.splitlines()]
    assert before == told[: len(before)]
    assert [0, 1, 2, 2] == asked_at
    assert "two\n" == (workspace / "a.txt").read_text()
    (notice,) = of_type(Activity, told)
    assert isinstance(notice, Activity)
    assert "paid for twice" in notice.message
    ended = told[-1]
    assert isinstance(ended, Finished)
    assert (DONE, None) == (ended.content, ended.cost)
    assert 3 * (INPUT + OUTPUT) == ended.usage.total


async def test_a_call_that_has_ended_is_only_told_again(
    provider: Provider, around: Surroundings, workspace: Path
) -> None:
    """The same events, and nobody is asked."""
    url = provider.play(turns(*TWO_FILES))
    agent = connect(connection("chat", url), around)
    first = await events(agent, request(workspace))
    (workspace / "a.txt").write_text("somebody else's\n")

    assert first == await events(agent, request(workspace))
    assert 3 == len(provider.asked_of(url))
    assert "somebody else's\n" == (workspace / "a.txt").read_text()


async def test_a_journal_that_was_cut_anywhere_leads_to_the_same_end(
    provider: Provider, around: Surroundings, workspace: Path
) -> None:
    """At any byte, as by a power cut: what is whole in it is not asked for again."""
    url = provider.play(turns(*TWO_FILES))
    agent = connect(connection("chat", url), around)
    whole = (await events(agent, request(workspace)))[-1]
    file = around.journals / request(workspace).call_id / FILE_NAME
    data = file.read_bytes()
    assert isinstance(whole, Finished)
    seen = len(provider.asked_of(url))

    for length in sorted(random.Random(7).sample(range(len(data)), 40)):
        file.write_bytes(data[:length])
        ended = (await events(agent, request(workspace)))[-1]

        whole_lines = data[: data[:length].rfind(b"\n") + 1]
        answers = whole_lines.count(b'"entry":"answered"')
        assert (whole.content, whole.usage) == (ended.content, ended.usage)
        assert 3 - answers == len(provider.asked_of(url)) - seen
        seen = len(provider.asked_of(url))
    assert "two\n" == (workspace / "a.txt").read_text()


async def test_usage_is_told_as_a_sum_of_the_call(
    provider: Provider, around: Surroundings, workspace: Path
) -> None:
    """Across a restart, too: what came before it is part of what comes after."""
    url = provider.play(turns(*TWO_FILES))
    agent = connect(connection("chat", url), around)
    await events(agent, request(workspace))
    file = around.journals / request(workspace).call_id / FILE_NAME
    lines = file.read_bytes().splitlines(keepends=True)
    second = [n for n, line in enumerate(lines) if b'"entry":"answered"' in line][1]
    file.write_bytes(b"".join(lines[: second + 1]))

    told = await events(agent, request(workspace))

    totals = [each.usage.total for each in told if isinstance(each, UsageReport)]
    assert [1, 3] == [total // (INPUT + OUTPUT) for total in totals]
