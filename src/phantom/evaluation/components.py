"""The parts of the quality score, and how much each weighs.

Told to users in `docs/quality.md`; a test holds the two together.
"""

from collections.abc import Mapping

DEFAULT_WEIGHTS: Mapping[str, float] = {
    "tests": 0.50,
    "coverage": 0.15,
    "security": 0.15,
    "lint": 0.10,
    "types": 0.10,
    "secrets": 0.05,
    "deployment": 0.10,
    "complexity": 0.05,
    "diff": 0.05,
    "analysis": 1.00,
}
"""Weight of each component; only those that were measured enter, so the sum is free."""

SECURITY_COMPONENTS = ("security", "secrets")
"""Those whose findings are told as `security_issues`."""


def component_of(evaluator: str) -> str:
    """The component that an evaluator's name belongs to: `tests` for `tests:javascript`."""
    return evaluator.partition(":")[0]
