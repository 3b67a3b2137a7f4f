"""All edits worth trying for a project, the likeliest first."""

import ast
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from phantom.agents.embedded.repair import priors
from phantom.agents.embedded.repair.operators import proposals
from phantom.agents.embedded.repair.region import Proposal, Region, regions
from phantom.agents.embedded.repair.source import Edit, SourceFile, Splice
from phantom.agents.embedded.repair.spectrum import Line

_WORD = re.compile(r"[^\W\d]\w*")


def ranked_edits(
    files: Iterable[SourceFile], scores: Mapping[Line, float], raised: Iterable[Line]
) -> list[Edit]:
    """Every distinct edit of a suspicious function, by cost, then by file and place.

    `scores` are the suspicious lines; a statement counts as suspicious as its worst line. `raised`
    are lines where exceptions of failing tests came from.
    """
    top = max(scores.values(), default=1.0)
    crashed = set(raised)
    best: dict[tuple[str, tuple[tuple[int, int, str], ...]], Edit] = {}
    for file in files:
        for region in regions(file):
            if not any((file.path, line) in scores for line in _lines(region)):
                continue
            for proposal in proposals(region):
                edit = _edit(file, region, proposal, scores, top, crashed)
                if edit is None:
                    continue
                key = file.path, edit.splices
                if key not in best or edit.cost < best[key].cost:
                    best[key] = edit
    return sorted(best.values(), key=lambda e: (e.cost, e.path, e.line, e.splices))


def _edit(  # noqa: PLR0917 - the loop's own variables
    file: SourceFile,
    region: Region,
    proposal: Proposal,
    scores: Mapping[Line, float],
    top: float,
    crashed: set[Line],
) -> Edit | None:
    changes = [s for s in proposal.splices if file.slice(s[0], s[1]) != s[2]]
    if not changes:
        return None
    line = proposal.line
    score = scores.get((file.path, line)) or _around(file, region, line, scores)
    cost = priors.PRIORS[proposal.operator] + proposal.extra
    cost += priors.SUSPICION * (1 - score / top)
    cost -= priors.RAISED if (file.path, line) in crashed else 0.0
    cost += priors.NAME_LOST if _loses_a_name(region, changes) else 0.0
    cost -= priors.NAME_FOUND if _finds_a_name(region, changes) else 0.0
    cost += priors.CALL_LOST if _loses_a_call(region, changes) else 0.0
    cost += priors.AT_IMPORT if region.root is file.tree else 0.0
    splices = tuple(sorted(proposal.splices))
    return Edit(file.path, line, proposal.operator, splices, round(cost, 3))


def _loses_a_name(region: Region, changes: list[Splice]) -> bool:
    """True where a local name was used before the edit, and is only bound after it."""
    lost = Counter[str]()
    for start, end, text in changes:
        lost.update(_WORD.findall(region.file.slice(start, end)))
        lost.subtract(_WORD.findall(text))
    return any(
        count > 0 and region.uses[name] > 0 and region.uses[name] <= count
        for name, count in lost.items()
    )


def _finds_a_name(region: Region, changes: list[Splice]) -> bool:
    """True where the edit uses a local name that nothing used so far."""
    if not region.unread:
        return False
    added = Counter[str]()
    for start, end, text in changes:
        added.update(_WORD.findall(text))
        added.subtract(_WORD.findall(region.file.slice(start, end)))
    return any(added[name] > 0 for name in region.unread)


def _loses_a_call(region: Region, changes: list[Splice]) -> bool:
    """True where a call of the project's own function disappears."""
    own = region.functions
    return any(
        any(f"{name}(" in region.file.slice(start, end) and f"{name}(" not in text for name in own)
        for start, end, text in changes
    )


def _around(file: SourceFile, region: Region, line: int, scores: Mapping[Line, float]) -> float:
    """The score of the statement that holds `line`, when the line itself was never stepped on."""
    holding = [s for s in region.statements if s.lineno <= line <= (s.end_lineno or s.lineno)]
    if not holding:
        return 0.0
    inner = max(holding, key=lambda s: s.lineno)
    last = inner.body[0].lineno - 1 if hasattr(inner, "body") and inner.body else inner.end_lineno
    lines = range(inner.lineno, max(inner.lineno, last or inner.lineno) + 1)
    return max((scores.get((file.path, number), 0.0) for number in lines), default=0.0)


def _lines(region: Region) -> range:
    nodes = [n for n in region.statements if n.end_lineno]
    if not nodes:
        return range(0)
    return range(min(n.lineno for n in nodes), max(n.end_lineno or 0 for n in nodes) + 1)


def parsed(paths: Mapping[str, str]) -> list[SourceFile]:
    """The files that parse, in order of their paths."""
    files = []
    for path, text in sorted(paths.items()):
        try:
            files.append(SourceFile(path, text))
        except (SyntaxError, ValueError):
            continue
    return files


def score_of(scores: Mapping[Line, float], edit: Edit) -> float:
    """Suspiciousness of an edit's line; 0 where none is known."""
    score = scores.get((edit.path, edit.line), 0.0)
    return score if math.isfinite(score) else 0.0


def import_time(file: SourceFile) -> list[ast.stmt]:
    """Statements that run when the module is imported: assignments of module and class bodies,
    and definitions, whose default arguments are evaluated then.
    """
    found: list[ast.stmt] = []
    todo: list[ast.stmt] = list(file.tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.ClassDef):
            todo += node.body
        elif isinstance(node, ast.If | ast.Try | ast.With):
            found.append(node)
            todo += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.FunctionDef):
            found.append(node)
    return found
