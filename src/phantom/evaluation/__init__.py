"""Evaluation: what a change is worth, measured by real tools."""

from phantom.evaluation.pool import EvaluationPool
from phantom.evaluation.port import (
    Evaluation,
    Evaluator,
    Finding,
    FindingSeverity,
    Report,
    Subject,
    Verdict,
)
from phantom.evaluation.tests import TestsEvaluator

__all__ = [
    "Evaluation",
    "EvaluationPool",
    "Evaluator",
    "Finding",
    "FindingSeverity",
    "Report",
    "Subject",
    "Verdict",
    "default_evaluators",
]


def default_evaluators() -> tuple[Evaluator, ...]:
    """One of each evaluator, the slowest first so that it starts first."""
    return (TestsEvaluator(),)
