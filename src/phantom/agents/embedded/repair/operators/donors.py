"""Expressions made from what the same function already holds."""

import ast
from collections.abc import Callable, Iterator

from phantom.agents.embedded.repair.kinds import BOOL, CALLABLE, LIST, NUMBER, TEXT, UNKNOWN
from phantom.agents.embedded.repair.precedence import ATOM
from phantom.agents.embedded.repair.region import Proposal, Region

_JOINS: dict[str, tuple[tuple[str, int], ...]] = {
    NUMBER: (("-", 11), ("+", 11), ("*", 12), ("//", 12), ("/", 12), ("%", 12), ("**", 14)),
    LIST: (("+", 11),),
    TEXT: (("+", 11),),
    UNKNOWN: (("-", 11), ("+", 11), ("*", 12), ("/", 12)),
}


def donor(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """Another expression of the function in this one's place."""
    parent = region.parent(node)
    if isinstance(node, ast.Slice | ast.Starred) or isinstance(parent, ast.Expr):
        return
    if isinstance(parent, ast.Attribute) or node is getattr(parent, "func", None):
        return
    own = region.file.code(node)
    inside = {id(part) for part in ast.walk(node)}
    stored = not region.loads(node)
    for other in region.donors:
        plain = isinstance(other.node, ast.Name) and isinstance(node, ast.Name)
        if other.text == own or plain:
            continue
        if stored and not isinstance(other.node, ast.Name | ast.Attribute | ast.Subscript):
            continue
        if region.kinds.of(other.node) == CALLABLE:
            continue
        late = (
            0.25 * other.size
            - 0.3 * isinstance(other.node, ast.Name)
            + (1.5 if region.kinds.clash(node, other.node) else 0.0)
        )
        late += 0.8 if stored else 0.0
        late += 0.3 if id(other.node) in inside else 0.0
        yield Proposal("donor", node.lineno, (region.put_donor(node, other.node),), late)


def joined(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """`e op name` and `name op e`, `e ** 2`, for an expression that forgot a term."""
    parent = region.parent(node)
    if not region.loads(node) or isinstance(parent, ast.Expr | ast.Attribute | ast.Starred):
        return
    if isinstance(node, ast.Slice | ast.Starred | ast.Compare | ast.BoolOp | ast.Dict | ast.Lambda):
        return
    if isinstance(parent, ast.Call) and parent.func is node:
        return
    kind, line = region.kinds.of(node), node.lineno
    if kind in {NUMBER, UNKNOWN} and not isinstance(node, ast.Constant):
        text = region.code(node, 15)
        yield Proposal("power", line, (region.put(node, f"{text} ** 2", 14),))
        yield Proposal("power", line, (region.put(node, f"{text} * {text}", 12),), 0.5)
    for name in (*region.locals, *region.self_attributes):
        other = region.kinds.of(ast.parse(name, mode="eval").body)
        if name == "self" or (other and kind and other != kind) or other == CALLABLE:
            continue
        late = (0.0 if kind else 0.8) + (0.0 if other else 0.4)
        late += 0.6 if isinstance(node, ast.Constant) else 0.0
        for rank, (symbol, strength) in enumerate(_JOINS.get(kind, ())):
            tight = region.code(node, strength)
            if tight != name:
                splice = region.put(node, f"{tight} {symbol} {name}", strength)
                yield Proposal("join_name", line, (splice,), late + 0.25 * rank)
                if (symbol in "+-/" and kind != NUMBER) or symbol in "-/":
                    after = region.code(node, strength + 1)
                    splice = region.put(node, f"{name} {symbol} {after}", strength)
                    yield Proposal("join_name", line, (splice,), late + 0.25 * rank + 0.4)


def limited(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """`max(d, e)` or `min(d, e)` with another expression of the function, for a name `e`."""
    named = isinstance(node, ast.Name | ast.Attribute) and region.loads(node)
    parent = region.parent(node)
    if not named or isinstance(parent, ast.Attribute | ast.Expr | ast.Starred):
        return
    if node is getattr(parent, "func", None) or region.kinds.of(node) not in {NUMBER, UNKNOWN}:
        return
    own = region.file.code(node)
    for other in region.donors:
        number = region.kinds.of(other.node) in {NUMBER, UNKNOWN}
        if number and other.text != own and other.size <= 6 and region.loads(other.node):
            for function in ("max", "min"):
                splice = region.put(node, f"{function}({other.text}, {own})")
                yield Proposal("limit", node.lineno, (splice,), 0.2 * other.size)


def condition(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """A condition where a constant truth value or another condition stands."""
    constant = isinstance(node, ast.Constant) and isinstance(node.value, bool)
    tested = node is getattr(region.parent(node), "test", None)
    if not constant and not (tested and isinstance(node, ast.Name | ast.Constant)):
        return
    line = node.lineno
    for name in (*region.locals, *region.self_attributes):
        kind = region.kinds.of(ast.parse(name, mode="eval").body)
        if name == "self" or kind == CALLABLE:
            continue
        shapes = [(name, ATOM), (f"not {name}", 5), (f"{name} is None", 6)]
        if kind in {NUMBER, UNKNOWN}:
            shapes += [(f"{name} == 0", 6), (f"{name} > 0", 6), (f"{name} != 0", 6)]
        if kind == NUMBER:
            shapes = shapes[3:] + shapes[:3]
        for rank, (text, strength) in enumerate(shapes):
            splice = region.put(node, text, strength)
            yield Proposal("condition", line, (splice,), 0.2 * rank)
    for other in region.donors:
        if region.kinds.of(other.node) == BOOL and not isinstance(other.node, ast.Constant):
            splice = region.put_donor(node, other.node)
            yield Proposal("condition", line, (splice,), 0.5)


OPERATORS: tuple[Callable[[Region, ast.expr], Iterator[Proposal]], ...] = (
    donor,
    joined,
    limited,
    condition,
)
