"""The private clone: cut from anything, delivered anywhere, and nothing planted in it ever runs."""

import asyncio
import hashlib
import os
import shutil
import stat
from pathlib import Path

import pytest

from phantom.errors import GitFailed, InvalidInput
from phantom.git import git
from phantom.orchestration.workspace import Workspace, find_source
from tests.support.repositories import GitRepoFactory

BRANCH = "phantom/a-task"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The directories of one run."""
    return Workspace(tmp_path / "phantom-home" / "run")


def fingerprint(directory: Path) -> dict[str, str]:
    """Every file and link below, with its kind, mode, time and content."""
    found = {}
    for path in sorted(directory.rglob("*")):
        about = path.lstat()
        if path.is_symlink():
            content = str(path.readlink())
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        name = os.fsencode(path.relative_to(directory)).hex()
        # A directory's time changes with its entries, which are listed themselves.
        time = 0 if stat.S_ISDIR(about.st_mode) else about.st_mtime_ns
        found[name] = f"{stat.filemode(about.st_mode)} {time} {content}"
    return found


def outside_of_the_branch(repository: Path) -> dict[str, str]:
    """The user's checkout without what a delivery adds: objects, the branch and its log."""
    kept = fingerprint(repository)
    added = (b".git/objects/", b".git/refs/heads/phantom", b".git/logs/refs/heads/phantom")
    return {
        name: value for name, value in kept.items() if not bytes.fromhex(name).startswith(added)
    }


async def changed_files(workspace: Workspace, base: str, head: str) -> list[str]:
    """Paths that differ between two snapshots."""
    asked = ("diff", "--no-ext-diff", "--name-only", "-z", base, head)
    return (await git(workspace.tree, *asked, own=workspace.control)).split("\0")[:-1]


async def test_the_tree_is_the_users_head(git_repo: GitRepoFactory, workspace: Workspace) -> None:
    """With the branch's name, the base named, and nothing pending."""
    repository = git_repo({"a.txt": "a\n", "dir/b.txt": "b\n"})

    origin = await workspace.create(BRANCH, repository)

    assert repository == origin.repository
    assert git_repo.git(repository, "rev-parse", "HEAD").strip() == origin.base_commit
    assert (".", False) == (origin.subdirectory, origin.dirty)
    assert "a\n" == (workspace.tree / "a.txt").read_text()
    assert "" == git_repo.git(workspace.tree, "status", "--porcelain")
    assert BRANCH == git_repo.git(workspace.tree, "branch", "--show-current").strip()
    assert ["a.txt", "dir/b.txt"] == await workspace.tracked_files()


async def test_the_agent_may_use_its_git_as_it_likes(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """It commits, and even removes its git directory; the snapshot is of the files."""
    repository = git_repo({"a.txt": "a\n"})
    origin = await workspace.create(BRANCH, repository)
    git_repo.commit(workspace.tree, {"b.txt": "b\n"}, "The agent's own")

    first = await workspace.snapshot("One")
    await asyncio.to_thread(shutil.rmtree, workspace.tree / ".git")
    (workspace.tree / "c.txt").write_text("c\n")
    second = await workspace.snapshot("Two")

    assert ["b.txt"] == await changed_files(workspace, origin.base_commit, first)
    assert ["b.txt", "c.txt"] == await changed_files(workspace, origin.base_commit, second)


async def test_a_snapshot_of_the_same_tree_is_the_same_commit(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """Taking it again after a power cut adds nothing."""
    origin = await workspace.create(BRANCH, git_repo({"a.txt": "a\n"}))
    assert origin.base_commit == await workspace.snapshot("Nothing")
    (workspace.tree / "a.txt").write_text("b\n")

    first = await workspace.snapshot("One")

    assert origin.base_commit != first
    assert first == await workspace.snapshot("Two") == await workspace.head()


async def test_what_stood_for_absent_names_in_a_cage_is_no_work(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """An empty file that the repository has itself stays, and so does one with content."""
    repository = git_repo({"a.txt": "a\n", "opencode.jsonc": ""})
    await workspace.create(BRANCH, repository)
    (workspace.tree / ".mcp.json").touch()
    (workspace.tree / "opencode.json").write_text("{}")
    (workspace.tree / "empty.txt").touch()

    await workspace.snapshot("one")

    expected = {"a.txt", "opencode.jsonc", "opencode.json", "empty.txt"}
    assert expected == set(await workspace.tracked_files())


async def test_delivery_adds_a_branch_and_nothing_else(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """The checkout is the same to the byte: files, index, config, hooks, HEAD, other branches."""
    repository = git_repo({"a.txt": "a\n"})
    git_repo.git(repository, "branch", "other")
    (repository / "a.txt").write_text("changed and not committed\n")
    (repository / "untracked.txt").write_text("x\n")
    git_repo.git(repository, "add", "a.txt")
    before = outside_of_the_branch(repository)

    origin = await workspace.create(BRANCH, repository)
    (workspace.tree / "new.txt").write_text("new\n")
    commit = await workspace.snapshot("Work")
    await workspace.deliver(repository, BRANCH, commit)
    await workspace.deliver(repository, BRANCH, commit)

    assert origin.dirty
    assert before == outside_of_the_branch(repository)
    assert commit == git_repo.git(repository, "rev-parse", BRANCH).strip()
    assert "new.txt\n" == git_repo.git(
        repository, "diff", "--name-only", origin.base_commit, BRANCH
    )
    await workspace.remove()
    assert "new\n" == git_repo.git(repository, "show", f"{BRANCH}:new.txt")
    git_repo.git(repository, "fsck", "--strict")


async def test_an_interrupted_delivery_is_moved_to_the_result(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """The branch that an earlier try left is the same run's."""
    repository = git_repo({"a.txt": "a\n"})
    await workspace.create(BRANCH, repository)
    for text in ("one\n", "two\n"):
        (workspace.tree / "a.txt").write_text(text)
        await workspace.deliver(repository, BRANCH, await workspace.snapshot(text))

    assert "two\n" == git_repo.git(repository, "show", f"{BRANCH}:a.txt")


async def test_a_half_made_workspace_is_made_anew(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """Whatever a killed process left there is gone."""
    repository = git_repo({"a.txt": "a\n"})
    await workspace.create(BRANCH, repository)
    (workspace.tree / "left.txt").write_text("x\n")
    (workspace.control / "HEAD").unlink()

    origin = await workspace.create(BRANCH, repository)

    assert origin.base_commit == await workspace.head()
    assert not (workspace.tree / "left.txt").exists()


async def test_a_subdirectory_stands_for_its_repository(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """The whole tree is cut; where the user pointed is told."""
    repository = git_repo({"a.txt": "a\n", "src/deep/b.txt": "b\n"})

    origin = await workspace.create(BRANCH, repository / "src" / "deep")

    assert (repository, "src/deep") == (origin.repository, "src/deep")
    assert (workspace.tree / "a.txt").exists()


async def test_a_linked_work_tree_is_a_source_of_its_own_head(
    git_repo: GitRepoFactory, workspace: Workspace, tmp_path: Path
) -> None:
    """Its branch is cut, and the result appears in the repository behind it."""
    repository = git_repo({"a.txt": "main\n"})
    linked = tmp_path / "linked"
    git_repo.git(repository, "worktree", "add", "--quiet", "-b", "side", str(linked))
    head = git_repo.commit(linked, {"a.txt": "side\n"})

    origin = await workspace.create(BRANCH, linked)
    assert (linked, head) == (origin.repository, origin.base_commit)
    assert "side\n" == (workspace.tree / "a.txt").read_text()
    (workspace.tree / "a.txt").write_text("better\n")
    await workspace.deliver(linked, BRANCH, await workspace.snapshot("Work"))

    assert "better\n" == git_repo.git(repository, "show", f"{BRANCH}:a.txt")
    assert "side" == git_repo.git(linked, "branch", "--show-current").strip()


async def test_a_shallow_clone_is_a_source(
    git_repo: GitRepoFactory, workspace: Workspace, tmp_path: Path
) -> None:
    """Its missing history is not asked for, neither by us nor by the agent's git."""
    deep = git_repo({"a.txt": "1\n"})
    git_repo.commit(deep, {"a.txt": "2\n"})
    shallow = tmp_path / "shallow"
    git_repo.git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{deep}", str(shallow))

    origin = await workspace.create(BRANCH, shallow)
    assert "1\n" == git_repo.git(workspace.tree, "rev-list", "--count", "HEAD")
    (workspace.tree / "a.txt").write_text("3\n")
    await workspace.deliver(shallow, BRANCH, await workspace.snapshot("Work"))

    assert "2\n" == git_repo.git(shallow, "rev-list", "--count", BRANCH)
    assert ["a.txt"] == await changed_files(workspace, origin.base_commit, await workspace.head())


async def test_a_repository_of_sha256_is_a_source(
    git_repo: GitRepoFactory, workspace: Workspace, tmp_path: Path
) -> None:
    """Its hashes are longer, and stay so."""
    repository = tmp_path / "sha256"
    repository.mkdir()
    git_repo.git(repository, "init", "--quiet", "--object-format=sha256")
    head = git_repo.commit(repository, {"a.txt": "a\n"})

    origin = await workspace.create(BRANCH, repository)
    (workspace.tree / "a.txt").write_text("b\n")
    await workspace.deliver(repository, BRANCH, await workspace.snapshot("Work"))

    assert head == origin.base_commit
    assert 64 == len(git_repo.git(repository, "rev-parse", BRANCH).strip())


async def test_a_borrowing_repository_is_a_source(
    git_repo: GitRepoFactory, workspace: Workspace, tmp_path: Path
) -> None:
    """One that itself takes its objects from another."""
    lender = git_repo({"a.txt": "a\n"})
    borrower = tmp_path / "borrower"
    git_repo.git(tmp_path, "clone", "--quiet", "--shared", str(lender), str(borrower))

    await workspace.create(BRANCH, borrower)

    assert "a\n" == (workspace.tree / "a.txt").read_text()


async def test_a_submodule_is_kept_as_it_is(git_repo: GitRepoFactory, workspace: Workspace) -> None:
    """Not fetched, not entered, not lost from the result."""
    inner = git_repo({"i.txt": "i\n"}, name="inner")
    outer = git_repo({"a.txt": "a\n"}, name="outer")
    allow = ("-c", "protocol.file.allow=always")
    git_repo.git(outer, *allow, "submodule", "--quiet", "add", str(inner), "sub")
    git_repo.commit(outer, {})

    origin = await workspace.create(BRANCH, outer)
    (workspace.tree / "a.txt").write_text("b\n")
    commit = await workspace.snapshot("Work")
    await workspace.deliver(outer, BRANCH, commit)

    assert ["a.txt"] == await changed_files(workspace, origin.base_commit, commit)
    assert git_repo.git(outer, "rev-parse", "HEAD:sub") == git_repo.git(
        outer, "rev-parse", f"{BRANCH}:sub"
    )
    assert [] == list((workspace.tree / "sub").iterdir())


ODD_NAMES = (
    "new\nline", "-dash", "--help", "ünïcode-日本", "quo\"te'", " space ", "tab\t", "back\\slash",
    "*glob?[x]", ":(top)magic", "#hash", "$(touch pwned)", "a;b|c&d", "\x01control",
)  # fmt: skip


async def test_names_of_any_kind_come_and_go_unharmed(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """In the source, from the agent, and in what is reported as changed."""
    repository = git_repo({f"old {name}": "1\n" for name in ODD_NAMES})
    origin = await workspace.create(BRANCH, repository)
    for name in ODD_NAMES:
        (workspace.tree / name).write_text("2\n")

    commit = await workspace.snapshot("Work")
    await workspace.deliver(repository, BRANCH, commit)

    changed = await changed_files(workspace, origin.base_commit, commit)
    assert sorted(ODD_NAMES) == sorted(changed)
    assert sorted([*ODD_NAMES, *(f"old {n}" for n in ODD_NAMES)]) == sorted(
        await workspace.tracked_files()
    )
    names = git_repo.git(repository, "ls-tree", "-z", "--name-only", BRANCH).split("\0")
    assert set(ODD_NAMES) <= set(names)
    assert not (workspace.tree / "pwned").exists()


async def test_a_link_out_of_the_tree_is_a_link(
    git_repo: GitRepoFactory, workspace: Workspace, tmp_path: Path
) -> None:
    """What it points to is neither read into the result nor removed with the workspace."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret\n")
    repository = git_repo({"a.txt": "a\n"})
    await workspace.create(BRANCH, repository)
    (workspace.tree / "link").symlink_to(secret)
    (workspace.scratch / "link").symlink_to(secret)

    await workspace.deliver(repository, BRANCH, await workspace.snapshot("Work"))
    await workspace.remove()

    listed = git_repo.git(repository, "ls-tree", "-r", BRANCH)
    assert "120000 blob" in listed
    assert "key" not in listed
    assert "secret\n" == (secret / "key").read_text()


def plant_traps(tree: Path, proof: Path) -> None:
    """Everything by which a repository's own files make git run something."""
    trap = tree / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{proof}'\ncat\n")
    trap.chmod(0o755)
    hooks = tree / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("pre-commit", "post-commit", "post-checkout", "post-index-change", "pre-auto-gc"):
        (hooks / hook).symlink_to(trap)
    for hook in ("reference-transaction", "commit-msg", "prepare-commit-msg", "fsmonitor-watchman"):
        (hooks / hook).symlink_to(trap)
    with (tree / ".git" / "config").open("a") as config:
        config.write(
            f"[core]\n fsmonitor = {trap}\n sshCommand = {trap}\n pager = {trap}\n"
            f" hooksPath = {hooks}\n worktree = {tree}\n"
            f'[filter "evil"]\n clean = {trap}\n smudge = {trap}\n process = {trap}\n'
            f'[diff "evil"]\n command = {trap}\n textconv = {trap}\n'
            f"[diff]\n external = {trap}\n[gpg]\n program = {trap}\n"
            "[commit]\n gpgSign = true\n"
            f"[uploadpack]\n packObjectsHook = {trap}\n[alias]\n add = !{trap}\n"
        )
    (tree / ".gitattributes").write_text("* filter=evil diff=evil\n")
    alternates = tree / ".git" / "objects" / "info" / "alternates"
    alternates.write_text("/proc/self/cwd/nowhere\n")


async def test_nothing_that_an_agent_plants_is_run(
    git_repo: GitRepoFactory, workspace: Workspace, tmp_path: Path
) -> None:
    """Not by the snapshot, not by the delivery, not in the user's repository afterwards."""
    repository = git_repo({"a.txt": "a\n"})
    before = outside_of_the_branch(repository)
    proof = tmp_path / "pwned"
    await workspace.create(BRANCH, repository)
    plant_traps(workspace.tree, proof)
    (workspace.tree / "a.txt").write_text("b\n")

    commit = await workspace.snapshot("Work")
    await workspace.tracked_files()
    await changed_files(workspace, (await find_source(repository)).commit, commit)
    await workspace.deliver(repository, BRANCH, commit)

    assert before == outside_of_the_branch(repository)
    git_repo.git(repository, "status")
    assert not proof.exists()
    assert "b\n" == git_repo.git(repository, "show", f"{BRANCH}:a.txt")


async def test_nothing_that_the_source_configures_is_run(
    git_repo: GitRepoFactory, workspace: Workspace, tmp_path: Path
) -> None:
    """The user's repository may be one that somebody else has made."""
    repository = git_repo({"a.txt": "a\n", ".gitattributes": "* filter=evil diff=evil\n"})
    proof = tmp_path / "pwned"
    plant_traps(repository, proof)
    (repository / ".git" / "objects" / "info" / "alternates").unlink()

    origin = await workspace.create(BRANCH, repository)
    (workspace.tree / "a.txt").write_text("b\n")
    commit = await workspace.snapshot("Work")
    await changed_files(workspace, origin.base_commit, commit)
    await workspace.deliver(repository, BRANCH, commit)

    assert not proof.exists()


@pytest.mark.parametrize("committed", [True, False])
async def test_a_repository_within_the_tree_is_the_files_that_it_holds(
    git_repo: GitRepoFactory, workspace: Workspace, committed: bool
) -> None:
    """Scaffolding tools run `git init`; neither their files nor the rest of the work is lost."""
    origin = await workspace.create(BRANCH, git_repo({"a.txt": "a\n"}))
    outer = workspace.tree / "new [dir]" / "app"
    outer.mkdir(parents=True)
    (workspace.tree / "a.txt").write_text("b\n")
    for inner in (outer, outer / "deeper"):
        inner.mkdir(exist_ok=True)
        git_repo.git(inner, "init", "--quiet")
        (inner / ".gitignore").write_text("ignored\n")
        (inner / "ignored").write_text("x\n")
        if committed:
            git_repo.commit(inner, {"done.txt": "1\n"})
        (inner / "pending.txt").write_text("1\n")

    first = await workspace.snapshot("One")
    again = await workspace.snapshot("Again")
    (outer / "pending.txt").write_text("2\n")
    second = await workspace.snapshot("Two")

    names = [".gitignore", "pending.txt"] + ["done.txt"] * committed
    expected = [f"new [dir]/app/{part}{name}" for name in names for part in ("", "deeper/")]
    assert sorted(["a.txt", *expected]) == await changed_files(workspace, origin.base_commit, first)
    assert first == again
    assert ["new [dir]/app/pending.txt"] == await changed_files(workspace, first, second)


async def test_a_submodule_that_the_agent_adds_stays_one(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """It is declared in `.gitmodules`, and so can be fetched from where that says."""
    inner = git_repo({"i.txt": "i\n"}, name="inner")
    origin = await workspace.create(BRANCH, git_repo({"a.txt": "a\n"}))
    allow = ("-c", "protocol.file.allow=always")
    git_repo.git(workspace.tree, *allow, "submodule", "--quiet", "add", str(inner), "sub")

    commit = await workspace.snapshot("Work")

    assert [".gitmodules", "sub"] == await changed_files(workspace, origin.base_commit, commit)


async def test_a_tracked_directory_that_becomes_a_repository_stays_files(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """`git init` in a directory of the project changes nothing for the project."""
    origin = await workspace.create(BRANCH, git_repo({"src/a.txt": "a\n"}))
    git_repo.git(workspace.tree / "src", "init", "--quiet")
    (workspace.tree / "src" / "b.txt").write_text("b\n")

    commit = await workspace.snapshot("Work")

    assert ["src/b.txt"] == await changed_files(workspace, origin.base_commit, commit)


async def test_what_git_cannot_read_is_its_own_sentence(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """No repository within is to blame: the error goes on up."""
    await workspace.create(BRANCH, git_repo({"a.txt": "a\n"}))
    (workspace.control / "index.lock").write_text("")

    with pytest.raises(GitFailed, match="git add"):
        await workspace.snapshot("Work")


async def test_a_task_without_a_repository_has_an_empty_tree(workspace: Workspace) -> None:
    """With a commit to compare with, and a git of the agent's own."""
    origin = await workspace.create(BRANCH, None)
    (workspace.tree / "new.txt").write_text("new\n")
    commit = await workspace.snapshot("Work")

    assert origin.repository is None
    assert ["new.txt"] == await changed_files(workspace, origin.base_commit, commit)
    assert (workspace.tree / ".git").is_dir()


async def test_a_directory_without_a_repository_is_refused(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """In a sentence that says what to do; so is a repository without a commit."""
    plain = tmp_path / "plain"
    plain.mkdir()
    empty = git_repo({}, name="empty")

    with pytest.raises(InvalidInput, match=r"not in a git repository.*git init"):
        await find_source(plain)
    with pytest.raises(InvalidInput, match="has no commit yet"):
        await find_source(empty)


async def test_a_bare_repository_is_refused(tmp_path: Path, git_repo: GitRepoFactory) -> None:
    """It has no checkout whose HEAD the user sees."""
    bare = tmp_path / "bare.git"
    git_repo.git(tmp_path, "init", "--quiet", "--bare", str(bare))

    with pytest.raises((InvalidInput, GitFailed)):
        await find_source(bare)


async def test_a_workspace_that_cannot_be_removed_is_said_so(workspace: Workspace) -> None:
    """Rather than worked in."""
    workspace.directory.parent.mkdir(parents=True)
    workspace.directory.write_text("a file where the directory should be")

    with pytest.raises(GitFailed, match="cannot be removed"):
        await workspace.remove()


async def test_installed_packages_are_seen_from_the_tree_and_do_not_lie_in_it(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """By links beside the tree; a package of the repository itself is the one in the tree."""
    repository = git_repo({".gitignore": "node_modules\n", "packages/own/index.js": "1\n"})
    packages = repository / "node_modules"
    for name in ("left", "@scope/right"):
        (packages / name).mkdir(parents=True)
        (packages / name / "index.js").write_text("2\n")
    (packages / "own").symlink_to(Path("..", "packages", "own"))

    await workspace.create(BRANCH, repository)

    links = workspace.directory / "node_modules"
    assert links in await asyncio.to_thread(workspace.borrowed)
    assert (packages / "left").resolve() == (links / "left").resolve()
    assert (packages / "@scope/right").resolve() == (links / "@scope/right").resolve()
    assert (workspace.tree / "packages/own").resolve() == (links / "own").resolve()
    assert not (workspace.tree / "node_modules").exists()
    await workspace.remove()
    assert (packages / "left" / "index.js").exists()


async def test_without_installed_packages_nothing_is_linked(
    git_repo: GitRepoFactory, workspace: Workspace
) -> None:
    """Most repositories are not of JavaScript."""
    await workspace.create(BRANCH, git_repo({"a.txt": "a\n"}))
    assert () == await asyncio.to_thread(workspace.installed)
