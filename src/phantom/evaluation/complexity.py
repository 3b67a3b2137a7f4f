"""Complexity: functions that the change made or left harder to follow than they were.

Told are functions of cyclomatic complexity (McCabe 1976) above 15, by lizard, in every language
that it reads. A function that grew past 15, or past 30, is new; one that was there already is not.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from phantom.evaluation import probe
from phantom.evaluation.base_cache import BaseCache
from phantom.evaluation.change import ChangedFile
from phantom.evaluation.contents import Contents
from phantom.evaluation.newness import Sighting
from phantom.evaluation.port import FindingSeverity, ToolBroke
from phantom.evaluation.scanners import ScanEvaluator, Tool, side_and_path

COMPLEXITY = "complexity"
HARD, VERY_HARD = 15, 30
_SUFFIXES = (
    *(".py", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".go", ".rs", ".java", ".kt"),
    *(".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".rb", ".php", ".swift", ".scala", ".lua", ".m"),
)
_SCRIPT = Path(probe.__file__).with_name("count_complexity.py")


def _read(report: bytes, _contents: Contents) -> Iterator[tuple[str, Sighting]]:
    rows = list(csv.reader(report.decode(errors="replace").splitlines()))
    if not rows or rows.pop() != ["end"]:
        raise ToolBroke("lizard did not come to its end")
    for complexity, file, function, line in rows:
        if int(complexity) <= HARD:
            continue
        side, path = side_and_path(file)
        very = int(complexity) > VERY_HARD
        yield (
            side,
            Sighting(
                rule="very-complex-function" if very else "complex-function",
                path=path,
                line=int(line),
                message=f"`{function}` has a cyclomatic complexity of {complexity}",
                severity=FindingSeverity.MEDIUM if very else FindingSeverity.LOW,
                fingerprint=function,
            ),
        )


def _takes(file: ChangedFile) -> bool:
    return file.path.endswith(_SUFFIXES) and file.is_product


def complexity_evaluator(cache: BaseCache) -> ScanEvaluator:
    """The scanner of functions, in every language at once."""
    tool = Tool(
        name=COMPLEXITY,
        package="lizard",
        command=(sys.executable, "-I", str(_SCRIPT)),
        what="complex functions",
        nothing="no source file outside the tests was changed",
        takes=_takes,
        read=_read,
    )
    return ScanEvaluator(tool, cache)
