"""`phantom serve`, and the commands that talk to it."""

import json
import signal
import socket
import sqlite3
from pathlib import Path

import psutil
import pytest

from tests.support import buggy
from tests.support.phantom_command import PhantomCommand, read_until, wait_for
from tests.support.repositories import GitRepoFactory


def test_a_taken_port_is_a_sentence(phantom: PhantomCommand) -> None:
    """The sentence names the port and the way out, with exit code 3."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = phantom("serve", "--port", str(port))
    assert (3, "") == (done.returncode, done.stdout)
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert "--port" in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_only_loopback_is_served(phantom: PhantomCommand) -> None:
    """Without tokens no other address is bound."""
    done = phantom("serve", "--host", "0.0.0.0", "--port", "0")
    assert (3, "") == (done.returncode, done.stdout)
    assert "loopback" in done.stderr


def test_a_locked_database_stops_the_start(phantom: PhantomCommand) -> None:
    """A server that cannot write its database says so and leaves no announcement."""
    phantom.home.mkdir()
    with sqlite3.connect(phantom.home / "phantom.db") as holder:
        holder.execute("BEGIN EXCLUSIVE")
        done = phantom("serve", "--port", "0")
        holder.rollback()
    holder.close()
    assert (3, "") == (done.returncode, done.stdout)
    assert "locked" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (phantom.home / "server.json").exists()


def test_a_home_that_is_a_file_is_a_sentence(phantom: PhantomCommand) -> None:
    """No traceback where the home cannot be made."""
    phantom.home.write_text("not a directory")
    done = phantom("serve", "--port", "0")
    assert (3, "") == (done.returncode, done.stdout)
    assert "--home" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_is_found_on_any_port_and_stops_cleanly(phantom: PhantomCommand) -> None:
    """Two servers cannot share a home; commands find the one; SIGTERM ends it with 0."""
    with phantom.serve() as server:
        second = phantom("serve", "--port", "0")
        assert (3, "") == (second.returncode, second.stdout)
        assert f"process {server.process.pid}" in second.stderr
        assert 1 == len(second.stderr.splitlines())

        assert "There are no such tasks.\n" == phantom("tasks").stdout
        doctor = json.loads(phantom("doctor", "--json").stdout)
        finding = next(c["finding"] for c in doctor["checks"] if c["name"] == "server")
        assert server.facts["url"] in finding

        assert 0 == server.stop()
    assert not (phantom.home / "server.json").exists()
    assert 3 == phantom("tasks").returncode


def test_the_log_is_json_on_demand(phantom: PhantomCommand) -> None:
    """Every line of every library is an object; standard output holds the address alone."""
    with phantom.serve("--log-json", "--log-level", "debug") as server:
        assert 0 == phantom("tasks").returncode
        server.stop()
    lines = [json.loads(line) for line in server.errors.splitlines()]
    assert {"event", "level", "logger", "timestamp"} <= set.intersection(*map(set, lines))
    assert "uvicorn.error" in {line["logger"] for line in lines}


def test_a_postgresql_is_served(phantom: PhantomCommand, postgres_url: str) -> None:
    """The database is named without its password, and one that is not there is a sentence."""
    with phantom.serve("--database-url", postgres_url) as server:
        assert server.facts["database"].startswith("postgresql://")
        assert "[]\n" == phantom("tasks", "--json").stdout
    missing = f"{postgres_url.rpartition('/')[0]}/missing"
    done = phantom("serve", "--port", "0", "--database-url", missing)
    assert (3, "") == (done.returncode, done.stdout)
    assert "does not exist" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_server_is_not_trusted(phantom: PhantomCommand) -> None:
    """What a dead server left in its home is not taken for a live one."""
    with phantom.serve() as server:
        server.stop(signal.SIGKILL)
    assert (phantom.home / "server.json").exists()
    assert 3 == phantom("tasks").returncode


@pytest.fixture
def repository(git_repo: GitRepoFactory) -> Path:
    """A repository with a bug and a failing test."""
    return git_repo(buggy.FILES)


def test_a_task_from_order_to_retry(phantom: PhantomCommand, repository: Path) -> None:
    """Ordered at a running server, shown, followed, refused a second end; text and JSON."""
    with phantom.serve("--root", str(repository)) as server:
        ordered = phantom("run", "Fix the tests", "--type", "debugging", cwd=repository)
        assert (0, "") == (ordered.returncode, ordered.stderr)
        assert "\x1b" not in ordered.stdout
        assert "iteration 1 of up to" in ordered.stdout
        assert "completed in" in ordered.stdout

        (listed,) = json.loads(phantom("tasks", "--json").stdout)
        assert ("completed", True) == (listed["status"], listed["tests_passing"])
        assert f"phantom/{listed['id']}" in ordered.stdout
        assert listed["id"] in phantom("tasks", "--status", "completed").stdout
        assert "There are no such tasks.\n" == phantom("tasks", "--status", "failed").stdout

        shown = json.loads(phantom("task", listed["id"][:8], "--follow", "--json").stdout)
        assert (listed["id"], f"phantom/{listed['id']}") == (shown["id"], shown["branch"])

        for refused in ("cancel", "retry"):
            done = phantom(refused, listed["id"])
            assert (2, "") == (done.returncode, done.stdout)
            assert "completed" in done.stderr
        assert 2 == phantom("task", "00000000-0000-4000-8000-000000000000").returncode
        assert server.process.poll() is None


def test_a_running_server_keeps_its_roots(
    phantom: PhantomCommand, repository: Path, git_repo: GitRepoFactory
) -> None:
    """A repository that the server may not work in is refused with the server's own sentence."""
    elsewhere = git_repo(buggy.FILES, name="elsewhere")
    with phantom.serve("--root", str(repository)):
        done = phantom("run", "x", "--repo", str(elsewhere))
        assert (2, "") == (done.returncode, done.stdout)
        assert "--root" in done.stderr
        assert "[]\n" == phantom("tasks", "--json").stdout


def test_a_stopped_server_goes_on_later(phantom: PhantomCommand, git_repo: GitRepoFactory) -> None:
    """SIGTERM in the middle of a task fails nothing: the next server takes the task up."""
    repository = git_repo(buggy.HANGING)
    with phantom.serve("--root", str(repository)) as server:
        running = phantom.start("run", "Fix the tests", "--type", "debugging", cwd=repository)
        assert running.stdout
        task = read_until(running.stdout, "local: ").split()[1]
        assert 0 == server.stop()
        assert "" == server.errors
        _, errors = running.communicate(timeout=30)
        assert 3 == running.returncode
        assert f"task {task} goes on" in errors
        assert [] != _marked(task)
    with phantom.serve("--root", str(repository)):
        assert "in_progress" == json.loads(phantom("task", task, "--json").stdout)["status"]
        assert 0 == phantom("cancel", task[:6]).returncode
        ended = phantom("task", task, "--follow")
        assert 1 == ended.returncode
        assert "cancelled" in ended.stdout
        assert 0 == phantom("retry", task).returncode
        assert 0 == phantom("cancel", task).returncode
    wait_for(lambda: not _marked(task))


def test_ctrl_c_cancels_the_task(phantom: PhantomCommand, git_repo: GitRepoFactory) -> None:
    """The first Ctrl-C ends the task with all its processes, and the exit code is 130."""
    repository = git_repo(buggy.HANGING)
    running = phantom.start("run", "Fix the tests", "--type", "debugging", cwd=repository)
    assert running.stdout
    head = read_until(running.stdout, "local: ")
    task = head.split()[1]
    running.send_signal(signal.SIGINT)
    rest, errors = running.communicate(timeout=30)
    assert 130 == running.returncode
    assert "Cancelling" in errors
    assert "cancelled" in rest
    wait_for(lambda: not _marked(task))


def _marked(task: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PHANTOM_MARK") == task:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
