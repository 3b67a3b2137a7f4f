"""What it costs to start a program in a cage, beside a bare start.

Run as `./dev bench sandbox`. Starts `/bin/true` as an agent is started: by `phantom.processes`, in
a workspace, with all that an agent's cage holds; the wrapping counts. The three take turns, so that
what else the machine does meets all of them. Limit of the difference of the medians: 15 ms.
"""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from phantom import processes
from phantom.errors import StartupError
from phantom.security.sandbox import CODE_AS_CONFIGURATION, Cage, Sandbox, Uncaged, detect

STARTS = 101
LIMIT_MS = 15.0
_LIMITS = processes.Limits(wall_seconds=20)


async def main() -> None:
    """Print the table."""
    sandboxes: list[Sandbox] = [Uncaged()]
    for name in ("bubblewrap", "landlock"):
        try:
            sandboxes.append(await detect(name, (Path.home(),)))
        except StartupError as error:
            print(f"{name} is left out: {error}")
    with tempfile.TemporaryDirectory(prefix="phantom-bench-") as directory:
        times = await measure(sandboxes, Path(directory))
    bare = statistics.median(times["none"])
    print(f"{STARTS} starts of /bin/true each, limit {LIMIT_MS:.0f} ms above a bare start\n")
    print("sandbox     median ms  best ms  worst ms  above bare ms")
    for name, taken in times.items():
        median = statistics.median(taken)
        row = f"{median:9.1f}  {min(taken):7.1f}  {max(taken):8.1f}  {median - bare:13.1f}"
        print(f"{name:10}  {row}{'  missed' if median - bare > LIMIT_MS else ''}")


async def measure(sandboxes: list[Sandbox], directory: Path) -> dict[str, list[float]]:
    """Milliseconds of each start, by sandbox; the first, which fills caches, is left out."""
    tree, scratch = directory / "tree", directory / "scratch"
    for each in (tree, scratch):
        each.mkdir()
    cage = Cage(writable=(tree, scratch), temporary=scratch, read_only_inside=CODE_AS_CONFIGURATION)
    times: dict[str, list[float]] = {sandbox.name: [] for sandbox in sandboxes}
    for number in range(STARTS + 1):
        for sandbox in sandboxes:
            taken = await start(sandbox, cage)
            if number:
                times[sandbox.name].append(taken)
    return times


async def start(sandbox: Sandbox, cage: Cage) -> float:
    """Milliseconds until a program that does nothing has ended."""
    began = time.perf_counter()
    done = await processes.run(
        await asyncio.to_thread(sandbox.wrap, ["/bin/true"], cage),
        cwd=cage.writable[0],
        env={"PATH": os.environ.get("PATH", os.defpath)},
        limits=_LIMITS,
    )
    assert done.returncode == 0, done.error_text
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    asyncio.run(main())
