"""`phantom run` with a server inside it."""

import json
import shutil
from pathlib import Path

from tests.support import buggy
from tests.support.phantom_command import PhantomCommand
from tests.support.repositories import GitRepoFactory


def test_a_bug_is_repaired_without_a_server(
    phantom: PhantomCommand, git_repo: GitRepoFactory
) -> None:
    """One command repairs a repository that lies anywhere; the result is a branch and JSON."""
    repository = git_repo(buggy.FILES)
    done = phantom("run", "Fix it", "--type", "debugging", "--repo", str(repository), "--json")
    assert (0, "") == (done.returncode, done.stderr)
    task = json.loads(done.stdout)
    assert ("completed", True, 0.0) == (task["status"], task["tests_passing"], task["actual_cost"])
    mended = git_repo.git(repository, "show", f"{task['branch']}:ages.py")
    assert "age >= 18" in mended
    assert buggy.FILES["ages.py"] == (repository / "ages.py").read_text()
    assert not (phantom.home / "server.json").exists()


def test_a_task_that_fails_has_its_own_exit_code(
    phantom: PhantomCommand, git_repo: GitRepoFactory
) -> None:
    """What the embedded agent cannot do fails with a reason, in a line per change."""
    repository = git_repo({"README": "nothing to repair"})
    done = phantom("run", "Write a web shop", cwd=repository)
    assert (1, "") == (done.returncode, done.stderr)
    assert "needs_agent" in done.stdout
    assert "\x1b" not in done.stdout


def test_what_cannot_be_worked_on_is_bad_input(
    phantom: PhantomCommand, tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """No repository, no commit, no directory: a sentence each, and nothing half-done."""
    plain = tmp_path / "plain"
    plain.mkdir()
    for place, words in (
        (plain, "not in a git repository"),
        (git_repo({}, name="empty"), "no commit"),
        (tmp_path / "missing", "does not exist"),
    ):
        done = phantom("run", "x", "--repo", str(place))
        assert (2, "") == (done.returncode, done.stdout)
        assert words in done.stderr
        assert 1 == len(done.stderr.splitlines())
    assert not list((phantom.home / "workspaces").glob("*"))
    shutil.rmtree(plain)
