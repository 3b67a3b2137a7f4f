"""Tests that a change removed or weakened, in all languages at once.

For tests that a command of the project runs, of which nobody knows the language.
"""

from collections.abc import Callable

from phantom.evaluation.change import Change, ChangedFile
from phantom.evaluation.golang.shapes import go_shapes
from phantom.evaluation.javascript.shapes import javascript_shapes
from phantom.evaluation.port import Finding, Subject
from phantom.evaluation.python_shapes import python_shapes
from phantom.evaluation.rust.shapes import rust_shapes
from phantom.evaluation.weakening import ReadShapes, weakened_tests

_READERS: tuple[tuple[Callable[[ChangedFile], bool], ReadShapes], ...] = (
    (lambda file: file.is_python and file.is_test, python_shapes),
    (lambda file: file.is_javascript and file.is_test, javascript_shapes),
    (lambda file: file.path.endswith("_test.go"), go_shapes),
    (lambda file: file.path.endswith(".rs"), rust_shapes),
)


async def weakened_anywhere(subject: Subject, change: Change) -> tuple[Finding, ...]:
    """One finding for each such test."""
    found: tuple[Finding, ...] = ()
    for takes, read in _READERS:
        if files := [file for file in change.files if takes(file)]:
            found += await weakened_tests(subject, files, read)
    return found
