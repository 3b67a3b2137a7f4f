"""ruff judges what the change adds, by the project's own configuration."""

from phantom.evaluation import FindingSeverity, Verdict
from phantom.evaluation.lint import LintEvaluator
from tests.support.evaluation import SubjectFactory, evaluate, named

EVALUATORS = (LintEvaluator(),)
OLD = "import os\n\n\ndef f():\n    return 1\n"


async def test_only_new_findings_count(make_subject: SubjectFactory) -> None:
    """What was there before, even if moved, is not the change's fault; what is new is."""
    subject = make_subject(
        {"a.py": OLD}, {"a.py": '"""Moved."""\n' + OLD + "\n\ndef g():\n    return undefined\n"}
    )
    lint = named(await evaluate(subject, EVALUATORS), "lint")
    assert [("F821", "a.py", 10)] == [(f.rule, f.path, f.line) for f in lint.findings]
    assert (FindingSeverity.HIGH, 0.5) == (lint.findings[0].severity, lint.score)
    assert "" == make_subject.status(subject)


async def test_clean_change_scores_full(make_subject: SubjectFactory) -> None:
    """A change without new findings has the full score, in a file full of old ones."""
    subject = make_subject({"a.py": OLD}, {"a.py": OLD + "\n\ndef g():\n    return 2\n"})
    lint = named(await evaluate(subject, EVALUATORS), "lint")
    assert (Verdict.PASSED, 1.0) == (lint.verdict, lint.score)


async def test_the_projects_configuration_holds_on_both_sides(make_subject: SubjectFactory) -> None:
    """Rules, exclusions, and what counts as first-party are those of the repository."""
    config = '[tool.ruff]\nexclude = ["made/*"]\n[tool.ruff.lint]\nselect = ["I", "F", "D100"]\n'
    imports = '"""Doc."""\n\nimport os\n\nimport mine\n\nprint(os, mine)\n'
    base = {
        "pyproject.toml": config,
        "src/mine/__init__.py": '"""Mine."""\n',
        "made/b.py": "x = 1\n",
        "a.py": imports,
    }
    change = {"a.py": imports + "import re\n", "made/b.py": "import os\n", "new.py": imports}
    lint = named(await evaluate(make_subject(base, change), EVALUATORS), "lint")
    assert ["F401"] == [finding.rule for finding in lint.findings]


async def test_renamed_file_keeps_its_old_findings(make_subject: SubjectFactory) -> None:
    """A file that was moved is compared with itself."""
    body = OLD + "".join(f"\n\ndef f{n}():\n    return {n}\n" for n in range(10))
    subject = make_subject({"a.py": body}, {"a.py": None, "pkg/b.py": body + "\n\nx = y\n"})
    lint = named(await evaluate(subject, EVALUATORS), "lint")
    assert [("F821", "pkg/b.py")] == [(f.rule, f.path) for f in lint.findings]


async def test_syntax_error_is_a_severe_finding(make_subject: SubjectFactory) -> None:
    """A file that does not parse is found by itself."""
    lint = named(await evaluate(make_subject({}, {"a.py": "def f(:\n"}), EVALUATORS), "lint")
    assert FindingSeverity.HIGH == lint.findings[0].severity


async def test_without_python_nothing_is_run(make_subject: SubjectFactory) -> None:
    """A change of other files is not measured, and says why."""
    report = await evaluate(make_subject({}, {"a.txt": "x"}), EVALUATORS)
    assert ("lint",) == report.not_measured
    assert "no Python file was changed" == named(report, "lint").summary


async def test_broken_configuration_is_an_error_with_the_tools_words(
    make_subject: SubjectFactory,
) -> None:
    """A configuration that ruff refuses costs the score and is told."""
    subject = make_subject({}, {"ruff.toml": "line-length = 'long'\n", "a.py": "x = 1\n"})
    lint = named(await evaluate(subject, EVALUATORS), "lint")
    assert (Verdict.ERROR, None) == (lint.verdict, lint.score)
    assert "ruff could not run" in lint.summary
