"""Type errors that a change brings, where the project checks its types."""

import pytest

from phantom.evaluation import BaseCache, Evaluation, FindingSeverity, Subject, Verdict
from phantom.evaluation.types import TypesEvaluator
from tests.support.evaluation import SubjectFactory, evaluate, named

CONFIG = {"mypy.ini": "[mypy]\ncheck_untyped_defs = true\n"}
OLD = "def half(n: int) -> int:\n    return str(n)\n"
NEW = "\n\ndef third(n: int) -> int:\n    return 'x'\n"


async def types_of(subject: Subject, cache: BaseCache | None = None) -> Evaluation:
    report = await evaluate(subject, [TypesEvaluator(cache or BaseCache(None))], 60)
    return named(report, "types")


async def test_only_new_errors_count_and_the_base_is_checked_once(
    make_subject: SubjectFactory,
) -> None:
    """An error that was there is no fault of the change; what is known of a tree is remembered."""
    cache = BaseCache(None)
    subject = make_subject(CONFIG | {"calc.py": OLD}, {"calc.py": "\n" + OLD + NEW})
    for hits in (0, 1):
        types = await types_of(subject, cache)
        (finding,) = types.findings
        assert ("return-value", "calc.py", 7) == (finding.rule, finding.path, finding.line)
        assert 1 / 1.3 == pytest.approx(types.score)
        assert (hits, 1) == (cache.hits, cache.misses)


async def test_a_caller_that_the_change_breaks_counts(make_subject: SubjectFactory) -> None:
    """Where the configuration names the files, an unchanged one is checked too."""
    config = {"pyproject.toml": '[tool.mypy]\nfiles = ["calc.py", "use.py"]\n'}
    base = config | {
        "calc.py": "def half(n: int) -> int:\n    return n // 2\n",
        "use.py": "from calc import half\n\nx: int = half(4)\n",
    }
    change = {"calc.py": "def half(n: int) -> str:\n    return str(n // 2)\n"}
    types = await types_of(make_subject(base, change))
    assert [("assignment", "use.py", 3)] == [(f.rule, f.path, f.line) for f in types.findings]


async def test_a_new_file_that_does_not_parse_is_a_severe_finding(
    make_subject: SubjectFactory,
) -> None:
    """The checker gives up at it; that is the change's fault and no failure of the tool."""
    types = await types_of(make_subject(CONFIG | {"calc.py": OLD}, {"new.py": "def f(:\n"}))
    assert {("syntax", FindingSeverity.HIGH)} == {(f.rule, f.severity) for f in types.findings}


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ({}, "the base commit does not configure mypy"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "the base commit does not configure mypy"),
    ],
)
async def test_types_are_not_measured_where_nobody_checks_them(
    make_subject: SubjectFactory, base: dict[str, str], words: str
) -> None:
    """A configuration that the change itself brings is no reason yet."""
    subject = make_subject(base | {"calc.py": OLD}, CONFIG | {"calc.py": OLD + NEW})
    types = await types_of(subject)
    assert (Verdict.NOT_MEASURED, None, words) == (types.verdict, types.score, types.summary)


async def test_a_configuration_that_is_refused_is_an_error(make_subject: SubjectFactory) -> None:
    """The tool's words are told, and the score is lost."""
    config = {"mypy.ini": "[mypy]\nplugins = no_such_plugin\n"}
    types = await types_of(make_subject(config | {"calc.py": OLD}, {"calc.py": OLD + NEW}))
    assert Verdict.ERROR == types.verdict
    assert "mypy could not run: " in types.summary
