"""Evaluators for Rust."""

from phantom.evaluation.rust.lint import RustLint
from phantom.evaluation.rust.tests import RustTests

__all__ = ["RustLint", "RustTests"]
