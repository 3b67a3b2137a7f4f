"""A guess at what kind of value an expression has, to try likely edits before unlikely ones.

Only the order of candidates depends on it: a wrong guess costs time, never a repair.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable

NUMBER, TEXT, BOOL, LIST, DICT, SET, CALLABLE, UNKNOWN = (
    "number", "text", "bool", "list", "dict", "set", "callable", "",
)  # fmt: skip
CONTAINERS = frozenset({LIST, DICT, SET, TEXT})
_RESULTS = {
    "len": NUMBER, "int": NUMBER, "float": NUMBER, "abs": NUMBER, "round": NUMBER, "sum": NUMBER,
    "ord": NUMBER, "str": TEXT, "repr": TEXT, "chr": TEXT, "list": LIST, "sorted": LIST,
    "range": LIST, "reversed": LIST, "tuple": LIST, "zip": LIST, "map": LIST, "filter": LIST,
    "enumerate": LIST, "dict": DICT, "set": SET, "frozenset": SET, "bool": BOOL, "any": BOOL,
    "all": BOOL, "isinstance": BOOL, "hasattr": BOOL, "callable": BOOL, "defaultdict": DICT,
    "Counter": DICT, "deque": LIST,
}  # fmt: skip
_METHODS = {
    "append": LIST, "extend": LIST, "insert": LIST, "sort": LIST, "popleft": LIST,
    "appendleft": LIST, "items": DICT, "keys": DICT, "values": DICT, "get": DICT,
    "setdefault": DICT, "add": SET, "union": SET, "issuperset": SET, "discard": SET,
    "strip": TEXT, "lower": TEXT, "upper": TEXT, "split": TEXT, "startswith": TEXT,
    "endswith": TEXT, "join": TEXT, "replace": TEXT, "rfind": TEXT, "find": TEXT, "format": TEXT,
    "title": TEXT, "isdigit": TEXT, "isalpha": TEXT,
}  # fmt: skip
_METHOD_RESULTS = {
    "strip": TEXT, "lower": TEXT, "upper": TEXT, "join": TEXT, "replace": TEXT, "format": TEXT,
    "title": TEXT, "split": LIST, "find": NUMBER, "rfind": NUMBER, "index": NUMBER,
    "count": NUMBER, "startswith": BOOL, "endswith": BOOL, "items": LIST, "keys": LIST,
    "values": LIST,
}  # fmt: skip


class Kinds:
    """Kinds of the names of one region, from how they are set and used there."""

    def __init__(self, nodes: Iterable[ast.AST]) -> None:
        """Collect evidence in two rounds, so that kinds flow through plain assignments."""
        self._names: dict[str, str] = {}
        nodes = list(nodes)
        for _ in range(2):
            votes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
            for node in nodes:
                for name, kind in self._evidence(node):
                    if kind:
                        votes[name][kind] += 1
            self._names = {
                name: max(sorted(found), key=lambda kind: found[kind])
                for name, found in votes.items()
            }

    def of(self, node: ast.expr) -> str:  # noqa: PLR0911, PLR0912 - a table, one case a line
        """The kind of an expression, or UNKNOWN."""
        match node:
            case ast.Constant(value=bool()) | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return BOOL
            case ast.Constant(value=int() | float()):
                return NUMBER
            case ast.Constant(value=str()) | ast.JoinedStr():
                return TEXT
            case ast.List() | ast.ListComp() | ast.Tuple() | ast.GeneratorExp():
                return LIST
            case ast.Dict() | ast.DictComp():
                return DICT
            case ast.Set() | ast.SetComp():
                return SET
            case ast.BinOp(left=left, op=op, right=right):
                if isinstance(op, ast.Sub | ast.Div | ast.FloorDiv | ast.Pow):
                    return self.of(left) if self.of(left) == SET else NUMBER
                return self.of(left) or self.of(right)
            case ast.UnaryOp(op=ast.USub(), operand=_):
                return NUMBER
            case ast.BoolOp(values=values):
                return self.of(values[-1])
            case ast.IfExp(body=body, orelse=orelse):
                return self.of(body) or self.of(orelse)
            case ast.Call(func=ast.Name(id=name), args=args):
                if name in {"min", "max"} and args:
                    return self.of(args[-1]) if len(args) > 1 else UNKNOWN
                return _RESULTS.get(name, UNKNOWN)
            case ast.Call(func=ast.Attribute(attr=name)):
                return _METHOD_RESULTS.get(name, UNKNOWN)
            case ast.Subscript(value=value, slice=ast.Slice()):
                return self.of(value) or LIST
            case ast.Name(id=name):
                return self._names.get(name, UNKNOWN)
            case ast.Attribute():
                return self._names.get(ast.unparse(node), UNKNOWN)
            case ast.Lambda():
                return CALLABLE
            case _:
                return UNKNOWN

    def clash(self, one: ast.expr, two: ast.expr) -> bool:
        """True where both kinds are known and differ."""
        kinds = {self.of(one), self.of(two)}
        return len(kinds) == 2 and UNKNOWN not in kinds

    def _evidence(self, node: ast.AST) -> Iterable[tuple[str, str]]:  # noqa: PLR0912 - a table
        match node:
            case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=value):
                yield ast.unparse(target), self.of(value)
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=False):
                    yield ast.unparse(target), self.of(value)
            case ast.AugAssign(target=ast.Name() | ast.Attribute() as target, value=value):
                yield ast.unparse(target), self.of(value)
            case ast.For(target=target, iter=ast.Call(func=ast.Name(id=name))) | (
                ast.comprehension(target=target, iter=ast.Call(func=ast.Name(id=name)))
            ):
                yield from _loop(target, name)
            case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
                for one, other in ((left, right), (right, left)):
                    if isinstance(one, ast.Name | ast.Attribute):
                        kind = self.of(other)
                        yield ast.unparse(one), kind if kind in {NUMBER, TEXT} else UNKNOWN
            case ast.Call(func=ast.Name(id="len" | "enumerate" | "sorted"), args=[ast.Name(id=n)]):
                yield n, LIST
            case ast.Call(func=ast.Name(id=name)):
                yield name, CALLABLE
            case ast.Call(func=ast.Attribute(value=value, attr=attr)):
                if isinstance(value, ast.Name | ast.Attribute):
                    yield ast.unparse(value), _METHODS.get(attr, UNKNOWN)
            case ast.FunctionDef(name=name):
                yield name, CALLABLE


def _loop(target: ast.expr, name: str) -> Iterable[tuple[str, str]]:
    if name == "range" and isinstance(target, ast.Name):
        yield target.id, NUMBER
    if name == "enumerate" and isinstance(target, ast.Tuple):
        yield ast.unparse(target.elts[0]), NUMBER
