"""Evaluators for Go."""

from phantom.evaluation.golang.tests import GoTests

__all__ = ["GoTests"]
