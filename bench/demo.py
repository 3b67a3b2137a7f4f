"""Where the time of `phantom demo` goes.

Run as `./dev bench demo`. The whole demo a few times in a row, as a user starts it: one table with
the median of each phase, and of all together beside its limit. What is cold about a first run, the
installation, is measured by `./dev bench install`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import defaultdict

RUNS = 3
LIMIT_SECONDS = 30.0
STEPS = ("workspace", "context", "plan", "call", "evaluate")


def main() -> int:
    """Print the table; 0 where the limit holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    print(f"demo: Python {platform.python_version()}, {platform.system()} ", end="")
    print(f"{platform.machine()}, {os.cpu_count()} cores, medians of {options.runs} runs")
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(options.runs):
        for phase, seconds in once().items():
            taken[phase].append(seconds)
    for phase, runs in taken.items():
        print(f"{phase:<44}{statistics.median(runs):>8.2f} s")
    whole = statistics.median(taken["the whole demo, from start to exit"])
    print(f"limit {LIMIT_SECONDS:.0f} s: {'within' if whole < LIMIT_SECONDS else 'OVER'}")
    return 0 if whole < LIMIT_SECONDS else 1


def once() -> dict[str, float]:
    """Seconds of each phase of one demo."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "phantom", "demo", "--json"], check=True, stdout=subprocess.PIPE
    )
    whole = time.perf_counter() - started
    told = json.loads(done.stdout)
    phases = {"server until it answers": told["server_start_seconds"][0]}
    for task in ("repair", "review"):
        metadata = told[task]["metadata"]
        for step in STEPS:
            if step in metadata["seconds"]:
                phases[f"{task}: {step}"] = metadata["seconds"][step]
            if step == "call":
                agent = metadata["agent"].get("phases", {})
                phases |= {f"{task}:   agent's {name}": value for name, value in agent.items()}
    return phases | {"the whole demo, from start to exit": whole}


if __name__ == "__main__":
    sys.exit(main())
