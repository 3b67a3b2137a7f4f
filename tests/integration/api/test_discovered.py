"""A command line that is installed and logged in does tasks without having been connected."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from phantom.app import create_app
from phantom.settings import Settings
from tests.support.api import Server
from tests.support.repositories import GitRepoFactory

CONNECTIONS = "/api/agents/connections"
# What stands for the program prints what the real one prints, and changes a file.
PROGRAM = """#!/bin/sh
if [ "$1" = --version ]; then echo "codex-cli 0.169.0"; exit; fi
cat > /dev/null
echo hello > hello.txt
echo '{"type":"thread.started","thread_id":"t-1"}'
echo '{"type":"item.completed","item":{"id":"i","type":"agent_message","text":"I wrote it."}}'
echo '{"type":"turn.completed","usage":{"input_tokens":10,"output_tokens":2}}'
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of everything here."""
    return tmp_path_factory.mktemp("discovered")


@pytest.fixture(autouse=True)
def _same_user(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server, which looks for logins again and again, is everybody's here."""
    monkeypatch.setenv("HOME", str(base / "user"))


@pytest.fixture(scope="module")
def client(base: Path) -> Iterator[httpx.Client]:
    """A client of a server on a machine with codex, logged in, and gemini, which is not."""
    GitRepoFactory(base)({"a.txt": "a\n"}, name="project")
    programs, user = base / "bin", base / "user"
    (user / ".codex").mkdir(parents=True)
    (user / ".codex" / "auth.json").write_text("{}")
    programs.mkdir()
    for name in ("codex", "gemini"):
        (programs / name).write_text(PROGRAM)
        (programs / name).chmod(0o755)

    def build(port: int):
        given = {"home": base / "home", "roots": (base,), "port": port, "discover_agents": True}
        return create_app(Settings.model_validate(given), evaluators=())

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(user))
        patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
            patch.delenv(name, raising=False)
        with (
            Server(build) as server,
            httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client,
        ):
            yield client


def asked(client: httpx.Client, agent: str) -> httpx.Response:
    """The answer to a task for an agent."""
    order = {"prompt": "Write hello.txt", "task_type": "code_generation", "workspace": "project"}
    return client.post("/api/orchestration/execute", json=order | {"agent": agent})


def test_what_is_installed_is_listed(client: httpx.Client):
    """After the embedded agent, as discovered."""
    listed = client.get(CONNECTIONS).json()["connections"]

    assert {"codex", "gemini"} <= {each["agent_id"] for each in listed if each["discovered"]}
    assert listed[0]["builtin"]


def test_one_that_is_logged_in_does_a_task(client: httpx.Client):
    """And what it cost is not known, rather than nothing."""
    answer = asked(client, "codex")

    assert 200 == answer.status_code, answer.text
    assert "I wrote it." == answer.json()["content"]
    assert ["hello.txt"] == answer.json()["metadata"]["changed_files"]
    assert 1 == answer.json()["metadata"]["calls_of_unknown_cost"]


def test_one_that_is_not_logged_in_is_told_with_what_to_do(client: httpx.Client):
    """Before it is started."""
    answer = asked(client, "gemini")

    assert 503 == answer.status_code
    assert "gemini is not logged in" in answer.json()["detail"]


def test_one_that_is_installed_later_is_found_when_it_is_needed(client: httpx.Client):
    """Without a new start of the server; and one that was taken away is not asked any more."""
    program = Path(shutil.which("codex") or "")
    away = program.rename(program.with_name("away"))
    gone = asked(client, "codex")
    listed = client.get(CONNECTIONS).json()["connections"]
    away.rename(program)
    back = asked(client, "codex")

    assert 200 != gone.status_code
    assert "codex" not in {each["agent_id"] for each in listed}
    assert 200 == back.status_code, back.text


def test_one_can_be_switched_off_and_not_deleted(client: httpx.Client):
    """Switched off, it is a connection like others; without that one it is discovered again."""
    assert 409 == client.delete(f"{CONNECTIONS}/gemini").status_code

    changed = client.put(f"{CONNECTIONS}/gemini", json={"enabled": False})

    assert (False, False) == (changed.json()["enabled"], changed.json()["discovered"])
    listed = client.get(CONNECTIONS).json()["connections"]
    assert 1 == sum(each["agent_id"] == "gemini" for each in listed)
    assert "disabled" in asked(client, "gemini").json()["detail"]

    assert 204 == client.delete(f"{CONNECTIONS}/gemini").status_code
    assert client.get(f"{CONNECTIONS}/gemini").json()["discovered"]
