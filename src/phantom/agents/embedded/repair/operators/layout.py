"""Statements at the wrong place: one too many, one too deep, two the wrong way round."""

import ast
from collections.abc import Callable, Iterator

from phantom.agents.embedded.repair.operators import blocks
from phantom.agents.embedded.repair.region import Proposal, Region


def removed(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """The statement left out; `pass` where it was the only one."""
    if not isinstance(statement, (*blocks.SIMPLE, ast.Break, ast.Continue)):
        return
    if _is_docstring(statement) or not blocks.stands_alone(region, statement):
        return
    start, end = blocks.lines_of(region, statement)
    alone = len(blocks.siblings(region, statement)) == 1
    if alone:
        splice = (*region.file.span(statement), "pass")
        yield Proposal("remove_statement", statement.lineno, (splice,), 0.5)
    else:
        yield Proposal("remove_statement", statement.lineno, ((start, end, ""),))


def outdented(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """The last statement of a block moved out of it, such as a `return` inside the loop."""
    block = blocks.siblings(region, statement)
    parent = region.parent(statement)
    if statement is not block[-1] or len(block) < 2 or not isinstance(parent, ast.stmt):
        return
    if parent is region.root or not blocks.stands_alone(region, statement):
        return
    if isinstance(parent, ast.If | ast.Try) and parent.end_lineno != statement.end_lineno:
        return
    margin, outer = blocks.indent(region, statement), blocks.indent(region, parent)
    yield from _shifted(region, statement, margin, outer)


def indented(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """A statement taken into the block before it."""
    block = blocks.siblings(region, statement)
    place = block.index(statement)
    if place == 0 or not blocks.stands_alone(region, statement):
        return
    inner = block[place - 1]
    while nested := blocks.bodies(inner):
        margin, deeper = blocks.indent(region, statement), blocks.indent(region, nested[-1][-1])
        if not deeper.isspace() or isinstance(inner, ast.FunctionDef | ast.ClassDef):
            return
        yield from _shifted(region, statement, margin, deeper)
        inner = nested[-1][-1]


def exchanged(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """A simple statement moved below the next ones of its block, one by one."""
    block = blocks.siblings(region, statement)
    place = block.index(statement)
    if not isinstance(statement, blocks.SIMPLE) or _is_docstring(statement):
        return
    if not blocks.stands_alone(region, statement):
        return
    start, end = blocks.lines_of(region, statement)
    text = region.file.slice(start, end)
    for distance, other in enumerate(block[place + 1 : place + 4]):
        if not blocks.stands_alone(region, other) or not text.endswith("\n"):
            return
        at = blocks.lines_of(region, other)[1]
        if not region.file.data[:at].endswith(b"\n"):
            return
        splices = ((start, end, ""), (at, at, text))
        yield Proposal("move_statement", statement.lineno, splices, 0.4 * distance)


def unconditional(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """`if` for `elif`, `while` for `if`, `break` for `continue`, `return` for `yield`."""
    start = region.file.span(statement)[0]
    data = region.file.data[start:]
    line = statement.lineno
    for old, new in (("elif", "if"), ("if", "while"), ("while", "if"), ("break", "continue"),
                     ("continue", "break"), ("break", "return"), ("yield from", "yield"),
                     ("return ", "yield "), ("yield ", "return "), ("yield ", "yield from "),
                     ("return ", "yield from ")):  # fmt: skip
        if data.startswith(old.encode()):
            splice = (start, start + len(old), new)
            yield Proposal("keyword", line, (splice,), 1.0 if "yield" in new else 0.0)


def _shifted(region: Region, statement: ast.stmt, old: str, new: str) -> Iterator[Proposal]:
    assert statement.end_lineno is not None
    splices = []
    for number in range(statement.lineno, statement.end_lineno + 1):
        start = region.file.line_span(number, number)[0]
        line = region.file.line_text(number)
        if line.startswith(old):
            splices.append((start, start + len(old), new))
        elif line.strip():
            return
    yield Proposal("reindent", statement.lineno, tuple(splices))


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


OPERATORS: tuple[Callable[[Region, ast.stmt], Iterator[Proposal]], ...] = (
    removed,
    outdented,
    indented,
    exchanged,
    unconditional,
)
