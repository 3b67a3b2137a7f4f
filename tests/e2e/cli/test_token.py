"""`phantom token` and `phantom key`, and a server that demands what they make."""

import json
import re
import socket
import stat
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.phantom_command import PhantomCommand

VALUE = "sk-ant-canary-of-the-command-line-01"


def create(phantom: PhantomCommand, role: str, name: str) -> str:
    """A token, as a program makes one."""
    made = json.loads(phantom("token", "create", "--role", role, "--name", name, "--json").stdout)
    return str(made["token"])


def test_a_token_from_making_to_revoking(phantom: PhantomCommand) -> None:
    """Shown once, listed by its prefix, refused twice; text and JSON."""
    assert "There are no tokens.\n" == phantom("token", "list").stdout
    made = phantom("token", "create", "--role", "viewer", "--name", "graphs", "--expires", "7")
    text, told = made.stdout.splitlines()
    match = re.fullmatch(r"phantom_([a-z0-9]{8})_[\w-]{43}", text)
    assert match
    assert "graphs (viewer, until" in told
    listed = phantom("token", "list")
    assert text not in listed.stdout
    assert match[1] in listed.stdout
    (shown,) = json.loads(phantom("token", "list", "--json").stdout)
    assert ("graphs", "viewer", "valid") == (shown["name"], shown["role"], shown["state"])
    again = phantom("token", "create", "--role", "admin", "--name", "graphs")
    assert (2, "") == (again.returncode, again.stdout)
    assert "The token graphs is revoked.\n" == phantom("token", "revoke", match[1]).stdout
    assert 2 == phantom("token", "revoke", "graphs").returncode
    assert "revoked" == json.loads(phantom("token", "list", "--json").stdout)[0]["state"]
    assert 2 == phantom("token", "create", "--role", "king", "--name", "x").returncode


@pytest.mark.parametrize("args", [("--host", "0.0.0.0"), ("--require-token",)])
def test_a_server_that_nobody_could_enter_does_not_start(
    phantom: PhantomCommand, args: tuple[str, ...]
) -> None:
    """Nor one whose only token is worth nothing; the sentence says how to make one."""
    create(phantom, "admin", "old")
    phantom("token", "revoke", "old")
    done = phantom("serve", "--port", "0", *args)
    assert (3, "") == (done.returncode, done.stdout)
    assert "okens are demanded and there is none" in done.stderr
    assert "phantom token create" in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_commands_take_the_token_from_the_environment(phantom: PhantomCommand) -> None:
    """Without one, or with too low a role, they fail with the server's sentence."""
    viewer = create(phantom, "viewer", "reader")
    with phantom.serve("--require-token") as server:
        without = phantom("tasks")
        assert (2, "") == (without.returncode, without.stdout)
        assert "PHANTOM_TOKEN" in without.stderr
        wrong = phantom("tasks", env={"PHANTOM_TOKEN": viewer[:-1] + "x"})
        assert 2 == wrong.returncode
        assert viewer[:-1] not in wrong.stderr
        assert (
            "There are no such tasks.\n" == phantom("tasks", env={"PHANTOM_TOKEN": viewer}).stdout
        )
        headers = {"Authorization": f"Bearer {viewer}"}
        refused = httpx.post(f"{server.facts['url']}/api/tasks", json={}, headers=headers)
        assert 403 == refused.status_code


def test_a_unix_socket_is_its_owner_s_alone(phantom: PhantomCommand, tmp_path: Path) -> None:
    """No port is open, commands find it, a second server is refused, and it is gone afterwards."""
    path = tmp_path / "s.sock"
    with phantom.serve("--unix-socket", str(path)) as server:
        assert f"unix://{path}" == server.facts["url"]
        assert (0o600, True) == ((found := path.stat().st_mode) & 0o777, stat.S_ISSOCK(found))
        assert "There are no such tasks.\n" == phantom("tasks").stdout
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
            assert 200 == client.get("http://localhost/api/tasks").status_code
            assert 403 == client.get("http://evil.example/api/tasks").status_code
        ports = psutil.Process(server.process.pid).net_connections(kind="inet")
        assert [] == [each for each in ports if each.status == psutil.CONN_LISTEN]
        other = phantom("serve", "--home", str(tmp_path / "b"), "--unix-socket", str(path))
        assert (3, "") == (other.returncode, other.stdout)
        assert "nother server listens" in other.stderr
    assert not path.exists()


def test_a_socket_that_a_dead_server_left_is_replaced(
    phantom: PhantomCommand, tmp_path: Path
) -> None:
    """And nothing else that may stand there."""
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with phantom.serve("--unix-socket", str(path)):
        assert 0 == phantom("tasks").returncode
    path.write_text("mine")
    refused = phantom("serve", "--unix-socket", str(path))
    assert (3, "mine") == (refused.returncode, path.read_text())
    assert "is not a socket" in refused.stderr
    nowhere = phantom("serve", "--unix-socket", str(tmp_path / "none" / "s.sock"))
    assert 3 == nowhere.returncode
    assert 1 == len(nowhere.stderr.splitlines())


def test_a_socket_and_a_port_where_both_are_asked_for(
    phantom: PhantomCommand, tmp_path: Path
) -> None:
    """The same server answers at both."""
    path = tmp_path / "s.sock"
    with phantom.serve("--unix-socket", str(path), "--port", "0") as server:
        assert server.facts["url"].startswith("http://127.0.0.1:")
        assert 200 == httpx.get(f"{server.facts['url']}/api/health").status_code
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
            assert 200 == client.get("http://localhost/api/health").status_code


def test_a_key_from_storing_to_forgetting(phantom: PhantomCommand) -> None:
    """Read from standard input, and shown by nothing."""
    assert "There are no keys.\n" == phantom("key", "list").stdout
    added = phantom("key", "add", "main", typed=f"{VALUE}\n")
    assert 0 == added.returncode
    assert "sent to api.anthropic.com and nowhere else" in added.stdout
    listed = phantom("key", "list")
    assert ["main", "api.anthropic.com", "local"] == listed.stdout.splitlines()[1].split()[:3]
    rotated = phantom("key", "rotate")
    assert "1 key is sealed under a new master key, which is in master.key.\n" == rotated.stdout
    assert 2 == phantom("key", "add", "main", typed=VALUE).returncode
    unknown = phantom("key", "add", "other", typed="sk-of-whomever-1234")
    assert (2, True) == (unknown.returncode, "give `host`" in unknown.stderr)
    assert "The key main is removed.\n" == phantom("key", "remove", "main").stdout
    assert 2 == phantom("key", "remove", "main").returncode
    assert [] == json.loads(phantom("key", "list", "--json").stdout)
    said = [added, listed, rotated, unknown]
    assert [] == [each for each in said if VALUE in each.stdout + each.stderr]
