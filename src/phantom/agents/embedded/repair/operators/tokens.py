"""Changes of one operator, constant or keyword: the smallest and most common edits."""

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise

from phantom.agents.embedded.repair.kinds import BOOL, NUMBER, UNKNOWN
from phantom.agents.embedded.repair.precedence import ATOM, binding
from phantom.agents.embedded.repair.region import Proposal, Region

_COMPARE: dict[str, tuple[str, ...]] = {
    "<": ("<=", ">", ">=", "!=", "=="),
    "<=": ("<", ">=", ">", "==", "!="),
    ">": (">=", "<", "<=", "!=", "=="),
    ">=": (">", "<=", "<", "==", "!="),
    "==": ("!=", "<=", ">=", "<", ">", "in", "is"),
    "!=": ("==", "<", ">", "is not", "not in"),
    "in": ("not in", "=="),
    "not in": ("in", "!="),
    "is": ("is not", "=="),
    "is not": ("is", "!="),
}
_BOUNDARY = {("<", "<="), ("<=", "<"), (">", ">="), (">=", ">")}
_OPPOSITE = {
    ("==", "!="), ("!=", "=="), ("in", "not in"), ("not in", "in"),
    ("is", "is not"), ("is not", "is"), ("<", ">"), (">", "<"), ("<=", ">="), (">=", "<="),
    ("<", ">="), (">=", "<"), (">", "<="), ("<=", ">"), ("is", "=="), ("is not", "!="),
}  # fmt: skip
_ARITHMETIC: dict[str, tuple[str, ...]] = {
    "+": ("-", "*", "|"),
    "-": ("+", "*", "/", "%"),
    "*": ("/", "+", "**", "//", "-"),
    "/": ("//", "*", "%", "-"),
    "//": ("/", "%", "*"),
    "%": ("//", "/", "*"),
    "**": ("*", "//"),
    "&": ("|", "^"),
    "|": ("&", "^", "+"),
    "^": ("&", "|", "**"),
    "<<": (">>",),
    ">>": ("<<",),
}
_SYMBOLS: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<",
    ast.RShift: ">>", ast.MatMult: "@", ast.And: "and", ast.Or: "or",
}  # fmt: skip


def between(region: Region, left: ast.expr, right: ast.expr, old: str, new: str) -> Proposal | None:
    """Replace the operator `old` that stands between two operands; None where it is not found."""
    start, end = region.file.span(left)[1], region.file.span(right)[0]
    gap = region.file.data[start:end]
    position = gap.find(old.encode())
    if position < 0 or b"#" in gap:
        return None
    first = start + position
    return Proposal("", right.lineno, ((first, first + len(old.encode()), new),))


def comparison(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """`<` for `<=` and so on; one boundary further; `== 0` for `<= 1`."""
    if not isinstance(node, ast.Compare):
        return
    operands = [node.left, *node.comparators]
    for (left, right), op in zip(pairwise(operands), node.ops, strict=True):
        old = _SYMBOLS[type(op)]
        for new in _COMPARE[old]:
            made = between(region, left, right, old, new)
            if made is None:
                continue
            kind = "compare_boundary" if (old, new) in _BOUNDARY else "compare_other"
            kind = "compare_opposite" if (old, new) in _OPPOSITE else kind
            numeric = NUMBER not in {region.kinds.of(left), region.kinds.of(right)}
            odd = 1.0 if new in {"<", "<=", ">", ">="} and old in {"==", "!="} and numeric else 0.0
            yield Proposal(kind, made.line, made.splices, odd)
            if isinstance(right, ast.Constant) and type(right.value) is int:
                for shift in (1, -1):
                    splice = region.put(right, str(right.value + shift))
                    yield Proposal("compare_shift", made.line, (*made.splices, splice))


def arithmetic(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """Another arithmetic or bitwise operator."""
    if isinstance(node, ast.BinOp):
        old = _SYMBOLS[type(node.op)]
        text = isinstance(node.left, ast.Constant | ast.JoinedStr) and old in "%+"
        if text and isinstance(getattr(node.left, "value", ""), str):
            return
        for rank, new in enumerate(_ARITHMETIC.get(old, ())):
            made = between(region, node.left, node.right, old, new)
            if made:
                yield Proposal("arithmetic", made.line, made.splices, 0.3 * rank)


def boolean(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """`and` for `or`, an operand dropped, a condition negated."""
    if isinstance(node, ast.BoolOp):
        old = _SYMBOLS[type(node.op)]
        new = "or" if old == "and" else "and"
        swaps = [between(region, a, b, old, new) for a, b in pairwise(node.values)]
        splices = tuple(s for made in swaps if made for s in made.splices)
        if splices:
            yield Proposal("boolean", node.lineno, splices)
        for value in node.values:
            others = [v for v in node.values if v is not value]
            text = f" {old} ".join(region.code(v, 5 if old == "and" else 4) for v in others)
            yield Proposal("drop_condition", node.lineno, (region.put(node, text, 3),))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield Proposal("negate", node.lineno, (region.put_donor(node, node.operand),))
    elif _is_condition(region, node) and not isinstance(node, ast.Constant):
        splice = region.put(node, f"not {region.code(node, 5)}", 5)
        late = 1.5 if isinstance(node, ast.Compare) else 0.0
        yield Proposal("negate", node.lineno, (splice,), late)


def constant(  # noqa: PLR0912 - one case a type of constant
    region: Region, node: ast.expr
) -> Iterator[Proposal]:
    """A constant beside: one more, one less, its negative, the other truth value."""
    if not isinstance(node, ast.Constant):
        return
    value, line = node.value, node.lineno
    if isinstance(value, bool):
        yield Proposal("flip_bool", line, (region.put(node, str(not value)),))
    elif isinstance(value, int):
        for new in (value + 1, value - 1):
            if _neutral(region.parent(node), new):
                continue  # dropping the operand says the same in less
            yield Proposal("off_by_one", line, (region.put(node, str(new), _strength(new)),))
        for new in {-value, 0, 1, 2, value * 2, value * 10, value // 10} - {
            value, value + 1, value - 1,
        }:  # fmt: skip
            splice = region.put(node, str(new), _strength(new))
            yield Proposal("other_constant", line, (splice,))
        if value in {0, 1}:
            for text, strength in (("None", ATOM), ("float('inf')", ATOM), ("-float('inf')", 13)):
                yield Proposal("other_constant", line, (region.put(node, text, strength),), 1.0)
    elif isinstance(value, float):
        for new_float in (value * 10, value / 10, value * 100, value / 100, -value, 1 - value):
            text = f"{new_float:.12g}"
            text = text if any(c in text for c in ".e") else f"{text}.0"
            yield Proposal("other_float", line, (region.put(node, text, 13),))
    elif isinstance(value, str) and len(value) <= 40:
        yield from _text(region, node, value)
    elif value is None:
        for text in ("0", "[]", "{}", "''", "False"):
            yield Proposal("other_constant", line, (region.put(node, text),), 1.0)


def operand(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """`e + 1` or `e - 1` for `e`; one operand instead of both; operands swapped."""
    line = node.lineno
    if isinstance(node, ast.BinOp):
        for kept in (node.left, node.right):
            yield Proposal("drop_operand", line, (region.put_donor(node, kept),))
        if not isinstance(node.op, ast.Mult | ast.BitAnd | ast.BitOr | ast.BitXor):
            late = 1.0 if region.kinds.of(node) == NUMBER and isinstance(node.op, ast.Add) else 0.0
            yield Proposal("swap_operands", line, swapped(region, node.left, node.right), late)
        return
    if isinstance(node, ast.Constant | ast.Compare | ast.BoolOp | ast.List | ast.Dict | ast.Tuple):
        return
    if not region.loads(node) or _is_callee(region, node):
        return
    kind = region.kinds.of(node)
    if kind in {NUMBER, UNKNOWN}:
        text = region.code(node, 11)
        late = 0.0 if _is_index_like(region, node) else 0.8
        late += 0.0 if kind == NUMBER else 0.5
        for sign in "-+":
            splice = region.put(node, f"{text} {sign} 1", 11)
            yield Proposal("plus_minus_one", line, (splice,), late)


def swapped(region: Region, one: ast.expr, two: ast.expr) -> tuple[tuple[int, int, str], ...]:
    """The splices that exchange two expressions."""
    return region.put_donor(one, two), region.put_donor(two, one)


def _is_condition(region: Region, node: ast.expr) -> bool:
    parent = region.parent(node)
    test = getattr(parent, "test", None) is node
    returned = isinstance(parent, ast.Return) and region.kinds.of(node) == BOOL
    member = isinstance(parent, ast.BoolOp)
    sieve = isinstance(parent, ast.comprehension) and node in parent.ifs
    return test or returned or member or sieve


def _is_callee(region: Region, node: ast.expr) -> bool:
    parent = region.parent(node)
    return (isinstance(parent, ast.Call) and parent.func is node) or (
        isinstance(parent, ast.Attribute)
    )


def _is_index_like(region: Region, node: ast.expr) -> bool:
    """True where numbers count things: subscripts, slices, range bounds, comparisons."""
    parent = region.parent(node)
    if isinstance(parent, ast.Tuple):
        parent = region.parent(parent)
    match parent:
        case ast.Subscript(value=value):
            return value is not node
        case ast.Slice() | ast.Compare():
            return True
        case ast.Call(func=func):
            return func is not node
        case ast.Return() | ast.BinOp():
            return True
        case _:
            return False


def _neutral(parent: ast.AST, number: int) -> bool:
    if not isinstance(parent, ast.BinOp):
        return False
    adds = isinstance(parent.op, ast.Add | ast.Sub)
    return number == 0 if adds else number == 1


def _text(region: Region, node: ast.Constant, value: str) -> Iterator[Proposal]:
    if isinstance(region.parent(node), ast.Expr | ast.FormattedValue | ast.JoinedStr):
        return
    quote = '"' if region.file.code(node).endswith('"') else "'"
    changed = {"": (" ",), " ": ("", ", "), ",": (", ",), ", ": (",",)}.get(value, ())
    variants = (*changed, value.lower(), value.upper(), value.strip(), "")
    for new in dict.fromkeys(variants):
        if new != value and quote not in new and "\\" not in new and new.isprintable():
            yield Proposal("other_text", node.lineno, (region.put(node, f"{quote}{new}{quote}"),))


def _strength(number: int) -> int:
    return binding(ast.Constant(number)) if number >= 0 else 13


OPERATORS: tuple[Callable[[Region, ast.expr], Iterator[Proposal]], ...] = (
    comparison,
    arithmetic,
    boolean,
    constant,
    operand,
)
