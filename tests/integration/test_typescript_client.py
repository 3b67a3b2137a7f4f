"""The TypeScript client against a live server; `./dev client` writes and type-checks it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import Server
from tests.support.touring import toured_server
from tools import typescript_client

PACKAGE = typescript_client.PACKAGE
NODE = Path(sys.executable).parent / "node"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole server."""
    with toured_server(tmp_path_factory.mktemp("typescript"), evaluators=()) as (server, _):
        yield server


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    """The API's own document."""
    return typescript_client.document()


def run(script: Path, *args: str) -> object:
    """What a script prints, as JSON."""
    done = subprocess.run(
        [NODE, "--no-warnings", script, *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def test_it_works_with_a_live_server(server: Server) -> None:
    """Calls, answers, errors, and events up to the end of a task, from its own sources."""
    seen = run(PACKAGE / "test" / "tour.ts", server.url)
    assert isinstance(seen, dict)
    events = seen.pop("events")
    assert {"task_update", "agent_activity", "agent_switch", "task_result"} <= set(events)
    assert {
        "slot": "Projekt-A",
        "tasks": [True],
        "status": "completed",
        "content": "# A skill\n",
        "nothing": True,
        "metrics": True,
        "refusal": {"status": 400, "field": "query.status"},
    } == seen


def test_the_package_can_be_imported(server: Server, tmp_path: Path) -> None:
    """As npm lays it into a project: by its name, as plain JavaScript."""
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "phantom-client").symlink_to(PACKAGE)
    script = tmp_path / "health.mjs"
    script.write_text(
        'import { Phantom } from "phantom-client";\n'
        "const phantom = new Phantom({ url: process.argv[2] });\n"
        'console.log(JSON.stringify(await phantom.call("system_health", {})));\n'
    )
    health = run(script, server.url)
    assert isinstance(health, dict)
    assert "healthy" == health["status"]


def test_its_generated_sources_are_of_this_api(document: dict[str, object]) -> None:
    """Whoever changes the API runs `./dev client`."""
    sources = PACKAGE / "src"
    assert typescript_client.routes(document) == (sources / "operations.ts").read_text()
    assert typescript_client.digest(document) in (sources / "schema.ts").read_text()


def test_it_needs_no_other_package_to_run() -> None:
    """What is only for its making does not come along."""
    package = json.loads((PACKAGE / "package.json").read_text())
    assert "dependencies" not in package
    assert {"openapi-typescript", "typescript"} == set(package["devDependencies"])
