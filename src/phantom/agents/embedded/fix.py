"""Tasks that change code: repair failing tests, apply a tool's fixes, or refuse with reasons."""

import time

from phantom.agents.embedded import toolfix
from phantom.agents.embedded.analysis.tool import ToolFailed
from phantom.agents.embedded.repair import pool, tree
from phantom.agents.embedded.repair.repair import Account, repair
from phantom.agents.embedded.stream import EventStream
from phantom.agents.port import AgentRequest, Finished, Outcome, Terminal

_MARGIN = 0.8
_LISTED = 20
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
        account = Account(errors=[("pytest", str(error))])
    metadata = _metadata(account, round(time.monotonic() - started, 3))
    if account.patch:
        return Finished(content=_repaired(account), metadata=metadata)
    if account.failing:
        return _refusal(_not_repaired(account), metadata)
    if toolfix.wanted(request.prompt):
        return _fixed(request, stream, metadata)
    return _nothing_failed(request, account, metadata)


def _fixed(request: AgentRequest, stream: EventStream, metadata: dict[str, object]) -> Finished:
    stream.say("Running ruff", phase="ruff")
    try:
        fixed = toolfix.apply(request, stream)
    except ToolFailed as error:
        return _refusal(f"ruff could not be run: {error}.", metadata)
    lines = [f"ruff changed {len(fixed.changed)} files; {len(fixed.left)} findings are left."]
    lines += [f"- changed {path}" for path in fixed.changed[:_LISTED]]
    lines += [f"- left {finding}" for finding in fixed.left[:_LISTED]]
    return Finished(content="\n".join(lines), metadata={**metadata, "changed": len(fixed.changed)})


def _nothing_failed(
    request: AgentRequest, account: Account, metadata: dict[str, object]
) -> Finished:
    if account.tests and not account.errors:
        told = f"{account.tests} tests ran and passed; there is nothing that I could repair."
        if request.iteration > 1:
            return Finished(content=told, metadata=metadata)
        return _refusal(told, metadata)
    if account.errors:
        reasons = [f"- {name}: {_last_line(text)}" for name, text in account.errors[:_LISTED]]
        told = f"{account.tests} tests were collected, and these could not be:"
        return _refusal("\n".join([told, *reasons]), metadata)
    return _refusal("The project has no test that pytest finds, so I cannot tell a bug.", metadata)


def _refusal(found: str, metadata: dict[str, object]) -> Finished:
    return Finished(
        content=f"{found}\n\n{_CONNECT}", outcome=Outcome.NEEDS_AGENT, metadata=metadata
    )


def _repaired(account: Account) -> str:
    assert account.patch
    edit, patch = account.patch.edit, account.patch
    others = account.plausible - 1
    alternatives = (
        f"{others} other edits passed them, too; this is the smallest and most common one. "
        if others
        else "No other edit that was tried passed them. "
    )
    diff = [f"- {line}" for line in patch.before.splitlines()]
    diff += [f"+ {line}" for line in patch.after.splitlines()]
    return "\n".join(
        [
            f"Repaired {edit.path}:{edit.line} (operator `{edit.operator}`).",
            "",
            "```diff",
            *diff,
            "```",
            "",
            (
                f"{len(account.failing)} of {account.tests} tests failed before; {patch.passed} "
                f"pass now, and none fails. {alternatives}A patch that passes the tests is not yet "
                "a right one: review it."
            ),
            "",
            *_search_told(account),
        ]
    )


def _not_repaired(account: Account) -> str:
    failed = [f"- {name}" for name in account.failing[:_LISTED]]
    return "\n".join(
        [
            (
                f"{len(account.failing)} of {account.tests} tests fail, and I found no small edit "
                "that makes all of them pass:"
            ),
            *failed,
            "",
            *_search_told(account),
        ]
    )


def _search_told(account: Account) -> list[str]:
    lines = ["Most suspicious lines (Ochiai, 1.00 is the most):"] if account.suspicious else []
    lines += [f"- {path}:{line} ({score:.2f})" for (path, line), score in account.suspicious]
    seconds = sum(account.phases.values())
    spent = ", ".join(f"{name} {value:.1f} s" for name, value in account.phases.items())
    lines += ["", f"{account.candidates} candidates were tried in {seconds:.1f} s ({spent})."]
    return lines


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1][:200]


def _metadata(account: Account, seconds: float) -> dict[str, object]:
    patch = account.patch
    return {
        "fault_localisation": [
            {"path": path, "line": line, "score": round(score, 4)}
            for (path, line), score in account.suspicious
        ],
        "tests": account.tests,
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
