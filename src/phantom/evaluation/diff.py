"""The diff itself: its size, and whether it touches files that configure what runs.

Score: `1 / (1 + size / 400)`, so 1 for the empty diff and 0.5 at 400 lines, where `size` is lines
added plus half the lines removed; lines of tests count a quarter, of lock files nothing. The
findings leave the score alone: whether such a file may change is for a person to say.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from phantom.evaluation.change import Change, ChangedFile
from phantom.evaluation.port import Evaluation, Finding, FindingSeverity, Subject, Verdict
from phantom.security.sandbox import CODE_AS_CONFIGURATION

NAME = "diff"
PROTECTED_RULE = "code-as-configuration"
"""Rule of a finding that forbids to merge or push the diff by itself."""

_HALF_AT_LINES = 400
_STEERING_SCRIPT = re.compile(r'"(pretest|test|posttest|jest|mocha|eslintConfig)"\s*:')
_SUPPRESSES_ELSEWHERE = re.compile(
    r"(//|/\*)\s*(eslint-disable|@ts-(ignore|expect-error|nocheck)|nolint|(istanbul|c8|v8) ignore)"
    r"|#!?\[\s*allow\("
)
_TEST_SHARE = 0.25
_LOCK_FILES = ("*.lock", "*-lock.json", "*-lock.yaml", "go.sum", "*.min.js", "*.min.css", "*.svg")

# Read and obeyed by an agent, git, an editor, an interpreter or CI, without anyone starting it.
PROTECTED = (
    *CODE_AS_CONFIGURATION,
    *(f"{name}/*" for name in CODE_AS_CONFIGURATION),
    ".github/workflows/*",
    ".github/actions/*",
    ".gitlab-ci.yml",
    ".gitattributes",
    ".gitmodules",
    ".gitconfig",
    ".githooks/*",
    ".husky/*",
    ".pre-commit-config.yaml",
    ".envrc",
    "sitecustomize.py",
    "usercustomize.py",
    "*.pth",
    ".phantom.toml",
)
# These decide what the other evaluators see; changing them may be right, but should be seen.
_STEERS_CHECKS = (
    "jest.config.*",
    "vitest.config.*",
    "vite.config.*",
    ".mocharc*",
    "eslint.config.*",
    ".eslintrc*",
    ".eslintignore",
    "tsconfig*.json",
    "clippy.toml",
    ".clippy.toml",
    "conftest.py",
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    ".pytest.toml",
    "tox.ini",
    "ruff.toml",
    ".ruff.toml",
    ".coveragerc",
    "mypy.ini",
    ".mypy.ini",
    "pyrightconfig.json",
    ".gitignore",
)
_STEERS_IN_PART = ("pyproject.toml", "setup.cfg")
_STEERING_LINE = re.compile(
    r"addopts|testpaths|python_(files|classes|functions)|norecursedirs|collect_ignore"
    r"|per-file-ignores|\bignore\b|\bselect\b|\bexclude\b|filterwarnings"
    r"|disable_error_code|disallow_|check_untyped|follow_imports|\bstrict"
)
_SUPPRESSES = re.compile(
    r"#\s*(noqa|nosec|type:\s*ignore|pragma:\s*(no cover|allowlist secret)|lizard forgives?)"
)


class DiffEvaluator:
    """Looks at the diff alone; starts no process."""

    measures: tuple[str, ...] = (NAME,)

    def applies(self, subject: Subject) -> bool:
        """True for every task that may change code."""
        return not subject.task_type.read_only

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Judge size and paths; cannot fail or time out."""
        del subject, timeout_seconds
        if not change.files:
            why = "nothing was changed"
            return (Evaluation(evaluator=NAME, verdict=Verdict.NOT_MEASURED, summary=why),)
        added = sum(len(file.added) for file in change.files)
        removed = sum(len(file.removed) for file in change.files)
        findings = tuple(finding for file in change.files for finding in _findings(file))
        protected = any(finding.rule == PROTECTED_RULE for finding in findings)
        count = len(change.files)
        return (
            Evaluation(
                evaluator=NAME,
                verdict=Verdict.FAILED if protected else Verdict.PASSED,
                summary=f"{count} {'file' if count == 1 else 'files'}, +{added} -{removed} lines",
                score=size_score(sum(map(_size, change.files))),
                findings=findings,
                metrics={
                    "files": float(count),
                    "lines_added": float(added),
                    "lines_removed": float(removed),
                },
            ),
        )


def size_score(size: float) -> float:
    """1 for no line, falling to 0.5 at 400 and on towards 0; `size` >= 0."""
    return 1 / (1 + size / _HALF_AT_LINES)


def _size(file: ChangedFile) -> float:
    if _matches(file.path, _LOCK_FILES):
        return 0.0
    lines = len(file.added) + len(file.removed) / 2
    return lines * _TEST_SHARE if file.is_test else lines


def _findings(file: ChangedFile) -> Iterator[Finding]:
    if is_protected(file.path) or is_protected(file.base_path):
        message = "changes configuration that runs code; a person must look at it"
        yield Finding(
            rule=PROTECTED_RULE, message=message, severity=FindingSeverity.HIGH, path=file.path
        )
    elif file.link:
        yield Finding(
            rule="symbolic-link", message="adds or changes a symbolic link", path=file.path
        )
    elif _steers_checks(file):
        message = "changes what the tests or checks look at"
        yield Finding(
            rule="steers-checks", message=message, severity=FindingSeverity.LOW, path=file.path
        )
    # Moved lines are no new suppressions.
    removed = {line.strip() for line in file.removed}
    for number, line in file.added.items():
        found = _SUPPRESSES.search(line) or _SUPPRESSES_ELSEWHERE.search(line)
        if found and line.strip() not in removed:
            yield Finding(
                rule="suppression",
                message=f"silences a check: {found[0]}",
                severity=FindingSeverity.LOW,
                path=file.path,
                line=number,
            )


def _steers_checks(file: ChangedFile) -> bool:
    if _matches(file.path, _STEERS_CHECKS):
        return True
    lines = [*file.added.values(), *file.removed]
    if _matches(file.path, ("package.json",)):
        return any(map(_STEERING_SCRIPT.search, lines))
    return _matches(file.path, _STEERS_IN_PART) and any(map(_STEERING_LINE.search, lines))


def is_protected(path: str) -> bool:
    """True for a path at which a file can make programs run on a person's or CI's machine."""
    return _matches(path, PROTECTED)


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    """True where the path, or its end after any `/`, is one of the patterns.

    In any letter case, since some file systems do not tell them apart.
    """
    name = "/" + path.lower()
    return any(fnmatchcase(name, "*/" + pattern) for pattern in patterns)
