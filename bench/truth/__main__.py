"""Prints one table: how much was compared, and how much did not agree. Exit status 1 where any."""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.truth import repositories, said
from bench.truth.provider import CACHED_MICROS, INPUT_MICROS, MODEL, OUTPUT_MICROS, Provider
from bench.truth.reader import Findings, Reader

AGENTS = ("local", "openai_scripted")
TASKS = 30


def main() -> None:
    """Run the tasks, read, print."""
    parser = argparse.ArgumentParser(prog="./dev bench truth", description=__doc__)
    parser.add_argument("--tasks", type=int, default=TASKS, help="repositories, at most 30")
    parser.add_argument("--database", default="", help="a URL; by default SQLite in the home")
    options = parser.parse_args()
    print(f"truth: Python {platform.python_version()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="phantom-truth-") as made:
        findings, ends = run(Path(made).resolve(), options.tasks, options.database)
    print(table(findings))
    print(", ".join(f"{agent} {status}: {n}" for (agent, status), n in sorted(ends.items())))
    for kind, sentences in findings.wrong.items():
        for sentence in sentences:
            print(f"  {kind}: {sentence}")
    sys.exit(1 if findings.wrong else 0)


def run(root: Path, tasks: int, database: str) -> tuple[Findings, Counter[tuple[str, str]]]:
    """The findings, and how the tasks of each agent ended."""
    made = repositories.make(root / "repositories", tasks)
    (root / "scratch").mkdir()
    reader = Reader(made, root / "scratch")
    with Provider(made) as provider, served(root, database) as client:
        connect(client, provider)
        listener = said.Listener(str(client.base_url))
        told = [
            said.order(client, each.label, each.prompt, str(each.root), agent)
            for agent in AGENTS
            for each in made
        ]
        said.wait(client, told)
        for each in told:
            said.ask(client, each, listener.events)
        listener.close()
        projects = {t.task["project_id"] for t in told}
        (project,) = projects
        sums = {
            "dashboard": client.get("/api/metrics/dashboard").raise_for_status().json(),
            "project": client.get(f"/api/projects/{project}").raise_for_status().json(),
            "metrics": said.metrics(client),
        }
        for each in told:
            reader.task(each, provider.log)
        reader.repositories(told)
        reader.processes(told, root / "home")
        reader.sums(told, provider.log, sums)
    return reader.findings, Counter((each.agent, each.task["status"]) for each in told)


@contextlib.contextmanager
def served(root: Path, database: str) -> Iterator[httpx.Client]:
    """A client of `phantom serve` that sees the repositories."""
    prices = root / "prices.toml"
    prices.write_text(
        f'date = 2026-11-01\n[[models]]\nmodel = "{MODEL}"\n'
        f"input = {INPUT_MICROS}\noutput = {OUTPUT_MICROS}\ncache_read = {CACHED_MICROS}\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PHANTOM_HOME": str(root / "home"),
        "PHANTOM_PRICES": str(prices),
        "PHANTOM_DISCOVER_AGENTS": "false",
        "PROVIDER_KEY": "a-key-of-the-provider",
    } | ({"DATABASE_URL": database} if database else {})
    argv = [sys.executable, "-m", "phantom", "serve", "--json", "--port", "0"]
    argv += ["--root", str(root / "repositories")]
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            facts = json.loads(server.stdout.readline())
            with httpx.Client(base_url=facts["url"], trust_env=False, timeout=60) as client:
                yield client
        finally:
            server.terminate()


def connect(client: httpx.Client, provider: Provider) -> None:
    """Connect the scripted agent."""
    body = {
        "agent_id": AGENTS[1],
        "agent_name": "Scripted",
        "agent_type": "openai",
        "connection_type": "remote",
        "endpoint": provider.url,
        "api_key_id": "env:PROVIDER_KEY",
        "model": MODEL,
    }
    client.post("/api/agents/connections", json=body).raise_for_status()


def table(findings: Findings) -> str:
    """A row for each kind of thing that was compared."""
    rows = ["| What | Compared | Not agreeing |", "|---|---|---|"]
    for kind, count in sorted(findings.compared.items()):
        rows.append(f"| {kind} | {count:,} | {len(findings.wrong.get(kind, ()))} |")
    wrong = sum(map(len, findings.wrong.values()))
    rows.append(f"| all | {findings.compared.total():,} | {wrong} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
