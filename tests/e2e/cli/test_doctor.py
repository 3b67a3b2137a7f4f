"""What `phantom doctor` finds out by asking."""

import json
import os
from pathlib import Path

import pytest

from tests.support.langfuse import PUBLIC, SECRET, FakeLangfuse
from tests.support.phantom_command import PhantomCommand


@pytest.mark.parametrize(
    ("secret", "state", "word"),
    [
        (SECRET, "ok", "takes the keys"),
        ("sk-lf-wrong-0", "warning", "refuses the keys"),
        ("", "failed", "LANGFUSE_SECRET_KEY"),
    ],
)
def test_the_doctor_asks_langfuse_whether_the_keys_count(
    tmp_path: Path, secret: str, state: str, word: str
) -> None:
    """Wrong ones stand in no task's way, but are said; with half a pair no server starts."""
    phantom = PhantomCommand(tmp_path, {})
    with FakeLangfuse() as langfuse:
        keys = {
            "LANGFUSE_PUBLIC_KEY": PUBLIC,
            "LANGFUSE_SECRET_KEY": secret,
            "LANGFUSE_HOST": langfuse.url,
        }
        done = phantom("doctor", "--json", env=keys)
    (found,) = [each for each in json.loads(done.stdout)["checks"] if each["name"] == "langfuse"]
    assert (state, True) == (found["state"], word in found["finding"])
    assert "sk-lf" not in done.stdout + done.stderr


def test_without_keys_the_doctor_says_that_nothing_is_sent(tmp_path: Path) -> None:
    """Which is no fault."""
    done = PhantomCommand(tmp_path, {})("doctor", "--json")
    (found,) = [each for each in json.loads(done.stdout)["checks"] if each["name"] == "langfuse"]
    assert "absent" == found["state"]


@pytest.mark.parametrize(
    ("demanded", "state", "words"),
    [
        ("none", "warning", "can read and change whatever the user of the server can"),
        ("bubblewrap", "failed", "No permissions to create namespace"),
    ],
)
def test_the_doctor_says_what_cages_agents_and_what_does_not(
    tmp_path: Path, demanded: str, state: str, words: str
) -> None:
    """Here a `bwrap` is installed that may not make namespaces, as in many containers."""
    program = tmp_path / "bin" / "bwrap"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PHANTOM_SANDBOX": demanded, "PATH": path}
    done = PhantomCommand(tmp_path, {})("doctor", "--json", env=environment)
    (found,) = [each for each in json.loads(done.stdout)["checks"] if each["name"] == "sandbox"]
    assert (state, True) == (found["state"], words in found["finding"])


def test_the_doctor_says_of_each_command_line_what_to_do(tmp_path: Path) -> None:
    """One tested and logged in, a shim without its program, and one that is not there."""
    programs, home = tmp_path / "bin", tmp_path / "user"
    programs.mkdir()
    for name, script in (("codex", "echo codex-cli 0.169.0"), ("claude", "exit 1")):
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    (home / ".codex").mkdir(parents=True)
    (home / ".codex" / "auth.json").touch()
    path = f"{programs}{os.pathsep}{os.defpath}"

    done = PhantomCommand(tmp_path, {})("doctor", "--json", env={"PATH": path, "HOME": str(home)})

    found = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
    expected = {"state": "ok", "finding": f"0.169.0 at {programs / 'codex'}; logged in"}
    assert {"name": "agent codex", **expected} == found["agent codex"]
    assert "warning" == found["agent claude"]["state"]
    assert "npm install -g @anthropic-ai/claude-code" in found["agent claude"]["finding"]
    assert "absent" == found["agent gemini"]["state"]


def test_the_doctor_says_that_no_task_would_begin(tmp_path: Path) -> None:
    """Where less is free than a task needs; with the setting to change."""
    short = ("disk", "memory")
    environment = {f"PHANTOM_MIN_FREE_{what.upper()}_MB": "1000000000" for what in short}
    done = PhantomCommand(tmp_path, {})("doctor", "--json", env=environment)

    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert 1 == done.returncode
    for what in short:
        assert "failed" == checks[what]["state"]
        assert f"1,000,000,000 MB (`min_free_{what}_mb`)" in checks[what]["finding"]


def test_the_doctor_says_which_languages_can_be_measured(tmp_path: Path) -> None:
    """By the programs on PATH; one that is missing stands in no task's way."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("go", "node", "npm", "cargo", "git"):
        (programs / name).write_text("#!/bin/sh\necho git version 2.40.0\n")
        (programs / name).chmod(0o755)
    done = PhantomCommand(tmp_path, {})("doctor", "--json", env={"PATH": str(programs)})
    found = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
    assert ("ok", str(programs / "go")) == (
        found["language go"]["state"],
        found["language go"]["finding"],
    )
    assert "ok" == found["language javascript"]["state"]
    assert "absent" == found["language rust"]["state"]
    assert "no rustc on PATH" in found["language rust"]["finding"]
