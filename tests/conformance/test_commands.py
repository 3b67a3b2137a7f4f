"""The command lines at the end of the reference, as they stand, on a fresh server."""

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator

import pytest
from websockets.sync.client import connect

from tests.support.phantom_command import PhantomCommand
from tests.support.reference import Reference

PORT = 1336
_CURL = re.compile(r"^curl (?:.*\\\n)*.*$", re.MULTILINE)
_SOCKET = re.compile(r"^websocat (\S+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a fresh server: the reference's own, or another where that one is taken."""
    with socket.socket() as probe:
        # As servers do: what a connection left behind does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
            wanted = PORT
        except OSError:
            wanted = 0
    command = PhantomCommand(tmp_path_factory.mktemp("fresh"))
    with command.serve("--port", str(wanted)) as server:
        yield int(server.facts["url"].rpartition(":")[2])


def on(text: str, port: int) -> str:
    """The same for a server on another port, where it has to be."""
    return text.replace(f"localhost:{PORT}", f"localhost:{port}")


def test_every_curl_line_works(reference: Reference, port: int) -> None:
    """Each answers 200 with JSON, offline and with no agent connected."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    lines = _CURL.findall(reference.commands)
    assert reference.commands.count("curl ") == len(lines) > 0
    for line in lines:
        asked = on(
            line.replace("curl ", f"{curl} --silent --show-error --fail-with-body ", 1), port
        )
        done = subprocess.run(
            ["/bin/sh", "-c", asked], capture_output=True, text=True, timeout=60, check=False
        )
        assert 0 == done.returncode, (line, done.stdout, done.stderr)
        answer = json.loads(done.stdout)
        if "execute" in line:
            assert "local" == answer["agent"]
            assert "needs_agent" == answer["metadata"]["outcome"]


def test_the_websocket_line_works(reference: Reference, port: int) -> None:
    """Its address is opened, and greets, by whatever program."""
    (address,) = _SOCKET.findall(reference.commands)
    with connect(on(address, port), proxy=None) as opened:
        assert "connection_status" == json.loads(opened.recv(timeout=10))["type"]
