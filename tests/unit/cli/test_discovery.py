"""Finding a running server."""

import json
import os
from pathlib import Path

import psutil
import pytest

from phantom.cli.discovery import announced, announcement, url_of


def test_a_server_is_announced_while_it_runs(tmp_path: Path) -> None:
    """The file is there during the block only, and tells this process's address."""
    with announced(tmp_path, "http://127.0.0.1:1") as this:
        assert this == announcement(tmp_path)
        assert [tmp_path / "server.json"] == list(tmp_path.iterdir())
    assert announcement(tmp_path) is None
    assert [] == list(tmp_path.iterdir())


def test_the_announcement_of_a_successor_stays(tmp_path: Path) -> None:
    """A server that ends late does not remove what a newer one wrote."""
    with announced(tmp_path, "http://127.0.0.1:1"), announced(tmp_path, "http://127.0.0.1:2"):
        pass
    with announced(tmp_path, "http://127.0.0.1:1"):
        (tmp_path / "server.json").write_text('{"url": "newer"}')
    assert (tmp_path / "server.json").exists()


@pytest.mark.parametrize(
    "change",
    [{"process_started": 1.0}, {"pid": 2**22 + 1}, {"pid": "x"}],
    ids=["recycled pid", "dead", "garbage"],
)
def test_a_stale_announcement_is_not_trusted(tmp_path: Path, change: dict[str, object]) -> None:
    """Only the very process that wrote the file vouches for it."""
    fresh = {
        "url": "http://127.0.0.1:1",
        "pid": os.getpid(),
        "process_started": psutil.Process().create_time(),
    }
    file = tmp_path / "server.json"
    file.write_text(json.dumps(fresh))
    assert announcement(tmp_path) is not None
    file.write_text(json.dumps(fresh | change))
    assert announcement(tmp_path) is None
    file.write_text("{")
    assert announcement(tmp_path) is None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:9"),
        ("localhost", "http://localhost:9"),
        ("::1", "http://[::1]:9"),
        ("0.0.0.0", "http://127.0.0.1:9"),
        ("::", "http://[::1]:9"),
    ],
)
def test_an_address_is_a_url(host: str, url: str) -> None:
    """IPv6 has its brackets, and "every address" is asked on loopback."""
    assert url == url_of(host, 9)
