"""Whether the server stays quick while command lines work: `./dev bench cli_tasks`.

Twenty tasks at once, each a real command line (`./dev test` installs them) against a provider on
loopback, through the whole loop, in a sandbox. Meanwhile somebody asks for `/api/health` twenty
times a second; before that, on the idle server, for as long. One table, with the limit.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from tests.support.agent_clis import CLIS, INSTALLED, Installed
from tests.support.provider import Provider

TASKS = 20
LIMIT_MS = 100.0
_IDLE_SECONDS = 5.0
_BETWEEN = 0.05
_PATIENCE = 600.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tasks", type=int, default=TASKS)
    parser.add_argument("--cli", default="claude", choices=[cli.name for cli in CLIS])
    options = parser.parse_args()
    cli = next(each for each in CLIS if each.name == options.cli)
    if not cli.program.exists():
        sys.exit(f"{cli.program} is not there: `./dev test tests/agent_clis` installs it")
    print(f"cli_tasks: {cli.name}, Python {platform.python_version()}, {os.cpu_count()} cores")
    with (
        tempfile.TemporaryDirectory(prefix="phantom-bench-") as made,
        Provider() as provider,
        served(Path(made), cli, provider, options.tasks) as client,
    ):
        idle = measured(client, lambda: time.sleep(_IDLE_SECONDS))
        started = time.monotonic()
        busy = measured(client, lambda: work(client, options.tasks))
        took = time.monotonic() - started
    heads = "".join(f"{name:>10}" for name in ("requests", "p50 ms", "p99 ms", "worst", "limit"))
    print(f"{'/api/health':<34}{heads}")
    row("idle", idle, "")
    row(f"{options.tasks} tasks at once, {took:.0f} s", busy, f"< {LIMIT_MS:.0f}")


@contextlib.contextmanager
def served(root: Path, cli: Installed, provider: Provider, tasks: int) -> Iterator[httpx.Client]:
    """A client of `phantom serve`, with the command line connected and a repository."""
    repository = root / "repository"
    repository.mkdir()
    (repository / "README.md").write_text("Hello\n")
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "one")):
        author = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
        subprocess.run(["git", *author, *command], cwd=repository, check=True)
    names = os.pathsep.join((str(cli.program.parent), str(INSTALLED / "node_modules" / ".bin")))
    environment = {
        "PATH": f"{names}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(root),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PHANTOM_HOME": str(root / "home"),
        "PHANTOM_CONCURRENCY": str(tasks),
        "PROVIDER_KEY": "a-key-of-the-provider",
    }
    argv = [sys.executable, "-m", "phantom", "serve", "--json", "--port", "0", "--root", str(root)]
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            facts = json.loads(server.stdout.readline())
            with httpx.Client(base_url=facts["url"], trust_env=False, timeout=60) as client:
                connect(client, cli, provider)
                yield client
        finally:
            server.terminate()


def connect(client: httpx.Client, cli: Installed, provider: Provider) -> None:
    """Connect the command line to the provider."""
    body = {
        "agent_id": f"{cli.agent_type}_main" if cli.name != "opencode" else "opencode",
        "agent_name": cli.name,
        "agent_type": cli.agent_type,
        "connection_type": "local",
        "endpoint": provider.url("edit") + cli.suffix,
        "api_key_id": "env:PROVIDER_KEY",
        "model": cli.model,
    }
    client.post("/api/agents/connections", json=body).raise_for_status()


def work(client: httpx.Client, tasks: int) -> None:
    """Order all tasks at once, and wait for their end; each must be completed."""
    connections = client.get("/api/agents/connections").json()["connections"]
    agent = next(each["agent_id"] for each in connections if each["endpoint"])
    ids = []
    for number in range(tasks):
        order = {"prompt": f"Write hello.txt ({number})", "task_type": "code_generation"}
        order |= {"workspace": "repository", "agent": agent}
        answer = client.post(
            "/api/orchestration/execute", json=order, headers={"Prefer": "respond-async"}
        )
        answer.raise_for_status()
        ids.append(answer.json()["task_id"])
    deadline = time.monotonic() + _PATIENCE
    for task_id in ids:
        while (task := client.get(f"/api/tasks/{task_id}").json())["status"] in {
            "pending",
            "in_progress",
        }:
            assert time.monotonic() < deadline, "the tasks do not end"
            time.sleep(0.5)
        assert task["status"] == "completed", task["failure_detail"]


def measured(client: httpx.Client, during: Callable[[], None]) -> list[float]:
    """Milliseconds of each request for the health while `during` is called."""
    taken: list[float] = []
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=client.base_url, trust_env=False, timeout=60) as own:
            while not over.wait(_BETWEEN):
                began = time.perf_counter()
                own.get("/api/health").raise_for_status()
                taken.append((time.perf_counter() - began) * 1000)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        during()
    finally:
        over.set()
        asker.join()
    return taken


def row(what: str, taken: list[float], limit: str) -> None:
    """One line of the table."""
    p99 = statistics.quantiles(taken, n=100)[98]
    figures = f"{len(taken):>10}{statistics.median(taken):>10.1f}{p99:>10.1f}{max(taken):>10.1f}"
    print(f"{what:<34}{figures}{limit:>10}")


if __name__ == "__main__":
    main()
