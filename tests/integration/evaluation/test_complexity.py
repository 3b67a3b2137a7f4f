"""Functions that a change makes hard to follow, in any language."""

from phantom.evaluation import BaseCache, FindingSeverity
from phantom.evaluation.complexity import complexity_evaluator
from tests.support.evaluation import SubjectFactory, evaluate, named


def python(branches: int, name: str = "f") -> str:
    body = "".join(f"    if n == {n}:\n        return {n}\n" for n in range(branches))
    return f"def {name}(n):\n{body}    return None\n"


def javascript(branches: int) -> str:
    body = "".join(f"  if (n == {n}) return {n};\n" for n in range(branches))
    return f"function g(n) {{\n{body}  return 0;\n}}\n"


async def test_only_what_grew_past_a_bound_is_told(make_subject: SubjectFactory) -> None:
    """What was hard before is old, however it moved; what becomes very hard is told again."""
    base = {"old.py": python(20), "grows.py": python(20), "web.js": javascript(2)}
    change = {
        "old.py": "x = 1\n\n\n" + python(21),
        "grows.py": python(40),
        "web.js": javascript(16),
        "simple.py": python(5),
        "test_new.py": python(50, "test_f"),
    }
    report = await evaluate(make_subject(base, change), [complexity_evaluator(BaseCache(None))])
    found = [(f.path, f.rule, f.severity, f.line) for f in named(report, "complexity").findings]
    assert [
        ("grows.py", "very-complex-function", FindingSeverity.MEDIUM, 1),
        ("web.js", "complex-function", FindingSeverity.LOW, 1),
    ] == found
    assert (
        "`f` has a cyclomatic complexity of 41" == named(report, "complexity").findings[0].message
    )


async def test_a_change_of_tests_alone_is_not_measured(make_subject: SubjectFactory) -> None:
    """Tests may be long lists of cases."""
    subject = make_subject({}, {"test_new.py": python(50)})
    report = await evaluate(subject, [complexity_evaluator(BaseCache(None))])
    assert ("complexity",) == report.not_measured
