"""What an agent is told of the findings: the most useful first, and never more than it can use.

A failing test that passed before the change comes first, then other failing tests and what kept the
tests from their end, then security, then the rest; what matters little comes last. Findings of one
cause are told once, with their number. Whatever is told holds no secret, stays within
`MAX_CHARACTERS`, and is a beginning of that order: nothing is left out for something of less use.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from phantom.evaluation.port import Evaluation, Finding, FindingSeverity, Verdict
from phantom.security.redaction import redacted

MAX_SUGGESTIONS = 8
MAX_CHARACTERS = 6_000
"""Of all suggestions together."""
_LONGEST_MESSAGE = 400
_LONGEST_EXCERPT = 600
_LONGEST_LINE = 300
_PER_COMPONENT = 5
"""From then on, those of other components are of more use."""
_ALIKE_NAMED = 3
_SEVERITIES = tuple(FindingSeverity)
ORDER = (
    "tests", "security", "secrets", "types", "analysis", "deployment", "diff", "lint",
    "complexity", "coverage",
)  # fmt: skip
"""Components, the most useful first; a test holds them against those that are weighed."""
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing to mend, and where it shows.

    Attributes:
        use: sorts before that of what is of less use.
        alike: further findings of the same cause.
    """

    use: tuple[int, ...]
    finding: Finding
    alike: tuple[Finding, ...] = ()

    @property
    def text(self) -> str:
        """A sentence with its place, then what was compared, the command, and where it is alike."""
        lines = [_sentence(self.finding)]
        if excerpt := redacted(self.finding.excerpt.strip("\n")):
            lines += [f"    {line}" for line in cut(excerpt, _LONGEST_EXCERPT).splitlines()]
        if command := self.finding.reproduce:
            lines.append(f"Reproduce: {cut(redacted(command), _LONGEST_LINE)}")
        if self.alike:
            lines.append(_others(self.alike))
        return "\n".join(lines)


def suggestions(evaluations: Iterable[Evaluation]) -> tuple[str, ...]:
    """What to do next, most useful first, from the evaluations alone."""
    told: list[str] = []
    left = MAX_CHARACTERS
    for cause in causes(evaluations)[:MAX_SUGGESTIONS]:
        text = cause.text
        left -= len(text)
        if left < 0:
            break
        told.append(text)
    return tuple(told)


def causes(evaluations: Iterable[Evaluation]) -> list[Cause]:
    """What there is to mend, most useful first; the same whatever order the evaluations are in."""
    found: list[Cause] = []
    for each in sorted(evaluations, key=lambda each: (_component(each.component), each.evaluator)):
        found += _of(each)
    return sorted(found, key=lambda cause: cause.use)


def cut(text: str, longest: int) -> str:
    """`text` without its middle where it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    mark = " […] "
    head = (longest - len(mark)) * 2 // 3
    return text[:head] + mark + text[len(text) - (longest - len(mark) - head) :]


def _of(evaluation: Evaluation) -> list[Cause]:
    place = _component(evaluation.component)
    if evaluation.verdict in {Verdict.TIMED_OUT, Verdict.ERROR}:
        broke = Finding(rule="", message=f"{evaluation.evaluator}: {evaluation.summary}.")
        return [Cause((1, 0, place, 0, 0), broke)]
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(evaluation.findings, key=_urgency):
        grouped.setdefault((finding.rule, _cause(finding)), []).append(finding)
    return [
        Cause(_use(first, place, number), first, tuple(alike))
        for number, (first, *alike) in enumerate(grouped.values())
    ]


def _use(finding: Finding, component: int, number: int) -> tuple[int, ...]:
    late = int(number >= _PER_COMPONENT)
    if finding.severity is FindingSeverity.LOW:
        # Lines that no test runs say more than style.
        return 2, late, len(ORDER) - component, 0, number
    first = 0 if finding.regression else 1
    return first, late, component, _SEVERITIES.index(finding.severity), number


def _urgency(finding: Finding) -> tuple[bool, int]:
    return not finding.regression, _SEVERITIES.index(finding.severity)


def _component(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _cause(finding: Finding) -> str:
    return _ADDRESS.sub("0x", finding.cause or finding.message)


def _sentence(finding: Finding) -> str:
    message = cut(redacted(finding.message), _LONGEST_MESSAGE)
    place = _place(finding)
    return f"{place}: {message} [{finding.rule}]" if place else message


def _place(finding: Finding) -> str:
    path = cut(finding.path or "", _LONGEST_LINE)
    return f"{path}:{finding.line}" if path and finding.line is not None else path


def _others(alike: Sequence[Finding]) -> str:
    named = ", ".join(filter(None, map(_place, alike[:_ALIKE_NAMED])))
    more = f" ({cut(redacted(named), _LONGEST_LINE)}{', …' if len(alike) > _ALIKE_NAMED else ''})"
    return f"The same in {len(alike)} more{more if named else ''}."
