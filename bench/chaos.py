"""Kill the server over and over, then check that nothing was lost, doubled or left behind.

Run as `./dev bench chaos [--kills N] [--database sqlite|postgresql] [--seed S]`. Half of the kills
hit a named point of the loop (each step's begin, end and record), the other half a random
moment. The agent is a process of its own that leaves a receipt whenever it really works.
"""

import argparse
import contextlib
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench._chaos_audit import Checkout, audit
from phantom.engine.faults import VARIABLE
from tools.postgres import PostgresServer

POINTS = [
    f"{kind}:{moment}"
    for kind, moments in {
        "workspace": ("done", "recorded"),
        "context": ("done", "recorded"),
        "config": ("done", "recorded"),
        "plan": ("done", "recorded"),
        "call": ("opened", "followed", "journalled", "done", "recorded"),
        "evaluate": ("snapshot", "measured", "done", "recorded"),
        "finish": ("delivered", "done", "recorded"),
    }.items()
    for moment in moments
]
LONGEST_RUN_SECONDS = 4.0
START_SECONDS = 60.0
LAST_RUN_SECONDS = 180.0


def main() -> int:
    """Run and print one table; 0 where everything held."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seed", type=int, default=20260101)
    options = parser.parse_args()
    names = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    print(f"chaos: {options.kills} kills each, Python {platform.python_version()}, ", end="")
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, seed {options.seed}")
    print(f"{'database':<12}{'kills':>6}{'at points':>11}{'tasks':>7}{'minutes':>9}  wrong")
    wrong = [problem for name in names for problem in run(name, options.kills, options.seed)]
    for problem in wrong:
        print(f"  {problem}")
    return 1 if wrong else 0


def run(database: str, kills: int, seed: int) -> list[str]:
    """One database: kill, finish, audit, print a row."""
    started = time.monotonic()
    chance = random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="phantom-chaos-") as directory,
        contextlib.ExitStack() as stack,
    ):
        home, repository = Path(directory, "home"), Path(directory, "repository")
        home.mkdir()
        make_repository(repository)
        before = Checkout.of(repository)
        url = f"sqlite:///{home / 'phantom.db'}"
        if database == "postgresql":
            url = stack.enter_context(stack.enter_context(PostgresServer()).database())
        (home / "more").touch()
        points = shuffled(POINTS, chance)
        hit = Counter(kill_once(home, repository, url, chance, points) for _ in range(kills))
        (home / "more").unlink()
        problems = finish(home, repository, url) or audit(home, repository, url, before)
        tasks = len({line.split("/")[0] for line in (home / "receipts").read_text().splitlines()})
    minutes = (time.monotonic() - started) / 60
    print(f"{database:<12}{kills:>6}{hit['point']:>11}{tasks:>7}{minutes:>9.1f}  {len(problems)}")
    return problems


def kill_once(
    home: Path, repository: Path, url: str, chance: random.Random, points: Iterator[str]
) -> str:
    """Start a server and kill it: at the next named point, or after a random time."""
    at_point = chance.random() < 0.5
    fault = f"{next(points)}@{chance.choice((1, 1, 2))}" if at_point else None
    with server(home, repository, url, fault) as process:
        patience = LONGEST_RUN_SECONDS * (1 if at_point else chance.random())
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
        died_by_itself = process.poll() == -signal.SIGKILL
    return "point" if died_by_itself else "moment"


def finish(home: Path, repository: Path, url: str) -> list[str]:
    """The last server runs until every task has ended; the engine's last breath is awaited."""
    with server(home, repository, url, None) as process:
        try:
            code = process.wait(timeout=LAST_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            return [f"tasks were still open {LAST_RUN_SECONDS:.0f} s after the last kill"]
    return [f"the last server ended with {code}"] if code != 0 else []


@contextlib.contextmanager
def server(
    home: Path, repository: Path, url: str, fault: str | None
) -> Iterator[subprocess.Popen[str]]:
    """A server that has come up (or died on the way); killed with SIGKILL at the end."""
    environment = dict(os.environ)
    if fault is not None:
        environment[VARIABLE] = fault
    with (home / "log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench._chaos_worker", str(home), str(repository), url],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout
    try:
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait(timeout=START_SECONDS)
        process.stdout.close()


def make_repository(directory: Path) -> None:
    """A repository with a bug, a failing test, and changes that are not committed."""
    directory.mkdir()
    (directory / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    (directory / "test_calc.py").write_text(
        "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
    )
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("-c", "user.name=U", "-c", "user.email=u@example.com", "commit", "--quiet", "-m", "Start"),
    ):
        subprocess.run(["git", *command], cwd=directory, check=True)
    (directory / "notes.txt").write_text("not committed\n")


def shuffled(points: list[str], chance: random.Random) -> Iterator[str]:
    """Every point once in random order, over and over."""
    while True:
        yield from chance.sample(points, len(points))


if __name__ == "__main__":
    sys.exit(main())
