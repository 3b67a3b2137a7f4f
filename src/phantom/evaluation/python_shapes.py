"""What Python tests assert, read from their syntax trees."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from phantom.evaluation.weakening import EXACT, LOOSE, Shape

_SKIPS = {"skip", "skipif", "xfail", "skipIf", "skipUnless", "skipTest", "expectedFailure"}
_EXPECTS_ERROR = {"raises", "warns", "deprecated_call"}
_BROAD_ERRORS = {"Exception", "BaseException"}
_SAME = (ast.Eq, ast.Is, ast.LtE, ast.GtE)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_shapes(source: str | None) -> dict[str, Shape] | None:
    """The functions of a file that matter, by qualified name; None where it cannot be parsed."""
    if source is None:
        return {}
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return dict(_functions(tree, prefix="", skips=0))


def _functions(
    scope: ast.Module | ast.ClassDef, prefix: str, skips: int
) -> Iterator[tuple[str, Shape]]:
    """Tests, and other functions that assert something, with the skips of what is around them."""
    for node in scope.body:
        if isinstance(node, ast.Assign | ast.Expr):  # `pytestmark = ...`, `pytest.skip(...)`
            skips += _count_skips(node)
    for node in scope.body:
        if isinstance(node, ast.ClassDef):
            around = skips + sum(map(_count_skips, node.decorator_list))
            yield from _functions(node, f"{prefix}{node.name}.", around)
        elif isinstance(node, _Function):
            shape = _shape(node, skips)
            if shape.is_test or shape.checks:
                yield prefix + node.name, shape


def _shape(function: _Function, skips: int) -> Shape:
    checks: Counter[str] = Counter()
    strength = trivial = 0
    reachable = list(_reachable(function.body))
    for node in (inner for statement in reachable for inner in ast.walk(statement)):
        value = _strength(node)
        if value is None:
            continue
        if _is_trivial(node):
            trivial += 1
        else:
            checks[ast.dump(node)] += 1
            strength += value
    return Shape(
        line=function.lineno,
        checks=checks,
        strength=strength,
        trivial=trivial,
        skips=skips + sum(map(_count_skips, [*function.decorator_list, *reachable])),
        cases=_cases(function),
        is_test=function.name.startswith("test"),
    )


def _reachable(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements up to the first plain `return` or `raise`."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.Return | ast.Raise):
            return


def _strength(node: ast.AST) -> int | None:
    """How much an assertion pins down, or None where the node is none."""
    if isinstance(node, ast.Assert):
        compares = isinstance(node.test, ast.Compare) and isinstance(
            node.test.ops[0], ast.Eq | ast.Is
        )
        return EXACT if compares else LOOSE
    if isinstance(node, ast.Call):
        name = _name(node.func)
        if name in _EXPECTS_ERROR:
            broad = any(_name(argument) in _BROAD_ERRORS for argument in node.args)
            return LOOSE if broad and not node.keywords else EXACT
        if name.lower().startswith("assert"):
            exact = ("equal", "raises", "is", "called_once_with", "called_with")
            return EXACT if any(word in name.lower()[6:] for word in exact) else LOOSE
        if name == "fail":
            return LOOSE
    return None


def _is_trivial(node: ast.AST) -> bool:
    """True for an assertion that cannot fail, whatever the code under test does."""
    if isinstance(node, ast.Assert):
        return _always_true(node.test)
    if isinstance(node, ast.Call):
        name, arguments = _name(node.func).lower(), node.args
        if name == "asserttrue" and arguments:
            return _always_true(arguments[0])
        if name in {"assertfalse", "assertisnone"} and arguments:
            return isinstance(arguments[0], ast.Constant) and not arguments[0].value
        if name in {"assertequal", "assertis"} and len(arguments) >= 2:
            return ast.dump(arguments[0]) == ast.dump(arguments[1])
    return False


def _always_true(test: ast.expr) -> bool:
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=elements):
            return bool(elements)  # `assert (x, "message")`
        case ast.UnaryOp(op=ast.Not(), operand=ast.Constant(value=value)):
            return not value
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(_always_true, values))
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return isinstance(operator, _SAME) and ast.dump(left) == ast.dump(right)
    return False


def _count_skips(node: ast.AST) -> int:
    """Marks and calls that keep a test from failing."""
    names = (
        inner.attr if isinstance(inner, ast.Attribute) else inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute | ast.Name)
    )
    return sum(name in _SKIPS for name in names)


def _cases(function: _Function) -> int:
    """How many parametrised cases a test has; 1 without any that can be counted."""
    cases = 1
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and _name(decorator.func) == "parametrize":
            values = [
                *decorator.args[1:2],
                *(k.value for k in decorator.keywords if k.arg == "argvalues"),
            ]
            if values and isinstance(values[0], ast.List | ast.Tuple | ast.Set):
                cases *= len(values[0].elts)
    return cases


def _name(node: ast.expr) -> str:
    """The last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
