"""Evaluators for Rust."""

from phantom.evaluation.rust.tests import RustTests

__all__ = ["RustTests"]
