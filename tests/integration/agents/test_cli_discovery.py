"""Which command lines are found, and what is said of them."""

import os
from pathlib import Path

import pytest

from phantom.agents.cli.discovery import Discovery, Installed
from phantom.agents.connections import Connection
from phantom.agents.fleet import NotReady
from phantom.vocabulary import AgentType, ConnectionType


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that PATH names before the system's."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.defpath}")
    return directory


def program(directory: Path, name: str, script: str) -> Path:
    """A program of a few lines."""
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def found(name: str) -> Installed:
    """One of them."""
    return next(each for each in await Discovery().installed() if each.name == name)


def local(agent_type: AgentType, agent_id: str = "mine") -> Connection:
    """A local connection."""
    return Connection(
        agent_id=agent_id,
        agent_name="Mine",
        agent_type=agent_type,
        connection_type=ConnectionType.LOCAL,
    )


async def test_one_that_is_tested_and_logged_in_has_no_trouble(programs: Path) -> None:
    """By the file that its own login command writes."""
    path = program(programs, "claude", "echo 2.1.330 '(Claude Code)'")
    login = Path.home() / ".claude" / ".credentials.json"
    login.parent.mkdir()
    login.touch()

    expected = Installed("claude", path, "2.1.330", ("2.1.330", "2.1.330"), logged_in=True)
    assert expected == await found("claude")


@pytest.mark.parametrize(
    ("script", "usable", "trouble"),
    [
        ("echo 3.0.0", True, "3.0.0 was not tested (2.1.330 to 2.1.330 were); it may work"),
        ("echo 2.1.330", True, "not logged in: run `claude` and log in with /login"),
        ("echo native binary not installed >&2; exit 1", False, "npm install -g"),
        ("echo 2.1.330; exit 1", False, "--version` fails"),
        ("echo hello", False, "--version` fails"),
    ],
)
async def test_trouble_is_said_with_what_to_do(
    programs: Path, script: str, usable: bool, trouble: str
) -> None:
    """A shim is on PATH before its program is there, and then fails."""
    program(programs, "claude", script)
    one = await found("claude")
    assert (usable, True) == (one.usable, trouble in one.trouble), one.trouble


@pytest.mark.parametrize("what", ["nothing", "a directory", "no program"])
async def test_what_is_no_program_is_not_installed(programs: Path, what: str) -> None:
    """Whatever bears its name."""
    if what == "a directory":
        (programs / "gemini").mkdir()
    elif what == "no program":
        (programs / "gemini").write_text("#!/bin/sh\n")
    one = await found("gemini")
    assert (False, None) == (one.usable, one.path)
    assert "npm install -g @google/gemini-cli" in one.trouble


async def test_a_version_is_asked_for_once_until_the_file_changes(programs: Path) -> None:
    """Some take seconds to say it."""
    counter = programs / "count"
    path = program(programs, "codex", f"echo x >> {counter}; echo codex-cli 0.169.0")
    discovery = Discovery()
    for _ in range(3):
        await discovery.installed()
    assert 1 == len(counter.read_text().splitlines())

    path.write_text("#!/bin/sh\necho codex-cli 0.170.0\n")

    versions = {each.name: each.version for each in await discovery.installed()}
    assert "0.170.0" == versions["codex"]


async def test_a_connection_finds_its_program(programs: Path) -> None:
    """opencode by the id, since it has no type of its own; cursor by its installer's name."""
    codex = program(programs, "codex", "echo 0.169.0")
    opencode = program(programs, "opencode", "echo 1.18.33")
    cursor = program(programs, "cursor-agent", "exit 1")
    discovery = Discovery({"windsurf": "/opt/agent --acp", "special": "other 'an argument'"})
    await discovery.installed()

    def argv(connection: Connection) -> tuple[tuple[str, ...], bool]:
        made = discovery.program(connection)
        return made.argv, made.acp

    assert ((str(codex),), False) == argv(local(AgentType.OPENAI))
    assert ((str(opencode),), False) == argv(local(AgentType.OPENAI, "opencode_main"))
    assert ((str(cursor), "acp"), True) == argv(local(AgentType.CURSOR))
    assert (("/opt/agent", "--acp"), True) == argv(local(AgentType.WINDSURF))
    assert (("other", "an argument"), True) == argv(local(AgentType.CLAUDE, "special"))


@pytest.mark.parametrize(
    ("agent_type", "words"),
    [
        (AgentType.GEMINI, "is not installed: gemini is not on PATH; install it with `npm install"),
        (AgentType.WINDSURF, "name a command that speaks it in the setting acp_commands, under"),
    ],
)
async def test_one_without_a_program_says_what_to_do(
    programs: Path,  # noqa: ARG001 - an empty PATH, but for the system
    agent_type: AgentType,
    words: str,
) -> None:
    """As a clause after the agent's name."""
    discovery = Discovery()
    await discovery.installed()
    with pytest.raises(NotReady, match=r"acp_commands|npm") as refused:
        discovery.program(local(agent_type))
    assert words in str(refused.value)
