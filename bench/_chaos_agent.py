"""The agent of the chaos run: leaves a receipt each time it really works, as a provider bills."""

import json
import os
import random
import sys
import time
from pathlib import Path

STEPS = 4
PRICE = 0.01


def main() -> None:
    """Do the request named on the command line; print events, one JSON a line."""
    request = json.loads(Path(sys.argv[1]).read_text())
    workspace = Path(request["workspace"])
    receipts = Path(sys.argv[2])
    with receipts.open("a") as file:
        file.write(f"{request['call_id']} {os.getpid()}\n")
    pause = random.Random(request["call_id"]).uniform(0.0, 0.2)
    for number in range(1, STEPS + 1):
        say({"type": "activity", "message": f"step {number} of {STEPS}"})
        time.sleep(pause)
    iteration = request["iteration"]
    right = "a + b" if iteration > 1 else "a - b + 0"
    (workspace / "calc.py").write_text(f"def add(a, b):\n    return {right}\n")
    say({"type": "edit", "path": "calc.py"})
    say(
        {
            "type": "finished",
            "content": f"Edited calc.py in iteration {iteration}.",
            "cost": PRICE,
            "usage": {"input": 100, "output": 10},
        }
    )


def say(event: dict[str, object]) -> None:
    """Print one event at once."""
    print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main()
