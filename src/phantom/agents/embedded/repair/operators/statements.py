"""Statements that are missing or say too little: a guard, a copy, a return, an update."""

import ast
from collections.abc import Callable, Iterator

from phantom.agents.embedded.repair.kinds import CALLABLE, LIST, NUMBER, SET, UNKNOWN
from phantom.agents.embedded.repair.operators import blocks
from phantom.agents.embedded.repair.region import Proposal, Region

_AUGMENTED = {
    ast.Add: ("-=", "=", "*="), ast.Sub: ("+=", "="), ast.Mult: ("+=", "/=", "**="),
    ast.Div: ("*=", "//="), ast.FloorDiv: ("/=", "*=", "-="), ast.Mod: ("//=", "/="),
    ast.BitXor: ("&=", "|="), ast.BitAnd: ("|=", "^="), ast.BitOr: ("&=", "^=", "="),
    ast.LShift: (">>=",), ast.RShift: ("<<=",), ast.Pow: ("*=",),
}  # fmt: skip
_MUTATORS = {"update", "extend", "append", "add", "insert"}


def assignment(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """Another augmented operator; `x += e` for `x = e`; `x = e` for `x.update(e)`."""
    line = statement.lineno
    match statement:
        case ast.AugAssign(target=target, op=op, value=value):
            start, end = region.file.span(target)[1], region.file.span(value)[0]
            for new in _AUGMENTED.get(type(op), ()):
                yield Proposal("augmented", line, ((start, end, f" {new} "),))
        case ast.Assign(targets=[ast.Name() | ast.Attribute() | ast.Subscript() as target],
                        value=value):  # fmt: skip
            start, end = region.file.span(target)[1], region.file.span(value)[0]
            for late, new in enumerate(("+=", "-=", "*=")):
                yield Proposal("augmented", line, ((start, end, f" {new} "),), 1.0 + 0.5 * late)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr=attr), args=[only])):
            if attr in _MUTATORS:
                text = f"{region.file.code(owner)} = {region.code(only)}"
                splice = (*region.file.span(statement), text)
                yield Proposal("assign_not_call", line, (splice,))
    if isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant):
        yield from _used(region, statement)


def copied(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """A statement of the function once more, beside this one, as it is or with one name changed."""
    if not blocks.stands_alone(region, statement) or _is_docstring(statement):
        return
    for other in region.statements:
        if not isinstance(other, ast.Assign | ast.AugAssign | ast.Expr) or _is_docstring(other):
            continue
        text = region.file.code(other)
        if "\n" in text:
            continue
        for changed, late in _variants(region, other, text):
            if other is statement and changed == text:
                continue
            yield from _beside(region, statement, "copy_statement", changed, late)


def collected(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """A forgotten `seen.add(x)`, `found.append(x)`, `n += 1` or `a = b`."""
    if not blocks.stands_alone(region, statement) or _is_docstring(statement):
        return
    names = [n for n in region.locals if region.kinds.of(ast.Name(n)) != CALLABLE and n != "self"]
    attributes = region.self_attributes
    for owner in (*names, *attributes):
        kind = region.kinds.of(ast.parse(owner, mode="eval").body)
        method = {LIST: "append", SET: "add"}.get(kind)
        for value in names:
            if method and value != owner:
                text = f"{owner}.{method}({value})"
                yield from _beside(region, statement, "collect", text, 0.0)
            elif kind != LIST and value != owner and owner in _rebound(region):
                yield from _beside(region, statement, "assign_name", f"{owner} = {value}", 0.0)
        if kind == NUMBER and owner in (*_rebound(region), *attributes):
            for text in (f"{owner} += 1", f"{owner} -= 1"):
                yield from _beside(region, statement, "assign_name", text, 0.5)


def returned(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """Another value returned: a name, a truth value, nothing; an early way out; a last line."""
    line = statement.lineno
    if isinstance(statement, ast.Return):
        for text in ("None", "[]", "{}", "0", "1", "True", "False", "''", "[[]]", "self"):
            known = text != "self" or "self" in region.locals
            if known and statement.value and region.file.code(statement.value) != text:
                splice = (*region.file.span(statement.value), text)
                yield Proposal("return_constant", line, (splice,))
    function = region.parent(statement)
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    alone = blocks.stands_alone(region, statement)
    open_ended = not isinstance(statement, ast.Return | ast.Raise)
    if statement is function.body[-1] and open_ended and alone:
        for name in (*region.locals, *region.self_attributes):
            splice = blocks.after(region, statement, f"return {name}")
            yield Proposal("missing_return", line, (splice,))
    first = function.body[1] if _is_docstring(function.body[0]) and len(function.body) > 1 else None
    if statement is (first or function.body[0]) and alone:
        yield from _base_cases(region, function, statement)


def defaulted(
    region: Region, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[Proposal]:
    """A default argument that all calls share, made new in each call."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    defaults = function.args.defaults
    pairs = zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True)
    body = function.body[1:] if _is_docstring(function.body[0]) else function.body
    if not body or not blocks.stands_alone(region, body[0]):
        return
    for argument, default in pairs:
        if isinstance(default, ast.List | ast.Dict | ast.Set | ast.Call):
            text = region.file.code(default)
            name = argument.arg
            guard = blocks.before(region, body[0], f"if {name} is None:", f"    {name} = {text}")
            splices = ((*region.file.span(default), "None"), guard)
            yield Proposal("shared_default", default.lineno, splices)


def skipped(region: Region, statement: ast.stmt) -> Iterator[Proposal]:
    """A loop that should end or go on here."""
    simple = isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr)
    last = statement is blocks.siblings(region, statement)[-1]
    if simple and last and blocks.in_loop(region, statement):
        if not blocks.stands_alone(region, statement):
            return
        for text in ("break", "continue"):
            splice = blocks.after(region, statement, text)
            yield Proposal("leave_loop", statement.lineno, (splice,))


def _used(region: Region, statement: ast.Expr) -> Iterator[Proposal]:
    """The value of an expression statement returned, yielded or kept."""
    if isinstance(statement.value, ast.Yield | ast.YieldFrom | ast.Await):
        return
    start, line = region.file.span(statement)[0], statement.lineno
    yield Proposal("missing_return", line, ((start, start, "return "),))
    if isinstance(statement.value, ast.Call) and isinstance(statement.value.func, ast.Attribute):
        owner = region.file.code(statement.value.func.value)
        if isinstance(statement.value.func.value, ast.Name | ast.Attribute):
            yield Proposal("keep_result", line, ((start, start, f"{owner} = "),))
    for name in region.locals:
        if region.kinds.of(ast.Name(name)) in {UNKNOWN, NUMBER, LIST} and name != "self":
            yield Proposal("keep_result", line, ((start, start, f"{name} = "),), 1.0)


def _variants(region: Region, other: ast.stmt, text: str) -> Iterator[tuple[str, float]]:
    yield text, 0.0
    start = region.file.span(other)[0]
    data = text.encode()
    places = [n for n in ast.walk(other) if isinstance(n, ast.Name) or (
        isinstance(n, ast.Constant) and not isinstance(n.value, str))]  # fmt: skip
    if isinstance(other, ast.Expr) and isinstance(other.value, ast.Yield):
        return
    for place in places:
        first, last = (offset - start for offset in region.file.span(place))
        own = data[first:last].decode()
        for name in region.locals:
            candidate = ast.Name(name)
            kind = region.kinds.of(candidate)
            if name in {own, "self"} or kind == CALLABLE:
                continue
            clash = region.kinds.clash(place, candidate) and isinstance(place, ast.Name)
            late = 0.5 + (1.0 if clash else 0.0)
            yield (data[:first] + name.encode() + data[last:]).decode(), late


def _beside(
    region: Region, statement: ast.stmt, operator: str, text: str, late: float
) -> Iterator[Proposal]:
    line = statement.lineno
    yield Proposal(operator, line, (blocks.before(region, statement, text),), late)
    last = statement is blocks.siblings(region, statement)[-1]
    if last and not isinstance(statement, ast.Return | ast.Raise | ast.Break | ast.Continue):
        yield Proposal(operator, line, (blocks.after(region, statement, text),), late)


def _base_cases(
    region: Region, function: ast.FunctionDef | ast.AsyncFunctionDef, first: ast.stmt
) -> Iterator[Proposal]:
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    parameters = [p for p in parameters if p not in {"self", "cls"}]
    results = ["None", "[]", "0", "False", "True", "''", "{}", "1", *parameters]
    if not any(isinstance(n, ast.Return) and n.value for n in ast.walk(function)):
        results = [""]
    for name in parameters:
        kind = region.kinds.of(ast.Name(name))
        tests = [f"not {name}", f"{name} is None"]
        if kind in {NUMBER, UNKNOWN}:
            tests += [f"{name} <= 0", f"{name} <= 1", f"{name} < 0"]
        for rank, test in enumerate(tests):
            for later, result in enumerate(results):
                lines = (f"if {test}:", f"    return {result}".rstrip())
                splice = blocks.before(region, first, *lines)
                late = 0.2 * rank + 0.1 * later
                yield Proposal("base_case", first.lineno, (splice,), late)


def _rebound(region: Region) -> list[str]:
    """Names that some statement of the region assigns to; loop variables are not."""
    names: dict[str, None] = {}
    for node in region.statements:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [*targets, node.target] if isinstance(node, ast.AugAssign) else targets
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    names[part.id] = None
    return list(names)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


OPERATORS: tuple[Callable[[Region, ast.stmt], Iterator[Proposal]], ...] = (
    assignment,
    copied,
    collected,
    returned,
    skipped,
)
