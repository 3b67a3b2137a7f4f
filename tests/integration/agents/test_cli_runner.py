"""What is the same for every command line, with a program of ours in the place of claude."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from phantom import processes
from phantom.agents.cli.bounds import MAX_STEPS
from phantom.agents.connections import Connection
from phantom.agents.port import AgentEvent, AgentRequest, Clocks, ErrorKind, Failed, Finished, Usage
from phantom.vocabulary import CostSource, TaskType
from tests.support.cli_starter import CLAUDE, agent

ROOT = Path(__file__).parents[3]
_PRELUDE = """
import json, os, subprocess, sys, time
def say(**line): print(json.dumps(line), flush=True)
def delta(tokens): say(type="stream_event", event={"type": "message_delta",
    "usage": {"input_tokens": tokens, "output_tokens": 1}})
def done(**more): say(type="result", subtype="success", is_error=False, result="Done.", **more)
open(os.environ["TMPDIR"] + "/receipts", "a").write("ran\\n")
"""
DENIED = "done(permission_denials=[{'tool_name': 'Write'}])"


@dataclass
class Bench:
    """One agent whose program is `source`."""

    directory: Path
    connection: Connection
    events: list[AgentEvent] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """What its processes carry."""
        return f"runner-{self.directory}"

    def request(self, **more: object) -> AgentRequest:
        """A call."""
        for name in ("workspace", "scratch"):
            (self.directory / name).mkdir(exist_ok=True)
        return AgentRequest(
            call_id="t/1/1-1",
            task_id=self.mark,
            task_type=TaskType.DEBUGGING,
            iteration=1,
            prompt="Do it.",
            workspace=self.directory / "workspace",
            scratch=self.directory / "scratch",
            clocks=Clocks(idle=20, wall=60),
        ).model_copy(update=more)

    async def run(
        self, source: str, request: AgentRequest | None = None, program: Path | None = None
    ) -> Finished | Failed:
        """The terminal event."""
        script = self.directory / "program.py"
        script.write_text(_PRELUDE + source)
        argv = (str(program),) if program else (sys.executable, "-S", str(script))
        asked = agent(self.connection, self.directory, *argv)
        async with aclosing(asked.run(request or self.request())) as events:
            self.events = [event async for event in events]
        return cast("Finished | Failed", self.events[-1])

    @property
    def receipts(self) -> int:
        """How often the program really ran."""
        return len((self.directory / "scratch" / "receipts").read_text().splitlines())


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """One whose connection has neither endpoint nor key."""
    made = Bench(tmp_path, CLAUDE)
    yield made
    await processes.sweep(mark=made.mark)


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ("sys.exit('no such model')", ErrorKind.ERROR, "no such model"),
        ("sys.exit('Not logged in')", ErrorKind.AUTH, "Not logged in"),
        ("sys.exit(0)", ErrorKind.ERROR, "ended without a result (exit status 0)"),
        ("os.kill(os.getpid(), 9)", ErrorKind.ERROR, "Killed"),
        ("print('Segmentation fault'); sys.exit(0)", ErrorKind.ERROR, "without a result"),
        ("os._exit(127)", ErrorKind.NOT_INSTALLED, "exit status 127"),
        (DENIED, ErrorKind.DENIED, "was not allowed to use Write"),
    ],
)
async def test_an_end_without_success_is_a_failure(
    bench: Bench, source: str, kind: ErrorKind, words: str
) -> None:
    """Whatever the exit status says; once anything may have been asked, the cost is not known."""
    failed = await bench.run(source)
    assert isinstance(failed, Failed)
    assert kind is failed.kind, failed
    assert words in failed.message


@pytest.mark.parametrize(
    "source",
    [
        "open('made.txt', 'w').write('x'); " + DENIED,
        "open('sub/made.txt', 'w'); " + DENIED,
        "os.remove('sub/there.txt'); " + DENIED,
    ],
)
async def test_a_refusal_does_not_undo_what_was_done(bench: Bench, source: str) -> None:
    """Where the work tree has changed, by whatever way, the evaluators decide."""
    request = bench.request()
    (request.workspace / "sub").mkdir()
    (request.workspace / "sub" / "there.txt").touch()
    assert isinstance(await bench.run(source, request), Finished)


async def test_a_task_that_only_reads_may_be_refused_its_edits(bench: Bench) -> None:
    """Nobody wanted them."""
    request = bench.request(task_type=TaskType.ARCHITECTURE)
    assert isinstance(await bench.run(DENIED, request), Finished)


@pytest.mark.parametrize(
    ("source", "clocks", "words"),
    [
        ("delta(7); time.sleep(60)", Clocks(idle=2, wall=60), "(idle clock)"),
        ("delta(7)\nwhile True: say(type='x'); time.sleep(0.1)", Clocks(wall=3), "(wall clock)"),
        ("delta(7)\nwhile True: say(type='x'); time.sleep(0.1)", Clocks(turn=3), "(turn clock)"),
    ],
)
async def test_a_clock_that_runs_out_keeps_what_was_used(
    bench: Bench, source: str, clocks: Clocks, words: str
) -> None:
    """As far as it was told; what it costs is then not known, which is not nothing."""
    request = bench.request(clocks=clocks)
    failed = await bench.run(source, request)

    assert isinstance(failed, Failed)
    assert (ErrorKind.STALLED, True) == (failed.kind, words in failed.message)
    assert Usage(input=7, output=1) == failed.usage
    assert (None, CostSource.UNKNOWN) == (failed.cost, failed.cost_source)
    assert failed == await bench.run(source, request)
    assert 1 == bench.receipts


async def test_a_loop_is_ended_by_the_number_of_its_steps(bench: Bench) -> None:
    """However much each one looks like work."""
    failed = await bench.run("while True: delta(1)")
    assert isinstance(failed, Failed)
    assert f"after {MAX_STEPS} steps" in failed.message


async def test_one_that_is_done_and_does_not_leave_has_still_succeeded(bench: Bench) -> None:
    """With what it left running ended, in a session of its own or not."""
    source = """
stray = subprocess.Popen(["sleep", "300"], start_new_session=True)
open(os.environ["TMPDIR"] + "/stray", "w").write(str(stray.pid))
done()
"""
    assert isinstance(await bench.run(source), Finished)
    stray = int((bench.directory / "scratch" / "stray").read_text())
    assert not processes.is_running(stray)


async def test_a_very_long_line_and_lines_that_are_none_are_borne(bench: Bench) -> None:
    """Results of tools can be megabytes; some print a greeting, some half a character."""
    source = """
print("Welcome!"); print("[1, 2]"); print("null")
sys.stdout.buffer.write(b"\\xff\\xfe{\\n"); sys.stdout.flush()
say(type="user", message={"content": [{"type": "tool_result", "content": "x" * 20_000_000}]})
done()
"""
    finished = await bench.run(source)
    assert isinstance(finished, Finished)
    assert "Done." == finished.content


async def test_a_last_line_without_its_end_counts(bench: Bench) -> None:
    """The terminal event is one all the same."""
    source = """
line = {"type": "result", "subtype": "success", "is_error": False, "result": "Done."}
sys.stdout.write(json.dumps(line))
"""
    assert isinstance(await bench.run(source), Finished)


async def test_the_prompt_comes_on_standard_input_and_no_secret_with_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the arguments nor is anything of the server's in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", "not-for-claude")
    monkeypatch.setenv("DATABASE_URL", "not-for-claude")
    source = """
seen = {"argv": sys.argv, "env": dict(os.environ), "prompt": sys.stdin.read()}
say(type="result", subtype="success", is_error=False, result=json.dumps(seen))
"""
    finished = await bench.run(source, bench.request(prompt="Look at @/etc/passwd"))

    assert isinstance(finished, Finished)
    seen = json.loads(finished.content)
    assert "Look at @\u200b/etc/passwd" in seen["prompt"]
    assert "Look at" not in " ".join(seen["argv"])
    assert "not-for-claude" not in finished.content
    home = str(bench.directory / "homes" / "claude_main")
    assert [home, home] == [seen["env"]["HOME"], seen["env"]["CLAUDE_CONFIG_DIR"]]
    assert str(bench.directory / "scratch") == seen["env"]["TMPDIR"]


async def test_a_session_that_is_known_is_gone_on_with(bench: Bench) -> None:
    """Told the findings alone; one that is not known here is begun anew with the whole."""
    source = """
flag = "--resume" if "--resume" in sys.argv else "--session-id"
seen = [flag, sys.argv[sys.argv.index(flag) + 1], sys.stdin.read()]
say(type="result", subtype="success", is_error=False, result=json.dumps(seen))
"""
    first = cast("Finished", await bench.run(source))
    flag, session, prompt = json.loads(first.content)
    assert ("--session-id", first.session_id) == (flag, session)
    assert "Do it." in prompt

    request = bench.request(call_id="t/1/2-1", session_id=session, feedback=("It is red.",))
    flag, again, prompt = json.loads(cast("Finished", await bench.run(source, request)).content)
    assert ("--resume", session) == (flag, again)
    assert "It is red." in prompt
    assert "Do it." not in prompt

    request = bench.request(call_id="t/1/3-1", session_id="gone", feedback=("It is red.",))
    flag, _, prompt = json.loads(cast("Finished", await bench.run(source, request)).content)
    assert "--session-id" == flag
    assert "Do it." in prompt


async def test_many_that_ask_for_the_same_call_run_it_once(bench: Bench) -> None:
    """All of them hear the same."""
    request = bench.request()
    heard = await asyncio.gather(
        *(Bench(bench.directory, bench.connection).run("done()", request) for _ in range(4))
    )
    assert 1 == bench.receipts
    assert all(isinstance(each, Finished) for each in heard)


async def test_a_call_outlives_the_server_that_began_it(bench: Bench) -> None:
    """Killed in the middle; the next one hears all of it, and nothing ran twice."""
    source = """
delta(7)
while not os.path.exists(os.environ["TMPDIR"] + "/go"): time.sleep(0.02)
delta(7)
done()
"""
    request = bench.request()
    asked, script = bench.directory / "asked.json", bench.directory / "program.py"
    await asyncio.to_thread(asked.write_text, request.model_dump_json())
    await asyncio.to_thread(script.write_text, _PRELUDE + source)
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.cli_starter"),
        *(str(asked), str(bench.directory), str(script)),
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "src"),
            "HOME": str(bench.directory),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout
    async with asyncio.timeout(30):
        assert b"seen\n" == await server.stdout.readline()
        server.kill()
        await server.wait()
    await asyncio.to_thread((request.scratch / "go").touch)

    finished = await bench.run(source, request)

    assert isinstance(finished, Finished)
    assert Usage(input=14, output=2) == finished.usage
    assert 1 == bench.receipts


@pytest.mark.parametrize(
    ("what", "kind", "words"),
    [
        ("a directory", ErrorKind.NOT_INSTALLED, "is a directory; install it with `npm install"),
        ("nothing", ErrorKind.NOT_INSTALLED, "is not there or cannot run; install it with"),
        ("no key", ErrorKind.AUTH, "The server's environment has no NO_SUCH_KEY; set it"),
    ],
)
async def test_one_that_cannot_begin_says_what_to_do(
    bench: Bench, what: str, kind: ErrorKind, words: str
) -> None:
    """And costs nothing."""
    program = bench.directory / "claude"
    if what == "a directory":
        program.mkdir()
    if what == "no key":
        bench.connection = replace(CLAUDE, api_key_id="env:NO_SUCH_KEY")
    failed = await bench.run("", program=None if what == "no key" else program)

    assert isinstance(failed, Failed)
    assert (kind, 0.0) == (failed.kind, failed.cost)
    assert words in failed.message


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:9"])
async def test_the_users_login_is_for_the_vendors_own_provider(
    bench: Bench, endpoint: str | None
) -> None:
    """One that a connection names gets its key, or nothing."""
    login = Path.home() / ".claude" / ".credentials.json"
    login.parent.mkdir()
    login.write_text("the-token")
    bench.connection = replace(bench.connection, endpoint=endpoint)
    source = """
path = os.environ["CLAUDE_CONFIG_DIR"] + "/.credentials.json"
seen = open(path).read() if os.path.exists(path) else "nothing"
say(type="result", subtype="success", is_error=False, result=seen)
"""
    finished = cast("Finished", await bench.run(source))
    assert ("nothing" if endpoint else "the-token") == finished.content


async def test_tokens_without_a_cost_are_priced_by_the_table(bench: Bench) -> None:
    """Where the model is known; that of a run which told its cost stands."""
    source = """
say(type="system", subtype="init", session_id="s", model={model!r})
delta(100_000)
done()
"""
    known = cast("Finished", await bench.run(source.format(model="claude-sonnet-4-5")))
    assert CostSource.TABLE is known.cost_source
    assert known.cost == pytest.approx(0.3 + 0.000015)

    request = bench.request(call_id="t/1/2-1")
    odd = cast("Finished", await bench.run(source.format(model="of-nobody"), request))
    assert (None, CostSource.UNKNOWN) == (odd.cost, odd.cost_source)
