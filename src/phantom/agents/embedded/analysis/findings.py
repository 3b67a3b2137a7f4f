"""What a tool found, and what a section of a report is made of."""

from collections.abc import Iterable
from dataclasses import dataclass, field

SEVERITIES = ("high", "medium", "low", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding at one place.

    Attributes:
        tool: who says so.
        rule: the tool's own name for the problem.
        severity: one of `SEVERITIES`.
        path: relative to the workspace.
        line: 1-based, or 0 where the finding is about the whole file.
        message: one line.
    """

    tool: str
    rule: str
    severity: str
    path: str
    line: int
    message: str

    @property
    def place(self) -> str:
        """`path:line`."""
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(slots=True)
class Section:
    """The outcome of one tool.

    Attributes:
        title: heading in the report.
        scanned: how many files the tool looked at.
        findings: unsorted.
        notes: further markdown lines, made from measured values only.
        not_run: why the tool did not run; None where it did.
    """

    title: str
    scanned: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_run: str | None = None


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Worst first, then by place."""
    return sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.path, f.line, f.rule))
