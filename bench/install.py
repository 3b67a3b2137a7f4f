"""What an installation costs: time from an empty clone, size, and how quickly the program starts.

Run as `./dev bench install`. Clones this checkout's HEAD into a temporary directory and sets it up
there twice: with an empty package cache, which downloads everything, and with a filled one.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STARTS = 7


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="phantom-bench-") as scratch:
        directory = Path(scratch)
        env = {**os.environ, "UV_CACHE_DIR": str(directory / "cache"), "PIP_NO_CACHE_DIR": "1"}
        rows = [
            ("set-up from an empty clone, nothing cached", f"{set_up(directory, 1, env):.1f} s")
        ]
        rows += [("the same with the packages cached", f"{set_up(directory, 2, env):.1f} s")]
        clone = directory / "clone2"
        python = clone / ".venv" / "bin" / "python"
        (site,) = (clone / ".venv" / "lib").glob("python3*/site-packages")
        packages = len(list(site.glob("*.dist-info")))
        megabytes = size(clone / ".venv") / 1e6
        rows += [("base install", f"{packages} packages, {megabytes:.0f} MB")]
        for what, program in {
            "python itself": ("-c", "pass"),
            "phantom --help": ("-m", "phantom", "--help"),
            "import of the server": ("-c", "import phantom.app"),
        }.items():
            rows += [(f"start: {what}", start(python, program))]
    width = max(len(name) for name, _ in rows)
    for name, figure in rows:
        print(f"{name:{width}}  {figure}")


def set_up(directory: Path, number: int, env: dict[str, str]) -> float:
    """Seconds that `./dev phantom --help` takes in a new clone."""
    clone = directory / f"clone{number}"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    started = time.monotonic()
    subprocess.run(
        [sys.executable, clone / "dev", "phantom", "--help"],
        env=env,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - started


def size(directory: Path) -> int:
    """Bytes of all files below `directory`, compiled Python left out."""
    return sum(
        path.stat().st_size
        for path in directory.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    )


def start(python: Path, program: tuple[str, ...]) -> str:
    """Median and worst time of a few starts, the first (which compiles) left out."""
    times = []
    for _ in range(STARTS + 1):
        started = time.monotonic()
        subprocess.run([python, *program], check=True, stdout=subprocess.DEVNULL)
        times.append(1000 * (time.monotonic() - started))
    return f"median {statistics.median(times[1:]):.0f} ms, worst {max(times[1:]):.0f} ms"


if __name__ == "__main__":
    main()
