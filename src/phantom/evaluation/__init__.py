"""Evaluation: what a change is worth, measured by real tools."""

from phantom.evaluation.analysis import REQUIRED_SECTIONS, AnalysisEvaluator
from phantom.evaluation.base_cache import BaseCache
from phantom.evaluation.complexity import complexity_evaluator
from phantom.evaluation.deployment import DockerEvaluator, KubernetesEvaluator
from phantom.evaluation.diff import PROTECTED_RULE, DiffEvaluator, is_protected
from phantom.evaluation.golang import GoLint, GoTests
from phantom.evaluation.javascript import EslintEvaluator, JavaScriptTests, TypeScriptEvaluator
from phantom.evaluation.lint import LintEvaluator
from phantom.evaluation.pool import EvaluationPool
from phantom.evaluation.port import (
    Deployment,
    Evaluation,
    Evaluator,
    Finding,
    FindingSeverity,
    Report,
    Subject,
    Verdict,
)
from phantom.evaluation.repository import Language
from phantom.evaluation.rust import RustLint, RustTests
from phantom.evaluation.security import security_evaluators
from phantom.evaluation.tests import TestsEvaluator
from phantom.evaluation.types import TypesEvaluator

__all__ = [
    "PROTECTED_RULE",
    "REQUIRED_SECTIONS",
    "BaseCache",
    "Deployment",
    "Evaluation",
    "EvaluationPool",
    "Evaluator",
    "Finding",
    "FindingSeverity",
    "Language",
    "Report",
    "Subject",
    "Verdict",
    "default_evaluators",
    "is_protected",
]


def default_evaluators(cache: BaseCache | None = None) -> tuple[Evaluator, ...]:
    """One of each evaluator, the slowest first so that it starts first.

    What is found in base commits is kept in `cache`, by default in memory alone.
    """
    kept = cache or BaseCache(None)
    return (
        TestsEvaluator(),
        JavaScriptTests(),
        GoTests(),
        RustTests(),
        TypesEvaluator(kept),
        *security_evaluators(kept),
        LintEvaluator(),
        TypeScriptEvaluator(),
        EslintEvaluator(),
        GoLint(),
        RustLint(),
        DockerEvaluator(),
        KubernetesEvaluator(),
        complexity_evaluator(kept),
        DiffEvaluator(),
        AnalysisEvaluator(),
    )
