"""Which findings of a tool are new: those that the base commit does not have.

A finding is recognised by rule, file and the text of its line, so that code which merely moved is
not new. Several alike count one by one: a third of two is new.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from phantom.evaluation.port import Evaluation, Finding, FindingSeverity, Verdict

PENALTY: Mapping[FindingSeverity, float] = {
    FindingSeverity.HIGH: 1.0,
    FindingSeverity.MEDIUM: 0.3,
    FindingSeverity.LOW: 0.05,
}
_MAX_FINDINGS = 50
_ORDER = tuple(FindingSeverity)


class Sighting(BaseModel):
    """One finding of one side of the change.

    Attributes:
        path: of the file at HEAD, on both sides, so that a rename is no difference.
        line: from 1, or 0 where the whole file is meant.
        fingerprint: what the finding is recognised by within its file and rule.
    """

    model_config = ConfigDict(frozen=True)

    rule: str
    path: str
    line: int
    message: str
    severity: FindingSeverity
    fingerprint: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal for the same finding before and after."""
        return self.rule, self.path, self.fingerprint


def line_fingerprint(text: str | None, line: int) -> str:
    """The line's text with its white space normalised; empty where there is no such line."""
    lines = (text or "").split("\n")
    return " ".join(lines[line - 1].split()) if 1 <= line <= len(lines) else ""


def new_sightings(after: Iterable[Sighting], before: Iterable[Sighting]) -> list[Sighting]:
    """Those of `after` that `before` does not have, worst first, then by place."""
    known = Counter(sighting.key for sighting in before)
    new = []
    for sighting in sorted(after, key=lambda s: (s.path, s.line)):
        if known[sighting.key] > 0:
            known[sighting.key] -= 1
        else:
            new.append(sighting)
    return sorted(new, key=lambda s: _ORDER.index(s.severity))


def finding_score(severities: Iterable[FindingSeverity]) -> float:
    """`1 / (1 + sum of penalties)`: 1 without any, 0.5 with one that is severe."""
    return 1 / (1 + sum(PENALTY[severity] for severity in severities))


def judge(name: str, what: str, new: list[Sighting], files: int) -> Evaluation:
    """The evaluation that follows from the new findings in `files` files."""
    findings = tuple(
        Finding(
            rule=s.rule, message=s.message, severity=s.severity, path=s.path, line=s.line or None
        )
        for s in new[:_MAX_FINDINGS]
    )
    return Evaluation(
        evaluator=name,
        verdict=Verdict.FAILED if new else Verdict.PASSED,
        summary=f"{len(new)} new {what} in {files} changed {'file' if files == 1 else 'files'}",
        score=finding_score(s.severity for s in new),
        findings=findings,
        metrics={"new_findings": float(len(new)), "files": float(files)},
    )
