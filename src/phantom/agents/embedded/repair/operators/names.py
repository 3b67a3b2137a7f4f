"""The right shape with a wrong name: another variable, attribute, function, argument or order."""

import ast
from collections.abc import Callable, Iterator
from itertools import combinations

from phantom.agents.embedded.repair.kinds import CALLABLE, NUMBER
from phantom.agents.embedded.repair.operators.tokens import swapped
from phantom.agents.embedded.repair.region import Proposal, Region

_CONFUSED = (
    ("any", "all"), ("min", "max"), ("sorted", "reversed"), ("floor", "ceil"), ("int", "round"),
    ("append", "extend"), ("append", "add"), ("add", "update"), ("update", "setdefault"),
    ("pop", "popleft"), ("append", "appendleft"), ("find", "rfind"), ("index", "rindex"),
    ("find", "index"), ("strip", "lstrip"), ("strip", "rstrip"), ("lstrip", "rstrip"),
    ("startswith", "endswith"), ("upper", "lower"), ("title", "capitalize"), ("keys", "values"),
    ("keys", "items"), ("values", "items"), ("union", "intersection"), ("difference", "union"),
    ("difference", "intersection"), ("issubset", "issuperset"), ("split", "rsplit"),
    ("split", "splitlines"), ("partition", "rpartition"), ("remove", "discard"), ("list", "tuple"),
    ("list", "set"), ("isalpha", "isalnum"), ("isdigit", "isalnum"), ("isdigit", "isnumeric"),
    ("heappush", "heappop"), ("heappushpop", "heapreplace"), ("isinstance", "issubclass"),
    ("sum", "len"), ("sum", "max"), ("str", "repr"), ("int", "float"), ("bisect_left",
    "bisect_right"), ("nlargest", "nsmallest"), ("mean", "median"), ("removeprefix",
    "removesuffix"), ("ljust", "rjust"), ("islower", "isupper"),
)  # fmt: skip
_EXCEPTIONS = (
    "KeyError", "IndexError", "ValueError", "TypeError", "AttributeError", "LookupError",
    "ZeroDivisionError", "OSError", "FileNotFoundError", "StopIteration", "Exception",
)  # fmt: skip


def confused_names(name: str) -> list[str]:
    """What people write instead of `name`."""
    return [b if a == name else a for a, b in _CONFUSED if name in {a, b}]


def variable(  # noqa: PLR0912 - where a name may come from, case by case
    region: Region, node: ast.expr
) -> Iterator[Proposal]:
    """Another name of the same scope; a called one only by another callable."""
    if not isinstance(node, ast.Name):
        return
    parent = region.parent(node)
    called = isinstance(parent, ast.Call) and parent.func is node
    line = node.lineno
    for other in confused_names(node.id) if called else ():
        yield Proposal("confused_function", line, (region.put(node, other),))
    if node.id in _EXCEPTIONS:
        for other in _EXCEPTIONS:
            if other != node.id:
                yield Proposal("other_exception", line, (region.put(node, other),))
        return
    stored = not region.loads(node)
    for other in region.locals:
        if other in {node.id, "self"}:
            continue
        candidate = ast.Name(other, ast.Load())
        callable_ = region.kinds.of(candidate) == CALLABLE
        late = 2.0 if region.kinds.clash(node, candidate) or callable_ != called else 0.0
        late += 1.5 if stored else 0.0
        yield Proposal("other_variable", line, (region.put(node, other),), late)
    if stored:
        return
    for other in region.self_attributes:
        if not called and other != f"self.{node.id}":
            yield Proposal("other_variable", line, (region.put(node, other),), 1.0)
    if f"self.{node.id}" in region.self_attributes:
        yield Proposal("missing_self", line, (region.put(node, f"self.{node.id}"),))
    if node.id in region.globals or called:
        for other in region.globals:
            if other != node.id:
                late = 0.5 if called else 0.0
                yield Proposal("other_global", line, (region.put(node, other),), late)


def attribute(region: Region, node: ast.expr) -> Iterator[Proposal]:
    """Another attribute of the same object; `self.x` for a local `x`; the object itself."""
    if not isinstance(node, ast.Attribute):
        return
    parent = region.parent(node)
    called = isinstance(parent, ast.Call) and parent.func is node
    end = region.file.span(node)[1]
    start = end - len(node.attr.encode())
    own = isinstance(node.value, ast.Name) and node.value.id == "self"
    confused = confused_names(node.attr)
    for other in confused:
        yield Proposal("confused_function", node.lineno, ((start, end, other),))
    if own and not called:
        for other in region.self_attributes:
            if other != f"self.{node.attr}":
                clash = region.kinds.clash(node, ast.parse(other, mode="eval").body)
                late = (1.5 if clash else 0.0) + (0.8 if not region.loads(node) else 0.0)
                yield Proposal("other_attribute", node.lineno, (region.put(node, other),), late)
        if node.attr in region.locals:
            yield Proposal("needless_self", node.lineno, (region.put(node, node.attr),))
    else:
        for other in region.attributes:
            if other != node.attr and other not in confused:
                late = 1.0 if called else 0.0
                yield Proposal("other_attribute", node.lineno, ((start, end, other),), late)
    if not called and region.loads(node) and not own:
        yield Proposal("drop_attribute", node.lineno, (region.put_donor(node, node.value),))


def arguments(  # noqa: PLR0912 - one case a kind of expression
    region: Region, node: ast.expr
) -> Iterator[Proposal]:
    """Two arguments, elements, branches or bounds the wrong way round; one too many."""
    line = node.lineno
    match node:
        case ast.Call(args=args, keywords=keywords):
            plain = [a for a in args if not isinstance(a, ast.Starred | ast.GeneratorExp)]
            for one, two in combinations(plain, 2):
                yield Proposal("swap_arguments", line, swapped(region, one, two))
            values = [k.value for k in keywords]
            for one, two in combinations(values, 2):
                yield Proposal("swap_arguments", line, swapped(region, one, two), 0.5)
            for keyword in keywords:
                yield from _without(region, node, keyword)
            if len(args) > 1:
                yield from _without(region, node, args[-1])
        case ast.Tuple(elts=[*elements]) | ast.List(elts=[*elements]) if len(elements) <= 4:
            for one, two in combinations(elements, 2):
                yield Proposal("swap_elements", line, swapped(region, one, two))
        case ast.Subscript(value=ast.Subscript(slice=one), slice=two):
            if not isinstance(one, ast.Slice) and not isinstance(two, ast.Slice):
                yield Proposal("swap_elements", line, swapped(region, one, two))
        case ast.IfExp(body=body, orelse=orelse):
            yield Proposal("swap_branches", line, swapped(region, body, orelse))
            for branch in (body, orelse):
                yield Proposal("drop_operand", line, (region.put_donor(node, branch),), 1.0)
        case ast.Dict(values=values):
            for a, b in combinations(values[:6], 2):
                if region.kinds.of(a) == region.kinds.of(b) != NUMBER:
                    yield Proposal("swap_elements", line, swapped(region, a, b), 1.0)


def _without(region: Region, call: ast.Call, part: ast.expr | ast.keyword) -> Iterator[Proposal]:
    """The call without one argument, its comma included."""
    start, end = region.file.span(part)
    before = region.file.data[:start].rstrip()
    if before.endswith(b","):
        yield Proposal("drop_argument", call.lineno, ((len(before) - 1, end, ""),))


OPERATORS: tuple[Callable[[Region, ast.expr], Iterator[Proposal]], ...] = (
    variable,
    attribute,
    arguments,
)
