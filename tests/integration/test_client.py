"""The Python client, as its page shows it, against a live server."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import phantom
from phantom.client import Client
from phantom.errors import NotFound, Unreachable
from tests.support.api import Server
from tests.support.touring import toured_server

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole server."""
    with toured_server(tmp_path_factory.mktemp("client"), evaluators=()) as (server, _):
        yield server


def test_the_example_of_the_page_works(server: Server, tmp_path: Path) -> None:
    """Copied as it stands, but for the address."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example.replace("http://localhost:1336", server.url))
    done = subprocess.run(
        [sys.executable, script],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(phantom.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    assert done.stdout.splitlines()[-2] == "task_result"
    assert done.stdout.splitlines()[-1].startswith("completed phantom/")


async def test_refusals_are_errors_of_ours(server: Server) -> None:
    """With the server's own sentence."""
    async with Client(server.url) as client:
        with pytest.raises(NotFound, match="There is no task"):
            await client.task("4b1b5a63-3d1a-4bb8-8e5c-3a6c8f1b2d10")
    async with Client("http://127.0.0.1:9") as client:
        with pytest.raises(Unreachable, match="No server answers"):
            await client.health()


def test_every_method_is_on_the_page() -> None:
    """And none that is not there."""
    methods = {name for name, value in vars(Client).items() if callable(value) and name[0] != "_"}
    table = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    named = {name for line in table for name in re.findall(r"`(\w+)\(", line)}
    assert methods == named
