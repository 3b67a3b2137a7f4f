"""`phantom demo`, whole."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.support.phantom_command import PhantomCommand

pytestmark = pytest.mark.slow


def test_the_demo_repairs_and_reviews(phantom: PhantomCommand, tmp_path: Path) -> None:
    """Plain when piped, with a picture of itself, and nothing left behind."""
    (tmp_path / "tmp").mkdir()
    picture = tmp_path / "demo.svg"
    done = phantom(
        "demo", "--record", str(picture), env={"TMPDIR": str(tmp_path / "tmp")}, timeout=110
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert "\x1b" not in done.stdout
    for told in (
        "18 of 21 tests passed",
        "+        return self.start < other.end and other.start < self.end",
        "3 failed -> all pass",
        "cost     $0.00",
        "Where the time went",
        "roombook/doorplate.py",
        "/docs",
    ):
        assert told in done.stdout
    assert [] == list((tmp_path / "tmp").iterdir())

    drawn = picture.read_text()
    ET.fromstring(drawn)
    assert str(tmp_path) not in drawn
    assert {"http://www.w3.org/2000/svg"} == set(re.findall(r"https?://[^\"'\s<]+/svg", drawn))
    assert "url(http" not in drawn


def test_the_demo_survives_a_power_cut(phantom: PhantomCommand, tmp_path: Path) -> None:
    """The server is killed in the middle, another finishes, and the agent was called once."""
    (tmp_path / "tmp").mkdir()
    done = phantom(
        "demo", "--crash", "--keep", "--json", env={"TMPDIR": str(tmp_path / "tmp")}, timeout=110
    )
    assert (0, "") == (done.returncode, done.stderr)
    told = json.loads(done.stdout)
    assert "completed" == told["repair"]["status"] == told["review"]["status"]
    assert told["quality_before"] < told["repair"]["final_quality"]
    assert 2 == told["journal"]["server_starts"] == len(told["server_start_seconds"])
    assert 1 == len(told["journal"]["calls"]) == told["journal"]["processes_started"]
    assert told["survivor"]["lines_later"] >= told["survivor"]["lines_at_kill"] > 0
    kept = Path(told["directory"])
    assert (kept / "roombook" / ".git").is_dir()
    assert (kept / "home" / "phantom.db").is_file()
    assert str(kept) in phantom("db", "status", "--home", str(kept / "home")).stdout
