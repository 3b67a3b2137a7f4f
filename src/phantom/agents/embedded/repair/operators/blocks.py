"""Whole lines of code: where a statement starts and ends, and how one is written beside it."""

import ast

from phantom.agents.embedded.repair.region import Region
from phantom.agents.embedded.repair.source import Splice

SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.Raise, ast.Delete, ast.AnnAssign)


def indent(region: Region, statement: ast.stmt) -> str:
    """The white space before a statement."""
    return region.file.line_text(statement.lineno)[: statement.col_offset]


def stands_alone(region: Region, statement: ast.stmt) -> bool:
    """True where a statement has its lines for itself, so that lines can be added around it."""
    assert statement.end_lineno is not None
    first, last = _first_line(statement), statement.end_lineno
    line = region.file.line_text(statement.lineno)
    before = line.encode()[: statement.col_offset]
    after = region.file.line_text(last).encode()[statement.end_col_offset :].strip()
    clear = not before.strip() and (not after or after.startswith(b"#"))
    return clear and not line.lstrip().startswith(("elif", "else")) and first <= last


def before(region: Region, statement: ast.stmt, *lines: str) -> Splice:
    """New lines above a statement, at its depth."""
    at = region.file.line_span(_first_line(statement), _first_line(statement))[0]
    return at, at, _written(region, indent(region, statement), lines)


def after(region: Region, statement: ast.stmt, *lines: str) -> Splice:
    """New lines below a statement, at its depth."""
    assert statement.end_lineno is not None
    at = region.file.line_span(statement.end_lineno, statement.end_lineno)[1]
    text = _written(region, indent(region, statement), lines)
    if not region.file.data[:at].endswith(b"\n"):
        text = f"\n{text}"
    return at, at, text


def lines_of(region: Region, statement: ast.stmt) -> tuple[int, int]:
    """Byte offsets of all lines of a statement, decorators included."""
    assert statement.end_lineno is not None
    return region.file.line_span(_first_line(statement), statement.end_lineno)


def bodies(statement: ast.AST) -> list[list[ast.stmt]]:
    """The blocks that a compound statement holds."""
    found = [getattr(statement, name, None) for name in ("body", "orelse", "finalbody")]
    blocks = [block for block in found if isinstance(block, list) and block]
    blocks += [handler.body for handler in getattr(statement, "handlers", ())]
    blocks += [case.body for case in getattr(statement, "cases", ())]
    return blocks


def siblings(region: Region, statement: ast.stmt) -> list[ast.stmt]:
    """The block that a statement stands in."""
    parent = region.parent(statement)
    return next((block for block in bodies(parent) if statement in block), [statement])


def in_loop(region: Region, statement: ast.AST) -> bool:
    """True inside a loop of the same function."""
    node = statement
    while node is not region.root:
        node = region.parent(node)
        if isinstance(node, ast.For | ast.While | ast.AsyncFor):
            return True
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return False
    return False


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])


def _written(region: Region, margin: str, lines: tuple[str, ...]) -> str:
    ending = "\r\n" if b"\r\n" in region.file.data else "\n"
    return "".join(f"{margin}{line}{ending}" for line in lines)
