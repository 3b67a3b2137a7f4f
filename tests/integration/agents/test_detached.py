"""Agents that are processes of their own: started once, found again, and heard to the end."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import cast

import psutil
import pytest

from phantom import processes
from phantom.agents.detached import DetachedAgent
from phantom.agents.port import Activity, AgentEvent, AgentRequest, ErrorKind, Failed, Finished
from phantom.security.sandbox import Uncaged
from phantom.vocabulary import AgentType, TaskType
from tests.support import caged
from tests.support.detached_starter import detached

ROOT = Path(__file__).parents[3]
_PATIENCE_SECONDS = 30
_PRELUDE = """
import json, os, sys, time
request = json.load(open(sys.argv[1]))
def say(kind, **fields): print(json.dumps({"type": kind, **fields}), flush=True)
with open(os.path.join(request["scratch"], "receipts"), "a") as file: file.write("ran\\n")
"""
_COUNT = """
for n in range(5):
    say("activity", message=str(n))
    time.sleep(0.1)
say("finished", content="done")
"""
# Goes on when a file appears, so that whoever starts it can be gone by then.
_WAIT = """
say("activity", message="before")
while not os.path.exists(os.path.join(request["scratch"], "go")): time.sleep(0.02)
say("activity", message="after")
say("finished", content="done")
"""


@pytest.fixture
def request_of_a_call(tmp_path: Path) -> AgentRequest:
    """A call with directories of its own."""
    for name in ("workspace", "scratch"):
        (tmp_path / name).mkdir()
    return AgentRequest(
        call_id="task/1/1-1",
        task_id=f"test-{tmp_path.name}-{os.getpid()}",
        task_type=TaskType.DEBUGGING,
        iteration=1,
        prompt="Do",
        workspace=tmp_path / "workspace",
        scratch=tmp_path / "scratch",
    )


@pytest.fixture(autouse=True)
async def nothing_left(request_of_a_call: AgentRequest) -> AsyncIterator[None]:
    """Whatever a test leaves running is ended."""
    yield
    await processes.sweep(mark=request_of_a_call.task_id)


def program(tmp_path: Path, source: str) -> Path:
    """An agent's program."""
    path = tmp_path / "agent.py"
    path.write_text(_PRELUDE + source)
    return path


async def events(agent: DetachedAgent, request: AgentRequest) -> list[AgentEvent]:
    """All events of a call."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        return [event async for event in agent.run(request)]


def receipts(request: AgentRequest) -> int:
    """How often the agent really ran."""
    return len((request.scratch / "receipts").read_text().splitlines())


def said(events: list[AgentEvent]) -> list[str]:
    """The lines of the activities."""
    return [event.message for event in events if isinstance(event, Activity)]


async def test_the_events_come_as_they_are_printed(
    tmp_path: Path, request_of_a_call: AgentRequest
) -> None:
    """In order, up to the terminal one; what would follow it is not heard."""
    source = _COUNT + 'say("activity", message="too late")\n'

    heard = await events(detached(tmp_path / "calls", program(tmp_path, source)), request_of_a_call)

    assert ["0", "1", "2", "3", "4"] == said(heard)
    assert Finished(content="done") == heard[-1]


async def test_the_agent_gets_its_request_and_nothing_of_our_environment(
    tmp_path: Path, request_of_a_call: AgentRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works in the workspace, its home is the scratch directory, and no secret is there."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret@h/d")
    source = (
        'say("finished", content=json.dumps([dict(os.environ), os.getcwd(), request,'
        " os.getsid(0)]))"
    )

    heard = await events(detached(tmp_path / "calls", program(tmp_path, source)), request_of_a_call)

    assert isinstance(heard[-1], Finished)
    environment, directory, request, session = json.loads(heard[-1].content)
    leader = (tmp_path / "calls" / request_of_a_call.call_id / "pid").read_text().strip()
    assert str(request_of_a_call.workspace) == directory
    assert request_of_a_call == AgentRequest.model_validate(request)
    assert leader == str(session)
    assert request_of_a_call.task_id == environment[processes.MARK]
    home = str(request_of_a_call.scratch)
    assert [home, home] == [environment["HOME"], environment["TMPDIR"]]
    expected = {"HOME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "TMPDIR"}
    added_by_the_shell = {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}
    assert expected | {processes.MARK} == set(environment) - added_by_the_shell
    assert "secret" not in heard[-1].content.lower()


async def test_a_call_that_ended_is_heard_again_without_running(
    tmp_path: Path, request_of_a_call: AgentRequest
) -> None:
    """From its first event, by another adapter on the same journals."""
    path = program(tmp_path, _COUNT)
    first = await events(detached(tmp_path / "calls", path), request_of_a_call)

    again = await events(detached(tmp_path / "calls", path), request_of_a_call)

    assert first == again
    assert 1 == receipts(request_of_a_call)


async def test_two_that_start_the_same_call_at_once_run_it_once(
    tmp_path: Path, request_of_a_call: AgentRequest
) -> None:
    """Both hear all of it."""
    path = program(tmp_path, _COUNT)

    heard = await asyncio.gather(
        *(events(detached(tmp_path / "calls", path), request_of_a_call) for _ in range(4))
    )

    assert 1 == receipts(request_of_a_call)
    for each in heard:
        assert ["0", "1", "2", "3", "4"] == said(each)
        assert isinstance(each[-1], Finished)


@pytest.mark.parametrize("cage", ["none", *caged.BACKENDS])
@pytest.mark.parametrize("how", ["stay", "leave"])
async def test_the_agent_outlives_who_started_it(
    tmp_path: Path, request_of_a_call: AgentRequest, how: str, cage: str
) -> None:
    """Killed in the middle, or ended in an orderly way: the next one hears the rest."""
    if cage != "none":
        await asyncio.to_thread(caged.sandbox, cage)
    path = program(tmp_path, _WAIT)
    asked = tmp_path / "asked.json"
    asked.write_text(request_of_a_call.model_dump_json())
    starter = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.detached_starter"),
        *(str(asked), str(tmp_path / "calls"), str(path), how, cage),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")},
        stdout=asyncio.subprocess.PIPE,
    )
    assert starter.stdout
    async with asyncio.timeout(_PATIENCE_SECONDS):
        assert b"seen\n" == await starter.stdout.readline()
        if how == "stay":
            starter.send_signal(signal.SIGKILL)
        await starter.wait()
    (request_of_a_call.scratch / "go").touch()

    following = await asyncio.to_thread(detached, tmp_path / "calls", path, cage)
    heard = await events(following, request_of_a_call)

    assert ["before", "after"] == said(heard)
    assert Finished(content="done") == heard[-1]
    assert 1 == receipts(request_of_a_call)


async def test_who_stops_listening_stops_nothing(
    tmp_path: Path, request_of_a_call: AgentRequest
) -> None:
    """Closing the events leaves the agent at work; a sweep of its mark ends it."""
    agent = detached(tmp_path / "calls", program(tmp_path, _WAIT))
    async with aclosing(agent.run(request_of_a_call)) as heard:
        await anext(heard)
    pid = int((tmp_path / "calls" / request_of_a_call.call_id / "pid").read_text())
    assert processes.carries_mark(pid, request_of_a_call.task_id)

    await processes.sweep(mark=request_of_a_call.task_id)

    failed = (await events(agent, request_of_a_call))[-1]
    assert isinstance(failed, Failed)
    assert "ended without a result" in failed.message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('sys.exit("the key is\\nnot accepted")', "ended without a result: not accepted"),
        ("os._exit(3)", "ended without a result: it printed no error"),
        ("os.kill(os.getpid(), 9)", "ended without a result: Killed"),
        ('say("activity", message="x"); sys.exit("gone")', "ended without a result: gone"),
        ('print("Segmentation fault", flush=True); time.sleep(60)', "no event: Segmentation fault"),
        ('print("{}", flush=True); time.sleep(60)', "printed no event: {}"),
        ('say("finished"); time.sleep(60)', 'printed no event: {"type": "finished"}'),
        ('say("conquered", world=True); time.sleep(60)', "printed no event:"),
        ("os.write(1, bytes(range(256)) + b'\\n'); time.sleep(60)", "printed no event:"),
        (
            'sys.stdout.write(\'{"type": "fini\'); sys.stdout.flush(); sys.exit("cut")',
            "result: cut",
        ),
    ],
)
async def test_an_agent_that_ends_or_talks_wrongly_has_failed(
    tmp_path: Path, request_of_a_call: AgentRequest, source: str, message: str
) -> None:
    """The failure carries its last words, or what it printed instead of an event."""
    heard = await events(detached(tmp_path / "calls", program(tmp_path, source)), request_of_a_call)

    assert isinstance(heard[-1], Failed)
    assert ErrorKind.ERROR is heard[-1].kind
    assert message in heard[-1].message
    assert len(heard[-1].message) < 1000


async def test_a_last_line_without_its_end_counts(
    tmp_path: Path, request_of_a_call: AgentRequest
) -> None:
    """Where it is whole otherwise."""
    source = 'sys.stdout.write(json.dumps({"type": "finished", "content": "done"}))'

    heard = await events(detached(tmp_path / "calls", program(tmp_path, source)), request_of_a_call)

    assert [Finished(content="done")] == heard


async def test_empty_lines_are_passed_over(tmp_path: Path, request_of_a_call: AgentRequest) -> None:
    """Some programs end with one."""
    source = 'print("\\n  \\n"); say("finished", content="done")'

    heard = await events(detached(tmp_path / "calls", program(tmp_path, source)), request_of_a_call)

    assert [Finished(content="done")] == heard


async def test_a_program_that_is_not_there_is_named(
    tmp_path: Path, request_of_a_call: AgentRequest
) -> None:
    """By the shell's own words."""
    agent = DetachedAgent(
        "absent",
        AgentType.OPENAI,
        command=lambda _: [str(tmp_path / "absent-program")],
        can=lambda _: True,
        journals=tmp_path / "calls",
        sandbox=Uncaged(),
    )

    failed = (await events(agent, request_of_a_call))[-1]

    assert isinstance(failed, Failed)
    assert "absent-program" in failed.message


async def test_a_recycled_pid_is_not_taken_for_the_agent(
    tmp_path: Path, request_of_a_call: AgentRequest
) -> None:
    """After a restart of the machine the number may be anybody's; that one is left alone."""
    agent = detached(tmp_path / "calls", program(tmp_path, _WAIT))
    async with aclosing(agent.run(request_of_a_call)) as heard:
        await anext(heard)
    await processes.sweep(mark=request_of_a_call.task_id)
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    (tmp_path / "calls" / request_of_a_call.call_id / "pid").write_text(str(stranger.pid))

    failed = cast("Failed", (await events(agent, request_of_a_call))[-1])

    assert "ended without a result" in failed.message
    assert psutil.pid_exists(stranger.pid)
    stranger.kill()
    await stranger.wait()


def test_an_agent_takes_what_it_is_said_to_take(tmp_path: Path) -> None:
    """Its adapter asks the function that it was given."""
    agent = DetachedAgent(
        "choosy",
        AgentType.LOCAL,
        command=lambda _: [],
        can=lambda task_type: task_type is TaskType.SECURITY,
        journals=tmp_path,
        sandbox=Uncaged(),
    )
    assert [TaskType.SECURITY] == [each for each in TaskType if agent.can(each)]
