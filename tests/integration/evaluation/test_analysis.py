"""An answer without code is judged by what can be checked in the workspace."""

import pytest

from phantom.evaluation import Evaluation, Verdict
from phantom.evaluation.analysis import AnalysisEvaluator
from phantom.vocabulary import TaskType
from tests.support.evaluation import SubjectFactory, evaluate, named

FILES = {"src/a.py": "1\n2\n3\n", "main.py": "x"}
GOOD = "# Report\n## Summary\nTwo files.\n## Findings\n- src/a.py:2 is wrong, see main.py:1-1\n"


async def judge(make_subject: SubjectFactory, answer: str) -> Evaluation:
    subject = make_subject(FILES, {}, task_type=TaskType.SECURITY, answer=answer)
    return named(await evaluate(subject, (AnalysisEvaluator(),)), "analysis")


async def test_answer_whose_places_exist_scores_full(make_subject: SubjectFactory) -> None:
    """References and sections are all right."""
    evaluation = await judge(make_subject, GOOD)
    assert (1.0, ()) == (evaluation.score, evaluation.findings)


@pytest.mark.parametrize(
    ("answer", "rule", "score"),
    [
        (GOOD.replace("a.py:2", "a.py:9"), "wrong-reference", 0.7),
        (GOOD.replace("src/a.py:2", "src/b.py:2"), "wrong-reference", 0.7),
        (GOOD.replace("src/a.py:2", "../scratch/a.py:2"), "wrong-reference", 0.7),
        (GOOD.replace("Two files.", ""), "empty-section", 0.6 + 0.4 * 2 / 3),
        (GOOD.replace("## Summary", "## Words"), "missing-section", 0.6 + 0.4 * 3 / 4),
        ("## Summary\nAll good, e.g. here.\n## Findings\nNone.\n", "no-reference", 0.4),
    ],
)
async def test_what_cannot_be_checked_lowers_the_score(
    make_subject: SubjectFactory, answer: str, rule: str, score: float
) -> None:
    """Places that do not exist or lie outside, and sections without text, are told."""
    evaluation = await judge(make_subject, answer)
    assert [rule] == [finding.rule for finding in evaluation.findings]
    assert score == pytest.approx(evaluation.score)


async def test_addresses_are_no_references(make_subject: SubjectFactory) -> None:
    """Hosts and paths of a URL are not files of the repository."""
    answer = GOOD + "See https://example.com/docs/page.html:443 and mail me@example.com.\n"
    assert 2 == (await judge(make_subject, answer)).metrics["references"]


async def test_empty_answer_scores_nothing(make_subject: SubjectFactory) -> None:
    """No text, no score."""
    assert 0.0 == (await judge(make_subject, "")).score


async def test_changing_a_file_costs_the_whole_score(make_subject: SubjectFactory) -> None:
    """A task that may only look has no score where it changed something, committed or not."""
    subject = make_subject(FILES, {}, task_type=TaskType.ARCHITECTURE, answer=GOOD)
    (subject.workspace / "main.py").write_text("y")
    evaluation = named(await evaluate(subject, (AnalysisEvaluator(),)), "analysis")
    assert 0.0 == evaluation.score
    assert [("changed-although-read-only", "main.py")] == [
        (f.rule, f.path) for f in evaluation.findings
    ]


async def test_without_any_file_there_is_nothing_to_measure(
    make_subject: SubjectFactory,
) -> None:
    """An empty workspace gives no score, since no answer could be held against it."""
    subject = make_subject({}, {"README": None}, task_type=TaskType.SECURITY, answer=GOOD)
    cut_from_nothing = subject.model_copy(update={"base_commit": "HEAD"})
    evaluation = named(await evaluate(cut_from_nothing, (AnalysisEvaluator(),)), "analysis")
    assert (Verdict.NOT_MEASURED, None) == (evaluation.verdict, evaluation.score)
