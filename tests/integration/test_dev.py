"""`./dev`, the task runner, as somebody meets it in a bare clone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout in which nothing has been installed yet."""
    shutil.copy(ROOT / "dev", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def dev(clone: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `./dev` with the running Python and nothing of the machine's configuration."""
    return subprocess.run(
        [sys.executable, clone / "dev", *args],
        cwd=clone,
        env={"PATH": os.defpath, "HOME": str(clone), "PIP_CONFIG_FILE": os.devnull, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_needs_no_environment(clone: Path) -> None:
    """The first thing that anybody types answers at once and installs nothing."""
    done = dev(clone, "--help")
    assert 0 == done.returncode
    for command in ("demo", "test", "serve", "lint", "types", "bench", "lock", "phantom"):
        assert f"\n  {command} " in done.stdout
    assert not (clone / ".dev").exists()


def test_no_command_shows_the_help(clone: Path) -> None:
    """Just `./dev` teaches."""
    assert dev(clone, "--help").stdout == dev(clone).stdout


def test_an_unknown_command_is_a_sentence(clone: Path) -> None:
    """A slip of the finger gets no traceback."""
    done = dev(clone, "tset")
    assert 2 == done.returncode
    assert "dev: there is no command 'tset'; ./dev --help lists them\n" == done.stderr


def test_without_an_index_it_says_what_is_missing(clone: Path) -> None:
    """The first call offline ends with what to do about it, and leaves nothing half-made."""
    done = dev(clone, "demo", PIP_NO_INDEX="1")
    assert 2 == done.returncode
    assert "This step needs the package index" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (clone / ".venv").exists()


def test_an_old_python_looks_for_a_newer_one(clone: Path) -> None:
    """Where there is none, the sentence names the version that is needed."""
    script = (
        "import sys, runpy; sys.version_info = (3, 9, 0, 'final', 0);"
        "sys.argv = ['dev', '--help']; runpy.run_path('dev', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=clone, env={"PATH": str(clone), "HOME": str(clone)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 2 == done.returncode
    assert "Phantom needs Python 3.11 or newer" in done.stderr
