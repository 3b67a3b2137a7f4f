"""A search over the API's own document for an answer that it does not declare."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import Server
from tests.support.touring import toured_server

SEARCH = str(Path(__file__).parents[2] / "support" / "schemathesis.toml")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole server."""
    with toured_server(tmp_path_factory.mktemp("search"), evaluators=()) as (server, _):
        yield server


def test_whatever_is_asked_is_answered_as_declared(server: Server, tmp_path: Path) -> None:
    """A search for an answer that is not declared, with every check on: above all, never a 500.

    In a process of its own, since it reads the document as any client would; always the same
    requests.
    """
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", SEARCH, "run"),
            *(f"{server.url}/openapi.json", "--checks", "all", "--max-examples", "3"),
            *("--phases", "examples,fuzzing", "--no-color"),
        ],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
