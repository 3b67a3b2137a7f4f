"""Evaluators for Go."""

from phantom.evaluation.golang.lint import GoLint
from phantom.evaluation.golang.tests import GoTests

__all__ = ["GoLint", "GoTests"]
