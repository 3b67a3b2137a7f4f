"""What becomes of a result, on the command line."""

import json
import subprocess

from tests.support import buggy
from tests.support.phantom_command import PhantomCommand
from tests.support.repositories import GitRepoFactory


def test_a_result_is_read_applied_and_judged(
    phantom: PhantomCommand, git_repo: GitRepoFactory
) -> None:
    """The patch of a pipe is one that git takes, and what is applied is staged, not committed."""
    repository = git_repo(buggy.FILES)
    other = git_repo(buggy.FILES, name="other")
    head = git_repo.git(repository, "rev-parse", "HEAD")
    with phantom.serve("--root", str(repository.parent)):
        ran = phantom("run", "Fix the failing tests", "--repo", str(repository), "--json")
        task_id = json.loads(ran.stdout)["id"]

        patch = phantom("diff", task_id[:8])
        again = phantom("select", task_id, "1")
        applied = phantom("apply", task_id)
        twice = phantom("apply", task_id)
        judged = phantom("feedback", task_id, "edited", "--text", "The name.", "--json")
        absent = phantom("diff", task_id, "--iteration", "7")

    assert "+    return age >= 18" in patch.stdout
    subprocess.run(["git", "apply", "-"], input=patch.stdout, text=True, cwd=other, check=True)
    assert "age >= 18" in (other / "ages.py").read_text()
    assert (0, f"phantom/{task_id}") == (again.returncode, again.stdout.split()[-1])
    assert "ages.py" in applied.stdout
    assert "M  ages.py\n" == git_repo.git(repository, "status", "--porcelain")
    assert head == git_repo.git(repository, "rev-parse", "HEAD")
    assert (2, "") == (twice.returncode, twice.stdout)
    assert "not committed" in twice.stderr
    assert ("edited", "The name.", 1) == tuple(
        json.loads(judged.stdout)[key] for key in ("verdict", "text", "iteration")
    )
    assert 2 == absent.returncode
    assert "no evaluated iteration 7" in absent.stderr
