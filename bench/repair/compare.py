"""Does a repaired program answer like the published one? Run as a process of its own.

`python compare.py PUBLISHED REPAIRED NAME EXAMPLES.json`: both are files that define `NAME`.
Prints one JSON object: inputs where both agree, where they differ, and one that differs.
"""

import copy
import importlib.util
import json
import math
import random
import resource
import signal
import sys
import time
import types
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from bench.repair.graphs import MAKERS
from bench.repair.inputs import mutated

_INPUTS = 400
_CALL_SECONDS = 0.5
_ALL_SECONDS = 20.0


class _TooLong(BaseException):
    pass


class Node:
    """What the graph programs take; the interface is that of their own tests."""

    def __init__(self, value: object = None, successor: object = None, *links: list[Any]) -> None:
        """`links`: successors, predecessors, incoming nodes, outgoing nodes."""
        self.value, self.successor = value, successor
        none: list[Any] = []
        self.successors, self.predecessors, self.incoming_nodes, self.outgoing_nodes = links or (
            none,
            none,
            none,
            none,
        )


def outcome(
    function: Callable[..., Any], arguments: list[Any], seconds: float
) -> tuple[str, object]:
    """`value` with a comparable result, `raised` with the exception's name, or `hung`."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        result = function(*arguments)
        if isinstance(result, types.GeneratorType):
            result = list(islice(result, 10_000))
        return "value", _comparable(result)
    except _TooLong:
        return "hung", None
    except Exception as error:  # noqa: BLE001 - whatever a program raises is its answer
        return "raised", type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _comparable(value: Any) -> object:  # noqa: ANN401 - a program may return anything
    """Nodes by their place in a list or their value, containers by what they hold."""
    if hasattr(value, "successor") and hasattr(value, "value"):
        chain: list[object] = []
        while value is not None and len(chain) < 100:
            chain.append(value.value)
            value = value.successor
        return chain
    if isinstance(value, dict):
        return {str(k): _comparable(v) for k, v in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [v.value if hasattr(v, "value") else _comparable(v) for v in value]
    return value


def _equal(one: object, two: object, tolerance: float) -> bool:
    if isinstance(one, float) and isinstance(two, float | int):
        return math.isclose(one, two, rel_tol=1e-9, abs_tol=tolerance)
    return bool(one == two)


def load(file: str, name: str) -> Callable[..., Any]:
    """The function `name` of `file`."""
    sys.path.insert(0, str(Path(file).parent))
    spec = importlib.util.spec_from_file_location(f"_{name}_{abs(hash(file))}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.pop(0)
    return getattr(module, name)  # type: ignore[no-any-return]


def builders(name: str, examples: list[list[Any]]) -> list[Callable[[], list[Any]]]:
    """Functions that each build one argument list anew."""
    if name in MAKERS:
        chance = random.Random(7)
        made = [MAKERS[name](chance) for _ in range(_INPUTS)]
        return [lambda build=build: build(Node) for build in made]  # type: ignore[misc]
    rows = mutated(examples, _INPUTS, seed=7)
    return [lambda row=row: copy.deepcopy(row) for row in rows]  # type: ignore[misc]


def main(published_file: str, repaired_file: str, name: str, examples_file: str) -> None:
    """Compare on every input that the published version answers."""
    resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000,) * 2)

    def too_long(_number: int, _frame: object) -> None:
        raise _TooLong

    signal.signal(signal.SIGPROF, too_long)
    published, repaired = load(published_file, name), load(repaired_file, name)
    examples = json.loads(Path(examples_file).read_text())
    same = different = 0
    example = None
    deadline = time.monotonic() + _ALL_SECONDS
    for build in builders(name, examples):
        kind, expected = outcome(published, build(), _CALL_SECONDS)
        if kind != "value" or time.monotonic() > deadline:
            continue
        arguments = build()
        tolerance = arguments[-1] if name == "sqrt" else 0.0  # its tests allow that much
        got_kind, got = outcome(repaired, build(), 4 * _CALL_SECONDS)
        if got_kind == "value" and _equal(expected, got, tolerance):
            same += 1
        else:
            different += 1
            example = example or f"{name}{tuple(arguments)!r:.120}: {expected!r:.60}, {got!r:.60}"
    print(json.dumps({"same": same, "different": different, "example": example}))


if __name__ == "__main__":
    main(*sys.argv[1:])
