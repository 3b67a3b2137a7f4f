"""Test files that cannot be loaded for want of a package that nobody installed.

That is the environment's fault and not the change's, so it must be told apart from a failure.
"""

import re
from pathlib import Path

from phantom.evaluation.change import Change
from phantom.evaluation.outcomes import Outcome, TestRun
from phantom.evaluation.port import ToolBroke

_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '(\w+)")


def set_apart_unloaded(workspace: Path, change: Change, run: TestRun) -> None:
    """Give such files the outcome `unloaded`; blocks for a few looks at the disk.

    Raises ToolBroke where no test at all could be loaded.
    """
    modules = set()
    for result in run.ended(Outcome.ERROR):
        found = _NO_MODULE.search(result.message)
        if found and not _is_the_changes_fault(found[1], workspace, change):
            run.results[result.id] = result.model_copy(update={"outcome": Outcome.UNLOADED})
            modules.add(found[1])
    if modules and run.count(Outcome.UNLOADED) == len(run.results):
        raise ToolBroke(
            f"the tests cannot be loaded, since {', '.join(sorted(modules))} is not installed; "
            "give the project a set-up command that makes a .venv with what it needs"
        )


def _is_the_changes_fault(module: str, workspace: Path, change: Change) -> bool:
    """True where the module is the project's own, or the change brings in the import."""
    imports = re.compile(rf"\b(import|from)\s+{re.escape(module)}\b")
    return (
        any(
            (root / module).exists() or (root / f"{module}.py").exists()
            for root in (workspace, workspace / "src")
        )
        or any(imports.search(line) for file in change.files for line in file.added.values())
        or any(
            module in file.base_path and (file.path != file.base_path or not file.head_blob)
            for file in change.files
        )
    )
