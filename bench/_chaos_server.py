"""The server of the chaos runs as a process, the points at which it may die, and its repository."""

import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from phantom.engine.faults import VARIABLE

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
START_SECONDS = 60.0


def start(
    home: Path, repository: Path, url: str, fault: str | None, *, in_flight: int = 2
) -> subprocess.Popen[str]:
    """A server that says `ready` once it is up, and dies at the point `fault`, where one is named.

    It keeps `in_flight` tasks open, its own and those of others together.
    """
    environment = dict(os.environ)
    if fault is not None:
        environment[VARIABLE] = fault
    command = (str(home), str(repository), url, str(in_flight))
    with (home / "log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bench._chaos_worker", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


@contextlib.contextmanager
def server(
    home: Path, repository: Path, url: str, fault: str | None
) -> Iterator[subprocess.Popen[str]]:
    """A server that has come up (or died on the way); killed with SIGKILL at the end."""
    process = start(home, repository, url, fault)
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
