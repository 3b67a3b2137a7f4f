"""Tests and candidates that misbehave, and what is left of them: nothing."""

import time
from pathlib import Path

import psutil
import pytest

from phantom.agents.port import Outcome
from phantom.vocabulary import TaskType
from tests.support.embedded import ask, finished, request, start

RIGHT = "def add(a, b):\n    return a + b\n"
TEST = "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"


def project(root: Path, files: dict[str, str]) -> Path:
    """A workspace with these files."""
    workspace = root / "workspace"
    for path, text in files.items():
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_text(text)
    return workspace


def left_over(mark: str) -> list[int]:
    """Processes that carry the mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PHANTOM_MARK") == mark:
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def test_endless_loop(tmp_path: Path) -> None:
    """A loop that never ends fails its test, and the repair that ends it is found."""
    text = "def count(n):\n    i = 0\n    while i != n:\n        i += 2\n    return i\n"
    test = "from calc import count\n\n\ndef test_count():\n    assert count(3) == 3\n"
    workspace = project(tmp_path, {"calc.py": text, "test_calc.py": test})
    end = finished(ask(request(workspace, TaskType.DEBUGGING, "fix"), mark="loops"))
    assert Outcome.DONE == end.outcome, end.content
    assert [] == left_over("loops")


def test_kill_and_start_again(tmp_path: Path) -> None:
    """Killed in mid-search it leaves no process and a clean workspace; asked again it repairs."""
    text = "def count(n):\n    i = 0\n    while i != n:\n        i += 2\n    return i\n"
    test = "from calc import count\n\n\ndef test_count():\n    assert count(3) == 3\n"
    workspace = project(tmp_path, {"calc.py": text, "test_calc.py": test})
    asked = request(workspace, TaskType.DEBUGGING, "fix")
    with start(asked, mark="killed") as process:
        assert process.stdout
        while b"localise" not in process.stdout.readline():
            pass
        process.kill()
    # What the kernel ends with its parent is gone soon, not at once.
    deadline = time.monotonic() + 10
    while left_over("killed") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [] == left_over("killed")
    assert text == (workspace / "calc.py").read_text()
    assert Outcome.DONE == finished(ask(asked)).outcome


def test_memory(tmp_path: Path) -> None:
    """A candidate that takes all memory dies alone."""
    text = (
        "def add(a, b):\n    x = [0] * (b * 10**9 if a - 2 else 1)\n    return a - b + 0 * len(x)\n"
    )
    workspace = project(tmp_path, {"calc.py": text, "test_calc.py": TEST})
    end = finished(ask(request(workspace, TaskType.DEBUGGING, "fix"), mark="eats"))
    assert Outcome.DONE == end.outcome, end.content
    assert [] == left_over("eats")


def test_daemons(tmp_path: Path) -> None:
    """What a test starts and lets loose ends with it, in a session of its own or not."""
    spawn = (
        "import os, time\n\n\ndef loose():\n    if os.fork() == 0:\n        os.setsid()\n"
        "        if os.fork() == 0:\n            time.sleep(600)\n        os._exit(0)\n"
    )
    test = TEST.replace("    assert", "    loose()\n    assert").replace(
        "from calc import add", "from calc import add\nfrom spawn import loose"
    )
    files = {"calc.py": RIGHT.replace("+", "-"), "spawn.py": spawn, "test_calc.py": test}
    workspace = project(tmp_path, files)
    end = finished(ask(request(workspace, TaskType.DEBUGGING, "fix"), mark="daemons"))
    assert Outcome.DONE == end.outcome, end.content
    assert [] == left_over("daemons")


def test_writes_outside(tmp_path: Path) -> None:
    """Where the kernel can confine them, tests write to their own copy and nowhere else."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    write = (
        "import pathlib\n\n\ndef test_write():\n"
        f"    for path in ({str(outside / 'new')!r}, {str(outside / 'kept.txt')!r}):\n"
        "        try:\n            pathlib.Path(path).write_text('x')\n"
        "        except OSError:\n            pass\n"
    )
    files = {"calc.py": RIGHT.replace("+", "-"), "test_calc.py": TEST, "test_write.py": write}
    workspace = project(tmp_path, files)
    end = finished(ask(request(workspace, TaskType.DEBUGGING, "fix")))
    assert Outcome.DONE == end.outcome, end.content
    if not end.metadata["confined"]:
        pytest.skip("this kernel has no Landlock")
    assert ["kept.txt"] == [path.name for path in outside.iterdir()]
    assert "kept" == (outside / "kept.txt").read_text()


def test_a_test_that_kills_its_process(tmp_path: Path) -> None:
    """A test that takes the process down counts as failed; the others still count."""
    test = TEST + "\n\ndef test_dies():\n    import os\n    os._exit(3)\n"
    workspace = project(tmp_path, {"calc.py": RIGHT, "test_calc.py": test})
    end = finished(
        ask(request(workspace, TaskType.DEBUGGING, "fix", clocks={"wall": 20.0}), mark="dies")
    )
    assert Outcome.NEEDS_AGENT == end.outcome
    assert 1 == end.metadata["tests_failing_before"]
    assert [] == left_over("dies")
