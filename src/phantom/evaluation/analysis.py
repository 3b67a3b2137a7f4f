"""Checks on an answer where the task has no code to run: security, architecture, bulk analysis.

Score: `0.6 * references + 0.4 * sections`, or 0 where the task changed a file although it may not.
`references` is the share of the places named in the answer (`path`, `path:line`) that exist in the
workspace, 0 where none is named: an analysis that points nowhere cannot be checked. `sections` is
the share of the answer's headings, and of `REQUIRED_SECTIONS`, that have text below them. Where the
workspace holds no file there is nothing to hold an answer against, and no score.
"""

import asyncio
import re
import time
from pathlib import Path

from phantom.evaluation.change import Change
from phantom.evaluation.port import Evaluation, Finding, FindingSeverity, Subject, Verdict
from phantom.git import git

NAME = "analysis"
REQUIRED_SECTIONS = ("Summary", "Findings")
"""What every analysis must have; the loop asks the agent for these headings."""

_REFERENCE_WEIGHT, _SECTION_WEIGHT = 0.6, 0.4
_MAX_REFERENCES = 500
_MAX_ANSWER = 1_000_000
_MAX_FILE = 5_000_000
# A path with an extension, with or without line numbers; not part of a URL.
_REFERENCE = re.compile(
    r"(?<![\w/.:@-])((?:[\w.@+-]{1,100}/){0,20}[\w@+-][\w.@+-]{0,99}\.[A-Za-z]\w{0,9})"
    r"(?::(\d{1,7})(?:-(\d{1,7}))?)?(?![\w/])"
)
_HEADING = re.compile(r"^#{1,6}\s+(\S.*)$")
_FENCE = re.compile(r"^\s*(```|~~~)")


class AnalysisEvaluator:
    """Judges the agent's text by what can be checked in the workspace."""

    measures: tuple[str, ...] = (NAME,)

    def applies(self, subject: Subject) -> bool:
        """True for task types that may look but not change."""
        return subject.task_type.read_only

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Check references, sections, and that nothing was changed."""
        del timeout_seconds
        started = time.monotonic()
        status = await git(
            subject.workspace, "status", "--porcelain", "-z", own=subject.git_directory
        )
        touched = [file.path for file in change.files]
        touched += [entry[3:] for entry in status.split("\0") if entry]
        answer = subject.answer[:_MAX_ANSWER]
        evaluation = await asyncio.to_thread(_judge, answer, subject.workspace, touched)
        return (evaluation.model_copy(update={"seconds": time.monotonic() - started}),)


def _judge(answer: str, workspace: Path, touched: list[str]) -> Evaluation:
    if not touched and not any(path.name != ".git" for path in workspace.iterdir()):
        return Evaluation(
            evaluator=NAME, verdict=Verdict.NOT_MEASURED, summary="the workspace holds no file"
        )
    findings = [
        Finding(
            rule="changed-although-read-only",
            message="the task may not change files",
            severity=FindingSeverity.HIGH,
            path=path,
        )
        for path in touched
    ]
    named, wrong = _references(answer, workspace)
    findings += wrong
    if not named:
        findings.append(Finding(rule="no-reference", message="the answer names no file"))
    sections, empty = _sections(answer)
    findings += empty
    references = (named - len(wrong)) / named if named else 0.0
    score = _REFERENCE_WEIGHT * references + _SECTION_WEIGHT * sections
    return Evaluation(
        evaluator=NAME,
        verdict=Verdict.FAILED if findings else Verdict.PASSED,
        summary=f"{named - len(wrong)} of {named} references exist in the repository",
        score=0.0 if touched else min(1.0, score),
        findings=tuple(findings),
        metrics={
            "references": float(named),
            "references_wrong": float(len(wrong)),
            "files_changed": float(len(touched)),
        },
    )


def _references(answer: str, workspace: Path) -> tuple[int, list[Finding]]:
    """How many places the answer names, and those that do not exist."""
    matches = dict.fromkeys(match.groups() for match in _REFERENCE.finditer(answer))
    named, wrong = 0, []
    for path, first, last in list(matches)[:_MAX_REFERENCES]:
        # `e.g` or `os.path` look like a file name; a line number or a directory makes it a claim.
        is_claim = first is not None or "/" in path
        lines = _line_count(workspace, path)
        if lines is None and not is_claim:
            continue
        named += 1
        place = int(first) if first else None
        if lines is None:
            wrong.append(_wrong(f"{path} does not exist", path, place))
        elif place is not None and not 1 <= place <= int(last or place) <= lines:
            wrong.append(_wrong(f"{path} has only {lines} lines", path, place))
    return named, wrong


def _wrong(message: str, path: str, line: int | None) -> Finding:
    return Finding(rule="wrong-reference", message=message, path=path, line=line)


def _line_count(workspace: Path, path: str) -> int | None:
    """Lines of a file inside the workspace; None where there is none such."""
    file = (workspace / path).resolve()
    if not file.is_relative_to(workspace.resolve()) or not file.is_file():
        return None
    if file.stat().st_size > _MAX_FILE:
        return _MAX_FILE
    content = file.read_bytes()
    return content.count(b"\n") + (not content.endswith(b"\n"))


def _sections(answer: str) -> tuple[float, list[Finding]]:
    """Share of the sections that have text, and those that have none."""
    found = _texts_by_heading(answer)
    missing = [
        Finding(rule="missing-section", message=f"the answer has no section {name!r}")
        for name in REQUIRED_SECTIONS
        if not any(name.lower() in title.lower() for title, _ in found)
    ]
    empty = [
        Finding(rule="empty-section", message=f"the section {title!r} is empty")
        for title, text in found
        if not text
    ]
    total = len(found) + len(missing)
    return (total - len(missing) - len(empty)) / total, missing + empty


def _texts_by_heading(answer: str) -> list[tuple[str, str]]:
    """Each heading with the text below it; a heading below is content of the one above it."""
    found: list[tuple[str, list[str]]] = []
    open_sections: list[tuple[int, list[str]]] = []
    fenced = False
    for line in answer.splitlines():
        fenced ^= bool(_FENCE.match(line))
        if fenced or not (heading := _HEADING.match(line)):
            if found:
                found[-1][1].append(line)
            continue
        depth, texts = len(line) - len(line.lstrip("#")), list[str]()
        open_sections = [section for section in open_sections if section[0] < depth]
        for _, above in open_sections:
            above.append(heading[1])
        open_sections.append((depth, texts))
        found.append((heading[1].strip(), texts))
    return [(title, "\n".join(texts).strip()) for title, texts in found]
