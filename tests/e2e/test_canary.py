"""Secrets go in by every door of a real server, and come out by none."""

import asyncio
import base64
import json
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.support.phantom_command import PhantomCommand, RunningServer
from tests.support.repositories import GitRepoFactory

REDACTED = "[redacted]"


def canary(shape: str = "canary") -> str:
    """A value that is nowhere else in the world."""
    return f"{shape}-{secrets.token_hex(16)}"


class Canaries(NamedTuple):
    """What is looked for afterwards."""

    variable: str
    master: str
    redis: str
    stored: str
    typed: str
    bearer: str
    parameter: str
    body: str
    protocol: str
    admin: str
    operator: str

    @classmethod
    def hatch(cls, phantom: PhantomCommand) -> "Canaries":
        """New ones; the tokens are real."""
        made = {
            role: json.loads(
                phantom("token", "create", "--role", role, "--name", role, "--json").stdout
            )["token"]
            for role in ("admin", "operator")
        }
        return cls(
            variable=canary(),
            master=base64.b64encode(secrets.token_bytes(32)).decode(),
            redis=canary(),
            stored=canary("plain"),
            typed=canary("sk-ant"),
            bearer=canary("bearer"),
            parameter=canary("parameter"),
            body=canary("sk-body"),
            protocol=canary("protocol"),
            **made,
        )

    def environment(self) -> dict[str, str]:
        """What the server is started with."""
        return {
            "OPENAI_API_KEY": self.variable,
            "PHANTOM_MASTER_KEY": self.master,
            "REDIS_URL": f"redis://:{self.redis}@127.0.0.1:1",
        }

    def found_in(self, text: str) -> list[str]:
        """Which of them `text` holds, by name."""
        return [name for name, value in self._asdict().items() if value in text]


@pytest.fixture
def phantom(tmp_path: Path, database_url: str) -> PhantomCommand:
    """The command line with a home of its own, on either database in turn."""
    return PhantomCommand(tmp_path, {"DATABASE_URL": database_url})


def repository(git_repo: GitRepoFactory, secret: str) -> Path:
    """One whose failing tests are named by a secret: what agents and evaluators tell holds it."""
    return git_repo(
        {
            "sums.py": "def total(items):\n    return sum(items) + 1\n",
            f"test_{secret}.py": (
                "import pytest\n\nfrom sums import total\n\n\n"
                f"@pytest.mark.parametrize('name', ['{secret}'])\n"
                "def test_total(name):\n    assert total([1]) == 1, name\n\n\n"
                "def test_that_nothing_mends():\n"
                f"    raise RuntimeError('{secret}')\n"
            ),
        }
    )


async def knock(url: str, canaries: Canaries) -> list[str]:
    """Everything that is answered to requests that carry secrets, good and bad."""
    said: list[str] = []
    good = {"Authorization": f"Bearer {canaries.admin}"}
    async with httpx.AsyncClient(base_url=url, headers=good, timeout=30) as client:
        bad = {"Authorization": f"Bearer {canaries.bearer}"}
        key = {"key_id": "stored", "value": canaries.stored, "host": "llm.example"}
        wrong = {"prompt": 7, canaries.body: canaries.body, "agent": [canaries.stored]}
        for answer in (
            await client.post("/api/keys", json=key),
            await client.post("/api/keys", json=key),
            await client.post("/api/keys", json=key | {"host": f"https://{canaries.stored}/"}),
            await client.get("/api/keys"),
            await client.get("/api/tasks", headers=bad),
            await client.get(f"/api/tasks?key={canaries.parameter}&token={canaries.operator}"),
            await client.get(f"/api/tasks?cursor={canaries.variable}"),
            await client.get(f"/api/tasks/{canaries.variable}"),
            await client.get(f"/nowhere/{canaries.stored}?ticket={canaries.parameter}"),
            await client.delete(f"/api/keys/{canaries.variable}"),
            await client.post("/api/orchestration/execute", json=wrong),
            await client.post(
                "/api/orchestration/execute",
                json={"prompt": "x", "workspace": f"/{canaries.stored}"},
            ),
            await client.post(
                "/api/projects",
                json={"name": "x", "github_repo": f"https://me:{canaries.variable}@h.example/a/b"},
            ),
            await client.get("/api/health"),
        ):
            said.append(f"{answer.headers} {answer.text}")
            assert answer.status_code < 500
    offered = [Subprotocol(f"phantom.bearer.{canaries.protocol}")]
    with pytest.raises(InvalidStatus):
        async with connect(f"ws{url.removeprefix('http')}/ws", subprotocols=offered, proxy=None):
            pass
    offered = [Subprotocol("phantom.v1"), Subprotocol(f"phantom.bearer.{canaries.operator}")]
    async with connect(
        f"ws{url.removeprefix('http')}/ws", subprotocols=offered, proxy=None
    ) as socket:
        said.append(str(await socket.recv()))
    return said


def work(url: str, canaries: Canaries, workspace: Path) -> list[str]:
    """A task whose tests say a secret, and everything that is told about it."""
    headers = {"Authorization": f"Bearer {canaries.operator}"}
    with httpx.Client(base_url=url, headers=headers, timeout=120) as client:
        order = {"prompt": "Fix the tests", "task_type": "debugging", "workspace": str(workspace)}
        done = client.post("/api/orchestration/execute", json=order)
        task = done.json()["task_id"]
        paths = ("", "/iterations", "/events?limit=1000")
        told = [client.get(f"/api/tasks/{task}{path}").text for path in paths]
        return [done.text, *told, client.get("/api/metrics").text]


def kept(database_url: str) -> str:
    """Every row of every table, and every byte of the files, where there are files."""
    if database_url.startswith("sqlite"):
        file = Path(database_url.removeprefix("sqlite:///"))
        for path in file.parent.glob(f"{file.stem}*.db"):
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # Listed afterwards: the last connection that is closed takes the log with it.
        files = [path for path in file.parent.glob(f"{file.stem}*") if path.is_file()]
        assert 2 <= len(files)
        return "".join(path.read_bytes().decode("latin-1") for path in files)
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert {"public.events", "dbos.operation_outputs"} <= {name for (name,) in tables}
        rows = [
            str(row)
            for (name,) in tables
            for row in connection.execute(f"SELECT t::text FROM {name} t").fetchall()
        ]
    return "\n".join(rows)


def left_in(home: Path) -> str:
    """Every file of the home but the clones, which hold what the user's repository holds."""
    files = [
        path
        for path in home.rglob("*")
        if path.is_file() and not {"workspaces", "calls"} & set(path.parts)
    ]
    assert [] != files
    return "".join(path.read_bytes().decode("latin-1") for path in files)


def test_no_secret_comes_out(
    phantom: PhantomCommand, git_repo: GitRepoFactory, database_url: str
) -> None:
    """Not by log (of the most talkative kind), answer, event, metric, database or file."""
    canaries = Canaries.hatch(phantom)
    given = phantom("key", "add", "typed", typed=canaries.typed, env=canaries.environment())
    assert 0 == given.returncode
    workspace = repository(git_repo, canaries.stored)
    server: RunningServer = phantom.serve(
        *("--require-token", "--log-level", "debug", "--log-json", "--root", str(workspace)),
        env=canaries.environment(),
    )
    with server:
        url = server.facts["url"]
        said = asyncio.run(knock(url, canaries))
        told = work(url, canaries, workspace)
        assert 0 == server.stop()
    sources = {
        "the command": given.stdout + given.stderr,
        "the facts": json.dumps(server.facts),
        "an answer": "\n".join(said),
        "what is told of a task": "\n".join(told),
        "the log": server.errors,
        "the database": kept(database_url),
        "the home": left_in(phantom.home),
    }
    assert {} == {
        name: found for name, text in sources.items() if (found := canaries.found_in(text))
    }
    # It was all there to be found: the log has the requests, the task the test's words.
    assert REDACTED in sources["the log"]
    assert "/api/orchestration/execute" in sources["the log"]
    assert "phantom.bearer" in sources["the log"]
    assert REDACTED in sources["an answer"]
    assert f"test_{REDACTED}.py" in sources["the database"]
    assert f"test_{REDACTED}.py" in sources["what is told of a task"]
    assert [] == [line for line in server.errors.splitlines() if not json.loads(line)]


def test_no_secret_is_in_what_a_crash_prints(phantom: PhantomCommand) -> None:
    """A traceback names the database it could not reach, without its password."""
    secret = canary("pass%40word")
    env = {"DATABASE_URL": f"postgresql://me:{secret}@127.0.0.1:1/none", "PHANTOM_DEBUG": "1"}
    for command in (("serve", "--port", "0"), ("db", "upgrade"), ("token", "list")):
        done = phantom(*command, env=env)
        assert 3 == done.returncode
        assert "Traceback" in done.stderr
        assert [] == [each for each in (secret, secret.replace("%40", "@")) if each in done.stderr]
        assert secret not in done.stdout
