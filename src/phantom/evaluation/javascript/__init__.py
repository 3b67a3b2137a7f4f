"""Evaluators for JavaScript and TypeScript."""

from phantom.evaluation.javascript.lint import EslintEvaluator, TypeScriptEvaluator
from phantom.evaluation.javascript.package import TOOL_DIRECTORIES
from phantom.evaluation.javascript.tests import JavaScriptTests

__all__ = ["TOOL_DIRECTORIES", "EslintEvaluator", "JavaScriptTests", "TypeScriptEvaluator"]
