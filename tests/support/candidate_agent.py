"""An agent that is a process of its own, leaves a receipt when it really works, and grades itself.

The second of its candidates is the best, its second iteration makes things worse, its third is good
enough.
"""

import json
import sys
from pathlib import Path

CANDIDATES = {"a": "0.4", "b": "0.6", "c": "0.5"}
LATER = {2: "0.3", 3: "1.0"}


def main() -> None:
    """Do the request named on the command line; say the terminal event."""
    request = json.loads(Path(sys.argv[1]).read_text())
    tree = Path(request["workspace"])
    with Path(sys.argv[2]).open("a") as receipts:
        receipts.write(f"{request['call_id']} {(tree / 'score').read_text()}\n")
    letter = request["candidate"]
    score = CANDIDATES[letter] if letter else LATER.get(request["iteration"], "1.0")
    (tree / "score").write_text(score)
    (tree / f"by-{request['iteration']}{letter}").write_text("x")
    finished = {"type": "finished", "content": f"graded {score}", "cost": 0.01}
    sys.stdout.write(json.dumps(finished) + "\n")


if __name__ == "__main__":
    main()
