"""Help, exit codes and sentences, where no server has to run."""

import json
import re
import socket
import sqlite3

import pytest

from tests.support.command_docs import commands
from tests.support.phantom_command import PhantomCommand

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("name", commands())
def test_every_command_helps(phantom: PhantomCommand, name: str) -> None:
    """`--help` tells usage and examples, without a server and without colour in a pipe."""
    done = phantom(*name.split()[1:], "--help")
    assert (0, "") == (done.returncode, done.stderr)
    assert f"Usage: {name}" in done.stdout
    assert f"  {name}" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("module", ["fastapi", "sqlalchemy", "dbos", "pydantic", "rich", "httpx"])
def test_help_loads_nothing_heavy(phantom: PhantomCommand, module: str) -> None:
    """What a command needs is loaded when it runs, not to tell what there is."""
    done = phantom("--help", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert "phantom.cli.main" in done.stderr
    assert not re.search(rf"\| +{module}$", done.stderr, re.MULTILINE)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("dance",), "No such command"),
        (("tasks", "--status", "asleep"), "asleep"),
        (("tasks", "--limit", "0"), "--limit"),
        (("serve", "--port", "99999"), "--port"),
        (("run",), "PROMPT"),
        (("run", "x", "--type", "poetry"), "poetry"),
    ],
)
def test_a_wrong_flag_is_bad_input(
    phantom: PhantomCommand, args: tuple[str, ...], sentence: str
) -> None:
    """What the user typed wrongly is named, with exit code 2."""
    done = phantom(*args)
    assert (2, "") == (done.returncode, done.stdout)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "args",
    [("tasks",), ("task", "3f2a3f2a"), ("cancel", "3f2a3f2a"), ("retry", "3f2a3f2a")],
)
def test_without_a_server_there_is_a_sentence(
    phantom: PhantomCommand, args: tuple[str, ...]
) -> None:
    """The sentence says where was looked and what to do, with exit code 3."""
    done = phantom(*args)
    assert (3, "") == (done.returncode, done.stdout)
    assert str(phantom.home) in done.stderr
    assert "phantom serve" in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_a_traceback_is_there_on_demand(phantom: PhantomCommand) -> None:
    """`--debug` and PHANTOM_DEBUG=1 show where an error came from."""
    assert "Traceback" in phantom("--debug", "tasks").stderr
    assert "Traceback" in phantom("tasks", env={"PHANTOM_DEBUG": "1"}).stderr


def test_a_wrong_setting_is_named(phantom: PhantomCommand) -> None:
    """A bad variable stops the command with a sentence that names it."""
    done = phantom("tasks", env={"PHANTOM_CONCURRENCY": "many"})
    assert 3 == done.returncode
    assert "concurrency" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_told(phantom: PhantomCommand) -> None:
    """As text and as JSON."""
    assert phantom("version").stdout.startswith("phantom ")
    assert {"phantom", "python"} == json.loads(phantom("version", "--json").stdout).keys()


def test_the_doctor_makes_nothing(phantom: PhantomCommand) -> None:
    """A healthy machine is told so, and not even the home is made."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    done = phantom("doctor", "--json", "--port", port)
    report = json.loads(done.stdout)
    assert (0, True) == (done.returncode, report["ok"])
    names = {check["name"] for check in report["checks"]}
    assert {"python", "git", "sqlite", "home", "disk", "server", "database"} <= names
    assert {"agent local", "agent claude", "agent codex"} <= names
    assert not phantom.home.exists()


def test_the_doctor_finds_what_stands_in_the_way(phantom: PhantomCommand) -> None:
    """A port that another program holds is a failure, with exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = phantom("doctor", "--json", "--port", port)
    failed = [c["name"] for c in json.loads(done.stdout)["checks"] if c["state"] == "failed"]
    assert (1, ["server"]) == (done.returncode, failed)


def test_colour_is_for_terminals_that_want_it(phantom: PhantomCommand) -> None:
    """Colour in a terminal, and none where NO_COLOR is set."""
    assert COLOUR.search(phantom.in_terminal("doctor"))
    plain = phantom.in_terminal("doctor", env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", plain)


def test_the_database_is_brought_up_to_date(phantom: PhantomCommand) -> None:
    """`db status` changes nothing and tells by its exit code; `db upgrade` may be repeated."""
    before = phantom("db", "status", "--json")
    assert (1, False) == (before.returncode, json.loads(before.stdout)["current"])
    assert not phantom.home.exists()
    for _ in range(2):
        assert 0 == phantom("db", "upgrade").returncode
    after = phantom("db", "status", "--json")
    assert (0, True) == (after.returncode, json.loads(after.stdout)["current"])


@pytest.mark.parametrize(
    "url",
    [
        "mysql://localhost/phantom",
        "nonsense",
        "postgresql://phantom@127.0.0.1:1/phantom",
        "sqlite:////dev/null/phantom.db",
    ],
)
def test_a_database_that_cannot_be_used_is_a_sentence(phantom: PhantomCommand, url: str) -> None:
    """A wrong address, nobody there, no such directory: exit code 3."""
    done = phantom("db", "upgrade", "--database-url", url)
    assert (3, "") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines())


def test_a_locked_database_is_a_sentence(phantom: PhantomCommand) -> None:
    """Who cannot write says that another process holds the lock."""
    phantom.home.mkdir()
    with sqlite3.connect(phantom.home / "phantom.db") as holder:
        holder.execute("BEGIN EXCLUSIVE")
        done = phantom("db", "upgrade")
        holder.rollback()
    holder.close()
    assert 3 == done.returncode
    assert "locked" in done.stderr
    assert 1 == len(done.stderr.splitlines())
