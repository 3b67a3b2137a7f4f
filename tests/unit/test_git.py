"""git is called so that a hostile repository runs nothing."""

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from phantom import git
from phantom.errors import GitFailed
from tests.support.repositories import GitRepoFactory

# Each plants one way to run a program: (what it is, configuration, file in the work tree).
HOSTILE_CONFIG = {
    "fsmonitor": "[core]\n\tfsmonitor = {script}\n",
    "hooks path": "[core]\n\thooksPath = {hooks}\n",
    "pager": "[core]\n\tpager = {script}\n[pager]\n\tdiff = true\n\tstatus = true\n",
    "editor": "[core]\n\teditor = {script}\n[sequence]\n\teditor = {script}\n",
    "external diff": "[diff]\n\texternal = {script}\n",
    "diff driver": '[diff "evil"]\n\tcommand = {script}\n\ttextconv = {script}\n',
    "signing": "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = {script}\n",
    "filter": '[filter "evil"]\n\tclean = {script}\n\tsmudge = {script}\n\trequired = true\n',
    "filter with an odd name": '[filter "a=b.c"]\n\tclean = {script}\n\trequired\n',
    "filter process": '[filter "evil"]\n\tprocess = {script}\n\trequired = true\n',
    "merge driver": '[merge "evil"]\n\tdriver = {script}\n',
    "ssh": "[core]\n\tsshCommand = {script}\n",
    "credentials": "[credential]\n\thelper = !{script}\n",
    "alias": "[alias]\n\tstatus = !{script}\n\tdiff = !{script}\n",
    "include": "[include]\n\tpath = {included}\n",
}
HOOKS = (
    "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-checkout", "pre-push",
    "post-index-change", "reference-transaction", "post-rewrite", "pre-auto-gc", "update",
    "pre-receive", "post-receive", "post-merge",
)  # fmt: skip


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """The file that a planted program would make."""
    return tmp_path / "ran"


def ran(canary: Path) -> bool:
    """True where a planted program ran."""
    return canary.exists()


@pytest.fixture
def hostile(tmp_path: Path, canary: Path, git_repo: GitRepoFactory) -> Callable[[str], Path]:
    """Makes a repository with hooks planted, and the named configuration."""
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\necho ran >> {canary}\ncat\n")
    script.chmod(0o755)
    included = tmp_path / "included"
    included.write_text(f"[core]\n\tfsmonitor = {script}\n")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in HOOKS:
        (hooks / name).symlink_to(script)

    def make(name: str) -> Path:
        attributes = "*.txt filter=evil diff=evil\n*.md filter=a=b.c\n"
        root = git_repo({"a.txt": "1\n", "b.md": "1\n", ".gitattributes": attributes})
        for hook in HOOKS:
            (root / ".git/hooks" / hook).unlink(missing_ok=True)
            (root / ".git/hooks" / hook).symlink_to(script)
        config = HOSTILE_CONFIG[name].format(script=script, hooks=hooks, included=included)
        with (root / ".git/config").open("a") as file:
            file.write(config)
        (root / "a.txt").write_text("2\n")
        (root / "b.md").write_text("2\n")
        return root

    return make


@pytest.mark.parametrize(
    "name", ["fsmonitor", "filter", "filter with an odd name", "filter process", "include"]
)
def test_the_traps_are_real(
    name: str, hostile: Callable[[str], Path], canary: Path, git_repo: GitRepoFactory
) -> None:
    """Plain git runs what is planted, so that the tests below can fail."""
    root = hostile(name)
    with contextlib.suppress(subprocess.CalledProcessError):
        git_repo.git(root, "status")
    assert ran(canary)


@pytest.mark.parametrize("name", HOSTILE_CONFIG)
async def test_reading_a_hostile_repository_runs_nothing(
    name: str, hostile: Callable[[str], Path], canary: Path
) -> None:
    """No planted hook, driver, filter or helper runs while Phantom looks at a repository."""
    root = hostile(name)
    assert await git.head_commit(root)
    assert root == await git.toplevel(root)
    await git.is_dirty(root)
    await git.diff(root, "HEAD", "HEAD")
    assert not ran(canary)


@pytest.mark.parametrize("name", HOSTILE_CONFIG)
async def test_writing_to_a_hostile_repository_runs_nothing(
    name: str, hostile: Callable[[str], Path], canary: Path
) -> None:
    """Committing, branching and cloning run nothing planted either."""
    root = hostile(name)
    await git.git(root, "add", "--all")
    await git.git(root, "commit", "--quiet", "--allow-empty", "--message", "x")
    await git.git(root, "branch", "other")
    await git.git(root.parent, "clone", "--quiet", str(root), "clone")
    assert not ran(canary)


async def test_a_remote_helper_is_refused(tmp_path: Path, canary: Path) -> None:
    """`ext::` would run its argument as a program."""
    with pytest.raises(GitFailed, match="ext"):
        await git.git(tmp_path, "clone", f"ext::sh -c 'touch {canary}'", "x")
    assert not ran(canary)


async def test_an_option_in_a_url_is_not_run(tmp_path: Path, canary: Path) -> None:
    """`--upload-pack` smuggled in as an address starts nothing."""
    with pytest.raises(GitFailed):
        await git.git(tmp_path, "clone", "--", f"--upload-pack=touch {canary}", "x")
    assert not ran(canary)


async def test_an_empty_repository_has_no_head(git_repo: GitRepoFactory) -> None:
    """A repository without a commit is a case of its own, not an error."""
    assert await git.head_commit(git_repo({})) is None


async def test_outside_any_repository_there_is_no_toplevel(tmp_path: Path) -> None:
    """A plain directory has no work tree."""
    assert await git.toplevel(tmp_path) is None


async def test_toplevel_is_found_from_a_subdirectory(git_repo: GitRepoFactory) -> None:
    """A task may be started anywhere in a checkout."""
    root = git_repo({"src/deep/a.py": ""})
    assert root == await git.toplevel(root / "src/deep")


@pytest.mark.parametrize(
    ("change", "dirty"),
    [
        (Path.exists, False),
        (lambda root: (root / "a.py").write_text("changed"), True),
        (lambda root: (root / "new.py").write_text(""), True),
        (lambda root: (root / "a.py").unlink(), True),
        (lambda root: (root / "ignored.log").write_text(""), False),
    ],
    ids=["clean", "edited", "untracked", "deleted", "ignored"],
)
async def test_is_dirty_sees_every_difference_from_head(
    change: Callable[[Path], object], dirty: bool, git_repo: GitRepoFactory
) -> None:
    """Edited, deleted and untracked files count; ignored ones do not."""
    root = git_repo({"a.py": "x = 1\n", ".gitignore": "*.log\n"})
    change(root)
    assert dirty == await git.is_dirty(root)


async def test_diff_is_plain_and_between_two_commits(git_repo: GitRepoFactory) -> None:
    """The diff holds the change, without colour."""
    root = git_repo({"a.py": "x = 1\n"})
    base = await git.head_commit(root)
    assert base
    git_repo.commit(root, {"a.py": "x = 2\n"})
    changed = await git.diff(root, base)
    assert ["-x = 1", "+x = 2"] == changed.splitlines()[-2:]
    assert "\x1b" not in changed


async def test_a_failure_carries_gits_own_words(git_repo: GitRepoFactory) -> None:
    """The error is one sentence with the command, the place and git's last line."""
    root = git_repo({"a.py": ""})
    with pytest.raises(GitFailed, match=r"git checkout in .*repo failed: .*'nope'"):
        await git.git(root, "checkout", "nope")
