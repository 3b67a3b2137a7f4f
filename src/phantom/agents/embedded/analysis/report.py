"""Which tools serve which task, and the report that their findings make."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from phantom.agents.embedded.analysis import churn, complexity, imports, security, workflows
from phantom.agents.embedded.analysis.files import Sources
from phantom.agents.embedded.analysis.findings import SEVERITIES, Finding, Section, by_severity
from phantom.agents.embedded.stream import EventStream
from phantom.agents.port import AgentRequest, Finished
from phantom.vocabulary import TaskType

_LISTED = 100
_TITLES = {
    TaskType.SECURITY: "Security report",
    TaskType.ARCHITECTURE: "Architecture report",
    TaskType.BULK_ANALYSIS: "Analysis report",
    TaskType.GITHUB_WORKFLOW: "Workflow report",
}
_NOTE = (
    "This report holds tools' findings only; nothing here was judged or written by a language "
    "model. For a review that reads the code, connect another agent (`phantom doctor` says how)."
)


def serve(request: AgentRequest, stream: EventStream) -> Finished:
    """Run the tools of the task type, one after the other, and report."""
    started = time.monotonic()
    sources = Sources(request.workspace, request.files)
    sections = []
    for name, look in _tools(request.task_type, sources, request.scratch):
        stream.say(f"Running {name}", phase=name)
        section = look()
        stream.used(name, section.not_run or f"{len(section.findings)} findings")
        sections.append(section)
    findings = by_severity(f for section in sections for f in section.findings)
    counts = Counter(f.severity for f in findings)
    return Finished(
        content=_written(_TITLES[request.task_type], sources, sections, findings),
        metadata={
            "files": len(sources.all),
            "findings": len(findings),
            "by_severity": {severity: counts[severity] for severity in SEVERITIES},
            "not_run": {s.title: s.not_run for s in sections if s.not_run},
            "seconds": round(time.monotonic() - started, 3),
        },
    )


def _tools(
    task_type: TaskType, sources: Sources, scratch: Path
) -> list[tuple[str, Callable[[], Section]]]:
    safe: list[tuple[str, Callable[[], Section]]] = [
        ("bandit", lambda: security.insecure_code(sources, scratch)),
        ("detect-secrets", lambda: security.secrets(sources)),
    ]
    flows: list[tuple[str, Callable[[], Section]]] = [
        ("zizmor", lambda: workflows.zizmor(sources, scratch)),
        ("workflow checks", lambda: workflows.own_checks(sources)),
    ]
    shape: list[tuple[str, Callable[[], Section]]] = [
        ("grimp", lambda: imports.import_graph(sources, scratch)),
        ("lizard", lambda: complexity.complexity(sources)),
        ("git log", lambda: churn.churn(sources)),
    ]
    return {
        TaskType.SECURITY: [*safe, *flows],
        TaskType.ARCHITECTURE: shape,
        TaskType.GITHUB_WORKFLOW: flows,
    }.get(task_type, [*safe, *flows, *shape])


def _written(title: str, sources: Sources, sections: list[Section], findings: list[Finding]) -> str:
    ran = [s for s in sections if s.not_run is None]
    counts = Counter(f.severity for f in findings)
    told = ", ".join(f"{counts[s]} {s}" for s in SEVERITIES if counts[s]) or "none"
    lines = [
        f"# {title}",
        "",
        "## Summary",
        "",
        (
            f"{len(sources.all)} files, {len(sources.python)} of them Python; {len(ran)} of "
            f"{len(sections)} tools ran. Findings: {told}."
        ),
    ]
    if not sources.all:
        lines.append("There is nothing to analyse: the workspace holds no files.")
    elif not sources.python:
        lines.append("This is no Python repository: what needs Python was not looked at.")
    lines += ["", "## Findings", ""]
    lines += _bounded(
        [f"- **{f.severity}** {f.place} {f.message} ({f.tool} {f.rule})" for f in findings]
    )
    for section in ran:
        lines += ["", f"## {section.title}", ""]
        lines.append(f"{section.scanned} files, {len(section.findings)} findings.")
        lines += section.notes
    missing = [s for s in sections if s.not_run is not None]
    if missing:
        lines += ["", "## Not run", ""]
        lines += [f"- {s.title}: {s.not_run}" for s in missing]
    lines += ["", "## Files looked at", ""]
    lines += _bounded([f"- {path}" for path in sources.all])
    return "\n".join([*lines, "", _NOTE])


def _bounded(items: list[str]) -> list[str]:
    """The first items, and how many more there are; "None." for none."""
    more = [f"- and {len(items) - _LISTED} more"] if len(items) > _LISTED else []
    return [*items[:_LISTED], *more] or ["None."]
