"""Real repositories with a base commit and a change, evaluated by real tools."""

from pathlib import Path

import pytest

from tests.support.evaluation import SubjectFactory
from tests.support.repositories import GitRepoFactory


@pytest.fixture
def make_subject(git_repo: GitRepoFactory, tmp_path: Path) -> SubjectFactory:
    """Commits a base and a change in a new repository, and returns the subject to evaluate."""
    return SubjectFactory(git_repo, tmp_path)
