"""Kill the server over and over, then check that nothing was lost, doubled or left behind.

Run as `./dev bench chaos [--kills N] [--database sqlite|postgresql] [--seed S]`. Half of the kills
hit a named point of the loop (each step's begin, end and record), the other half a random
moment. The agent is a process of its own that leaves a receipt whenever it really works.

With `--workers N --minutes M` several workers share one PostgreSQL, and random ones are killed,
stopped and hung for so long.
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
from bench._chaos_crowd import Blow, Crowd
from bench._chaos_server import POINTS, make_repository, server, shuffled
from tools.postgres import PostgresServer

LONGEST_RUN_SECONDS = 4.0
LAST_RUN_SECONDS = 180.0


def main() -> int:
    """Run and print one table; 0 where everything held."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    if options.workers > 1:
        if options.database == "sqlite":
            parser.error("several workers need --database postgresql")
        return crowd(options.workers, options.minutes, options.seed)
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


def crowd(workers: int, minutes: float, seed: int) -> int:
    """Several workers on one PostgreSQL, hit for so long; audit, print what was done and found."""
    with (
        tempfile.TemporaryDirectory(prefix="phantom-chaos-") as directory,
        PostgresServer() as postgres,
        postgres.database() as url,
    ):
        home, repository = Path(directory, "home"), Path(directory, "repository")
        home.mkdir()
        make_repository(repository)
        before = Checkout.of(repository)
        (home / "more").touch()
        members = Crowd(home, repository, url, workers, random.Random(seed))
        with members.at_work():
            members.beat_up(minutes * 60)
            (home / "more").unlink()
            wrong = members.finish()
        if not (home / "receipts").exists():
            sys.exit(f"no agent was ever called; the workers say:\n{(home / 'log').read_text()}")
        wrong = wrong or audit(home, repository, url, before)
        tasks = len({line.split("/")[0] for line in (home / "receipts").read_text().splitlines()})
    print(
        f"chaos: {workers} workers, {minutes:g} minutes, Python {platform.python_version()}, ",
        end="",
    )
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, seed {seed}")
    print("".join(f"{blow:>12}" for blow in Blow) + f"{'tasks':>8}  wrong")
    print("".join(f"{members.blows[blow]:>12}" for blow in Blow) + f"{tasks:>8}  {len(wrong)}")
    for problem in wrong:
        print(f"  {problem}")
    return 1 if wrong else 0


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


if __name__ == "__main__":
    sys.exit(main())
