"""A whole server and a real command line: connected by HTTP, killed in the middle, paid once."""

import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.support.agent_clis import CLIS, INSTALLED
from tests.support.phantom_command import PhantomCommand, wait_for
from tests.support.provider import HELLO, Provider, edit, slowly
from tests.support.repositories import GitRepoFactory

CODEX = next(cli for cli in CLIS if cli.name == "codex")


@pytest.mark.slow
@pytest.mark.usefixtures("homes")
def test_a_server_that_is_killed_during_a_call_finds_the_command_line_again(
    tmp_path: Path, git_repo: GitRepoFactory, provider: Provider
):
    """The next server hears the rest, and each of the model's answers was paid once."""
    phantom = PhantomCommand(tmp_path)
    repository = git_repo({"README.md": "Hello"})
    url = provider.play(slowly(edit(), pause=0.4))
    path = f"{INSTALLED / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}"
    serve = ("--root", str(tmp_path))
    environment = {"PATH": path, "PROVIDER_KEY": "a-key-of-the-provider"}

    with phantom.serve(*serve, env=environment) as server:
        with httpx.Client(base_url=server.facts["url"], trust_env=False, timeout=30) as client:
            connected = client.post(
                "/api/agents/connections",
                json={
                    "agent_id": "openai_main",
                    "agent_name": "codex",
                    "connection_type": "local",
                    "endpoint": url + CODEX.suffix,
                    "api_key_id": "env:PROVIDER_KEY",
                    "model": CODEX.model,
                },
            )
            assert 201 == connected.status_code, connected.text
            order = {"prompt": "Write hello.txt", "task_type": "code_generation", "wait": False}
            named = {"workspace": str(repository), "agent": "openai_main"}
            accepted = client.post("/api/orchestration/execute", json=order | named)
            task_id = accepted.json()["task_id"]
            wait_for(lambda: bool(provider.asked_of(url)), 60)
        server.stop(signal.SIGKILL)

    with phantom.serve(*serve, env=environment):
        done = json.loads(phantom("task", task_id, "--follow", "--json", timeout=90).stdout)

    assert "completed" == done["status"], done
    assert "hello from the provider" in git_repo.git(
        repository, "show", f"{done['branch']}:{HELLO}"
    )
    asked = provider.asked_of(url)
    assert [] == [each for each in asked if each.left]
    assert 2 == len(asked)
    assert 2200 == done["tokens"]
