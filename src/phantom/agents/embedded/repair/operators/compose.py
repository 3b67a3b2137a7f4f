"""Something around an expression is missing or too much: a call, a bound, a slice, a guard."""

import ast
from collections.abc import Callable, Iterator

from phantom.agents.embedded.repair.kinds import (
    BOOL,
    CALLABLE,
    DICT,
    LIST,
    NUMBER,
    SET,
    TEXT,
    UNKNOWN,
)  # fmt: skip
from phantom.agents.embedded.repair.precedence import ATOM
from phantom.agents.embedded.repair.region import Proposal, Region

_WRAPPERS: dict[str, tuple[str, ...]] = {
    NUMBER: ("abs({})", "int({})", "str({})", "round({})", "max(0, {})", "min(0, {})", "float({})",
             "[{}]", "round({}, 2)", "-{}"),
    LIST: ("list({})", "sorted({})", "set({})", "len({})", "sum({})", "reversed({})", "tuple({})",
           "[{}]", "max({})", "min({})", "any({})", "all({})", "enumerate({})"),
    DICT: ("dict({})", "list({})", "sorted({})", "len({})"),
    SET: ("list({})", "sorted({})", "len({})", "set({})"),
    TEXT: ("int({})", "float({})", "len({})", "list({})", "[{}]"),
    BOOL: ("not {}", "int({})"),
    UNKNOWN: ("list({})", "len({})", "str({})", "int({})", "sorted({})", "[{}]", "abs({})",
              "set({})", "max(0, {})", "tuple({})", "float({})", "bool({})"),
}  # fmt: skip
_TAILS: dict[str, tuple[str, ...]] = {
    TEXT: (".strip()", ".lower()", ".upper()", ".split()"),
    LIST: (".copy()",),
    DICT: (".items()", ".values()", ".copy()", ".keys()"),
    SET: (".copy()",),
    UNKNOWN: (".strip()", ".lower()", ".items()", ".copy()", ".values()", ".upper()"),
}


def wrapped(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """`list(e)`, `max(0, e)`, `e.strip()` for `e`; `target = max(target, e)`."""
    parent = region.parent(node)
    if not region.loads(node) or _no_value(region, node, parent):
        return
    kind, text, line = region.kinds.of(node), region.code(node), node.lineno
    if kind == UNKNOWN and isinstance(parent, ast.BinOp) and not isinstance(parent.op, ast.Add):
        kind = NUMBER
    if not (isinstance(node, ast.Constant) or kind == CALLABLE):
        already = _called_name(parent)
        for rank, shape in enumerate(_WRAPPERS.get(kind, ())):
            if not (already and shape.startswith(f"{already}(")):
                inner = region.code(node, 13) if shape in {"not {}", "-{}"} else text
                strength = {"not {}": 5, "-{}": 13}.get(shape, ATOM)
                splice = region.put(node, shape.format(inner), strength)
                yield Proposal("wrap_call", line, (splice,), 0.15 * rank)
        for rank, tail in enumerate(_TAILS.get(kind, ())):
            splice = region.put(node, f"{region.code(node, ATOM)}{tail}")
            yield Proposal("wrap_method", line, (splice,), 0.2 * rank)
    elif isinstance(node, ast.Constant) and kind == NUMBER:
        yield Proposal("wrap_call", line, (region.put(node, f"[{text}]"),), 1.0)
    if isinstance(node, ast.List | ast.ListComp):
        yield Proposal("wrap_call", line, (region.put(node, f"[{text}]"),))
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name | ast.Attribute):
        target = region.file.code(parent.targets[0])
        for function in ("max", "min"):
            splice = region.put(node, f"{function}({target}, {text})")
            late = 0.0 if kind in {NUMBER, UNKNOWN} and text != target else 2.0
            yield Proposal("wrap_minmax", line, (splice,), late)


def unwrapped(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """The argument instead of the call, the object instead of its element or negative."""
    line = node.lineno
    match node:
        case ast.Call(func=func, args=args):
            for argument in args:
                if not isinstance(argument, ast.Starred | ast.GeneratorExp):
                    yield Proposal("unwrap_call", line, (region.put_donor(node, argument),))
            if isinstance(func, ast.Attribute) and not isinstance(region.parent(node), ast.Expr):
                yield Proposal("unwrap_call", line, (region.put_donor(node, func.value),), 0.3)
        case ast.Subscript(value=value) if region.loads(node):
            yield Proposal("unwrap_index", line, (region.put_donor(node, value),))
        case ast.UnaryOp(op=ast.USub() | ast.Invert(), operand=operand):
            yield Proposal("unwrap_call", line, (region.put_donor(node, operand),))
        case ast.List(elts=[only]) if region.loads(node):
            yield Proposal("unwrap_index", line, (region.put_donor(node, only),), 0.5)


def sliced(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """`e[1:]`, `e[n:]`, `e[::-1]` for a sequence `e`; a slice's or range's other bounds."""
    line = node.lineno
    if isinstance(node, ast.Slice):
        yield from _bounds(region, node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        yield from _range(region, node)
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call) or not region.loads(node):
        return
    parent = region.parent(node)
    kind = region.kinds.of(node)
    if kind not in {LIST, TEXT, UNKNOWN} or _no_value(region, node, parent):
        return
    if isinstance(parent, ast.Subscript) and parent.value is node:
        return
    text = region.code(node, ATOM)
    numbers = [n for n in region.locals if region.kinds.of(ast.Name(n)) in {NUMBER, UNKNOWN}]
    looped = isinstance(parent, ast.For | ast.comprehension | ast.Call)
    late = (0.0 if looped or kind else 0.5) + (0.0 if kind else 0.4)
    for rank, cut in enumerate(("1:", ":-1", "::-1", ":", "0", "-1")):
        splice = region.put(node, f"{text}[{cut}]")
        yield Proposal("slice", line, (splice,), late + 0.15 * rank)
    for name in numbers:
        for cut in (f"{name}:", f":{name}", name):
            if name != text:
                splice = region.put(node, f"{text}[{cut}]")
                yield Proposal("slice_by_name", line, (splice,), late)


def guarded(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """A condition that forgot a case: `c or not x`, `x is None or c`, `c and x`."""
    parent = region.parent(node)
    if not isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert | ast.comprehension):
        return
    if node is not getattr(parent, "test", None) and node not in getattr(parent, "ifs", ()):
        return
    if isinstance(node, ast.Constant):
        return
    line = node.lineno
    prefixes = _prefixes(region, node)
    for text in prefixes:
        for guard, word, level in ((f"{text} is None", "or", 4), (f"not {text}", "or", 4),
                                   (text, "and", 5),
                                   (f"{text} is not None", "and", 5)):  # fmt: skip
            splice = region.put(node, f"{guard} {word} {region.code(node, level)}", level - 1)
            yield Proposal("guard_before", line, (splice,))
    others = [n for n in (*region.locals, *region.self_attributes) if n != "self"]
    for name in others:
        if region.kinds.of(ast.parse(name, mode="eval").body) == CALLABLE:
            continue
        late = 0.5 if name in prefixes else 0.0
        for guard, word, level in ((f"not {name}", "or", 4), (name, "and", 5),
                                   (f"not {name}", "and", 5), (name, "or", 4),
                                   (f"{name} is None", "or", 4)):  # fmt: skip
            splice = region.put(node, f"{region.code(node, level)} {word} {guard}", level - 1)
            yield Proposal("guard_after", line, (splice,), late)
    conditions = [
        d for d in region.donors if isinstance(d.node, ast.Compare) and d.text != region.code(node)
    ]
    for donor in conditions:
        for word, level in (("and", 5), ("or", 4)):
            other = region.code(donor.node, level)
            splice = region.put(node, f"{region.code(node, level)} {word} {other}", level - 1)
            yield Proposal("guard_donor", line, (splice,))


def looked_up(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """`d.get(k, 0)` for `d[k]`, a default for `get`, `reverse=True` for a sort, `*args`."""
    line = node.lineno
    match node:
        case ast.Subscript(value=value, slice=key) if region.loads(node):
            if region.kinds.of(value) in {DICT, UNKNOWN} and not isinstance(key, ast.Slice):
                owner, text = region.code(value, ATOM), region.file.code(key)
                late = 0.0 if region.kinds.of(value) == DICT else 0.7
                for default in (", 0", "", ", []", ", ''", ", None"):
                    splice = region.put(node, f"{owner}.get({text}{default})")
                    yield Proposal("lookup_default", line, (splice,), late)
        case ast.Call(func=ast.Attribute(attr="get"), args=[only]):
            for default in ("0", "[]", "''", "{}", "1", region.file.code(only)):
                end = region.file.span(only)[1]
                yield Proposal("lookup_default", line, ((end, end, f", {default}"),))
        case ast.Call(func=ast.Name(id="sorted" | "max" | "min") | ast.Attribute(attr="sort")):
            yield from _sort_options(region, node)


def _sort_options(region: Region, node: ast.Call) -> Iterator[Proposal]:
    present = {keyword.arg for keyword in node.keywords}
    end = region.file.span(node)[1] - 1
    comma = ", " if node.args or node.keywords else ""
    name = region.file.code(node.func)
    options = [] if name in {"max", "min"} else [("reverse", "True")]
    options += [("key", "len"), ("key", "abs"), ("key", "str.lower")]
    options += [("default", d) for d in ("0", "None")] if name in {"max", "min"} else []
    for option, value in options:
        if option not in present and not (option == "default" and len(node.args) != 1):
            yield Proposal("sort_option", node.lineno, ((end, end, f"{comma}{option}={value}"),))


def _prefixes(region: Region, node: ast.expr) -> list[str]:
    """The objects that a condition looks into: `a` and `a.b` in `a.b.c`."""
    found: dict[str, None] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(
            part.value, ast.Name | ast.Attribute
        ):
            found[region.file.code(part.value)] = None
        elif isinstance(part, ast.Name) and part.id in region.locals:
            found[part.id] = None
    return [text for text in found if text != "self"]


def _bounds(region: Region, node: ast.Slice) -> Iterator[Proposal]:
    start, end = (region.file.span(node)) if hasattr(node, "lineno") else (0, 0)
    lower = region.file.code(node.lower) if node.lower else ""
    upper = region.file.code(node.upper) if node.upper else ""
    step = f":{region.file.code(node.step)}" if node.step else ""
    variants = [(upper, lower), ("", upper), (lower, ""), ("1", upper), (lower, "-1")]
    for low, high in dict.fromkeys(variants):
        if (low, high) != (lower, upper):
            yield Proposal("slice_bounds", node.lineno, ((start, end, f"{low}:{high}{step}"),))


def _range(region: Region, node: ast.Call) -> Iterator[Proposal]:
    texts = [region.file.code(a) for a in node.args]
    new: list[str] = []
    if len(texts) == 1:
        text = texts[0]
        loose = region.code(node.args[0], 11)
        new = [f"1, {text}", f"1, {loose} + 1", f"{loose} - 1, -1, -1", f"0, {text}, 2"]
    elif len(texts) == 2:
        low, high = (region.code(a, 11) for a in node.args)
        new = [
            f"{low} + 1, {high} + 1",
            f"{low}, {high}, -1",
            f"{high}, {low}, -1",
            f"{low}, {high}, 2",
        ]
    elif len(texts) == 3:
        new = [", ".join(texts[:2]), f"{texts[0]}, {texts[1]}, -1"]
    if node.args:
        start, end = region.file.span(node.args[0])[0], region.file.span(node.args[-1])[1]
        for text in new:
            yield Proposal("range_bounds", node.lineno, ((start, end, text),))


def _called_name(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name
        case _:
            return ""


def _no_value(region: Region, node: ast.expr, parent: ast.AST) -> bool:
    """True where the expression is no value of its own: a callee, a statement, a slice."""
    callee = isinstance(parent, ast.Call) and parent.func is node
    owner = isinstance(parent, ast.Attribute | ast.Expr)
    tuple_target = isinstance(parent, ast.Tuple) and not region.loads(parent)
    return callee or owner or tuple_target or isinstance(node, ast.Slice | ast.Starred | ast.Yield)


OPERATORS: tuple[Callable[[Region, ast.expr], Iterator[Proposal]], ...] = (
    wrapped,
    unwrapped,
    sliced,
    guarded,
    looked_up,
)
