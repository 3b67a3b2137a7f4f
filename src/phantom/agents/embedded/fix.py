"""Tasks that change code: repair failing tests, apply a tool's fixes, or refuse with reasons."""

import time

from phantom.agents.embedded.repair import pool, tree
from phantom.agents.embedded.repair.repair import Account, repair
from phantom.agents.embedded.stream import EventStream
from phantom.agents.port import AgentRequest, Finished, Outcome, Terminal

_MARGIN = 0.8
_CONNECT = (
    "Writing new code needs another agent: install one of the command line agents (claude, codex, "
    "gemini, copilot, ...) so that `phantom doctor` finds it, or connect a provider's API with a "
    "stored key, and run the task again."
)


def serve(request: AgentRequest, stream: EventStream) -> Terminal:
    """Serve a `debugging` or `code_generation` request."""
    started = time.monotonic()
    if not tree.python_files(request.workspace):
        return _refusal("The workspace holds no Python file, and I repair Python only.", {})
    try:
        account = repair(
            request.workspace,
            request.scratch,
            stream,
            wall_seconds=request.clocks.wall * _MARGIN,
        )
    except pool.ServerLost as error:
        return _refusal(f"The project's tests could not be started: {error}.", {})
    seconds = round(time.monotonic() - started, 3)
    metadata = _metadata(account, seconds)
    if account.patch:
        return Finished(content=_told(account, seconds), metadata=metadata)
    return _refusal(_told(account, seconds), metadata)


def _refusal(found: str, metadata: dict[str, object]) -> Finished:
    return Finished(
        content=f"{found}\n\n{_CONNECT}", outcome=Outcome.NEEDS_AGENT, metadata=metadata
    )


def _told(account: Account, seconds: float) -> str:
    lines = [f"{len(account.failing)} of {account.tests} tests failed."]
    if account.suspicious:
        lines.append("\nMost suspicious lines (Ochiai):")
        lines += [f"- {path}:{line} ({score:.2f})" for (path, line), score in account.suspicious]
    lines.append(f"\n{account.candidates} candidates were tried in {seconds:.1f} s.")
    if account.patch:
        edit = account.patch.edit
        lines.append(
            f"\nRepaired {edit.path}:{edit.line} ({edit.operator}); all {account.patch.passed} "
            f"tests pass now:\n\n- {account.patch.before}\n+ {account.patch.after}"
        )
    return "\n".join(lines)


def _metadata(account: Account, seconds: float) -> dict[str, object]:
    patch = account.patch
    return {
        "fault_localisation": [
            {"path": path, "line": line, "score": round(score, 4)}
            for (path, line), score in account.suspicious
        ],
        "candidates": account.candidates,
        "plausible": account.plausible,
        "patch": {
            "path": patch.edit.path,
            "line": patch.edit.line,
            "operator": patch.edit.operator,
            "before": patch.before,
            "after": patch.after,
        }
        if patch
        else None,
        "tests_failing_before": len(account.failing),
        "tests_passing_after": patch.passed if patch else None,
        "seconds": seconds,
        "phases": account.phases,
        "confined": account.confined,
    }
