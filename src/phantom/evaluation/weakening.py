"""Tests that a change removed or weakened, found by comparing syntax trees.

Making a test weaker is the cheapest way to make it pass, so it counts against the change. Compared
are, test by test: whether it is still there (under its name anywhere, or with its assertions in a
new test), its skip and xfail marks, the strength of its assertions, and its parametrised cases.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from phantom.evaluation.port import Finding, FindingSeverity

_SKIPS = {"skip", "skipif", "xfail", "skipIf", "skipUnless", "skipTest", "expectedFailure"}
_EXPECTS_ERROR = {"raises", "warns", "deprecated_call"}
_BROAD_ERRORS = {"Exception", "BaseException"}
_EXACT, _LOOSE = 2, 1
_SAME = (ast.Eq, ast.Is, ast.LtE, ast.GtE)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class TestSource:
    """One changed file of tests before and after; None where it did not or does not exist."""

    __test__ = False  # not a test class, whatever its name

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class _Shape:
    """What matters of one function: assertions by their normal form, skips, and cases."""

    line: int
    checks: Counter[str]
    strength: int
    trivial: int
    skips: int
    cases: int
    is_test: bool


def weakenings(sources: Sequence[TestSource]) -> tuple[Finding, ...]:
    """One finding for each test that was removed or is weaker than before.

    A file that cannot be parsed at HEAD is passed over: its tests fail by themselves.
    """
    before: dict[tuple[str, str], _Shape] = {}
    after: dict[tuple[str, str], _Shape] = {}
    for source in sources:
        new = _shapes(source.after)
        if new is not None:
            after |= {(source.path, name): shape for name, shape in new.items()}
            old = _shapes(source.before) or {}
            before |= {(source.path, name): shape for name, shape in old.items()}
    new_tests = {key: after[key] for key in after.keys() - before.keys()}
    room = {key: shape.cases for key, shape in new_tests.items() if shape.is_test}
    findings: list[Finding] = []
    for (path, name), old_shape in before.items():
        now = after.get((path, name))
        if now is not None:
            findings += _weaker(path, name, old_shape, now)
        elif old_shape.is_test and not _lives_on(name, old_shape, new_tests, room):
            findings.append(_finding("test-removed", path, None, f"the test {name} was removed"))
    return tuple(findings)


def _weaker(path: str, name: str, before: _Shape, now: _Shape) -> Iterator[Finding]:
    """At most one finding: what hides a test altogether comes first."""
    if now.skips > before.skips:
        yield _finding("test-skipped", path, now.line, f"{name} is now skipped or may fail")
    elif now.trivial > before.trivial:
        yield _finding("test-weakened", path, now.line, f"{name} asserts what is always true")
    elif now.strength < before.strength:
        yield _finding("test-weakened", path, now.line, f"{name} asserts less than before")
    elif now.cases < before.cases:
        message = f"{name} has {now.cases} cases, {before.cases} before"
        yield _finding("test-weakened", path, now.line, message)


def _lives_on(
    name: str,
    gone: _Shape,
    new_tests: dict[tuple[str, str], _Shape],
    room: dict[tuple[str, str], int],
) -> bool:
    """True where a new test takes the place of `gone`; each takes as many as it has cases."""
    for key, shape in new_tests.items():
        same = key[1] == name or (gone.checks and gone.checks <= shape.checks) or shape.cases > 1
        if same and room.get(key, 0) > 0 and shape.strength >= gone.strength and not shape.skips:
            room[key] -= 1
            return True
    return False


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return Finding(rule=rule, message=message, severity=FindingSeverity.HIGH, path=path, line=line)


def _shapes(source: str | None) -> dict[str, _Shape] | None:
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
) -> Iterator[tuple[str, _Shape]]:
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


def _shape(function: _Function, skips: int) -> _Shape:
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
    return _Shape(
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
        return _EXACT if compares else _LOOSE
    if isinstance(node, ast.Call):
        name = _name(node.func)
        if name in _EXPECTS_ERROR:
            broad = any(_name(argument) in _BROAD_ERRORS for argument in node.args)
            return _LOOSE if broad and not node.keywords else _EXACT
        if name.lower().startswith("assert"):
            exact = ("equal", "raises", "is", "called_once_with", "called_with")
            return _EXACT if any(word in name.lower()[6:] for word in exact) else _LOOSE
        if name == "fail":
            return _LOOSE
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
