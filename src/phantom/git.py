"""git, called so that a hostile repository cannot run anything through it.

A repository's own configuration is code: `core.fsmonitor`, hooks, filters, `diff.external`. Every
call here switches those off on the command line, reads no system or user configuration, never
prompts, and takes no remote helper (`ext::`).
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from phantom import processes
from phantom.errors import GitFailed

_HARDENED = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.untrackedCache=false",
    "-c", "core.sshCommand=false",
    "-c", "core.pager=cat",
    "-c", "core.editor=false",
    "-c", "core.attributesFile=/dev/null",
    "-c", "credential.helper=",
    "-c", "protocol.ext.allow=never",
    "-c", "safe.bareRepository=explicit",
    "-c", "safe.directory=*",
    "-c", "submodule.recurse=false",
    "-c", "diff.external=",
    "-c", "commit.gpgSign=false",
    "-c", "tag.gpgSign=false",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "init.defaultBranch=main",
    "-c", "user.name=Phantom",
    "-c", "user.email=phantom@localhost",
)  # fmt: skip
# Commands that never convert a file of the work tree, and so need no look for filters first.
_WITHOUT_CONVERSION = frozenset(
    {
        "branch", "cat-file", "clone", "commit-tree", "config", "diff-tree", "fetch",
        "for-each-ref", "init", "ls-files", "ls-remote", "ls-tree", "merge-base", "rev-list",
        "rev-parse", "symbolic-ref", "update-ref", "write-tree",
    }
)  # fmt: skip
_MOST_STORES = 32
_LIMITS = processes.Limits(wall_seconds=120.0, output_bytes=64_000_000)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a git child: no user or system configuration, no prompt."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    } | dict(extra or {})


async def git(
    directory: Path,
    *args: str,
    stdin: bytes = b"",
    ok: tuple[int, ...] = (0,),
    extra_env: Mapping[str, str] | None = None,
    own: Path | None = None,
) -> str:
    """Run one git command in `directory` and return its stdout.

    `own` is a git directory that only Phantom writes, for the work tree `directory`; whatever git
    directory lies in the work tree is then not looked at. Raises GitFailed, with git's own last
    line, where the exit status is not in `ok`.
    """
    done = await _completed(directory, *args, stdin=stdin, ok=ok, extra_env=extra_env, own=own)
    return done.text


async def blobs(
    directory: Path, ids: Sequence[str], *, own: Path | None = None
) -> dict[str, bytes]:
    """The contents of the blobs with these full hashes, byte for byte: no filter is applied.

    What is missing, or lies beyond the bound on git's output, is left out. `own` as for `git`.
    """
    if not ids:
        return {}
    asked = "".join(f"{blob}\n" for blob in ids).encode()
    out = (await _completed(directory, "cat-file", "--batch", stdin=asked, own=own)).stdout
    found: dict[str, bytes] = {}
    at = 0
    while (end := out.find(b"\n", at)) >= 0:
        name, kind, *size = out[at:end].decode().split()
        at = end + 1
        if kind != "blob":
            continue
        content = out[at : at + int(size[0])]
        if len(content) == int(size[0]):
            found[name] = content
        at += int(size[0]) + 1
    return found


async def _completed(
    directory: Path,
    *args: str,
    stdin: bytes = b"",
    ok: tuple[int, ...] = (0,),
    extra_env: Mapping[str, str] | None = None,
    own: Path | None = None,
) -> processes.Completed:
    env = dict(extra_env or {})
    where: tuple[str, ...] = ()
    if own is not None:
        where = ("--git-dir", str(own), "--work-tree", str(directory))
    elif args[0] not in _WITHOUT_CONVERSION:
        env |= await _without_filters(directory)
    result = await _run(directory, *where, *args, stdin=stdin, env=env)
    if result.returncode not in ok:
        words = result.error_text.strip().splitlines() or ["no output"]
        what = "took too long" if result.timed_out else words[-1]
        raise GitFailed(f"git {args[0]} in {directory} failed: {what}")
    return result


async def _without_filters(directory: Path) -> dict[str, str]:
    # Which filters there are is known only by asking: git has no switch that turns them all off
    # (`--attr-source` needs 2.41). By environment, since a name may hold any character, "=" too.
    asked = ("config", "--null", "--name-only", "--get-regexp", r"^filter\.")
    keys = (await _run(directory, *asked)).text.split("\0")
    filters = sorted({key.rpartition(".")[0] for key in keys if key})
    off = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    pairs = [(f"{name}.{key}", value) for name in filters for key, value in off]
    env = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env


async def _run(
    directory: Path, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> processes.Completed:
    return await processes.run(
        ["git", *_HARDENED, *args],
        cwd=directory,
        env=environment(env),
        limits=_LIMITS,
        stdin=stdin,
    )


def borrowed_objects(git_directory: Path) -> tuple[Path, ...]:
    """The object stores that a git directory reads from besides its own, and those that they do.

    Blocks. Only for a git directory that no agent can write: the lists of stores are believed.
    """
    found: list[Path] = []
    waiting = [git_directory / "objects"]
    while waiting and len(found) < _MOST_STORES:
        store = waiting.pop()
        try:
            listed = (store / "info" / "alternates").read_text().splitlines()
        except OSError:
            continue
        borrowed = [(store / line).resolve() for line in listed if line and line[0] != "#"]
        waiting += [each for each in borrowed if each not in found]
        found += [each for each in borrowed if each not in found]
    return tuple(found)


async def head_commit(directory: Path) -> str | None:
    """The full hash of HEAD, or None in a repository without a commit."""
    found = await git(directory, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", ok=(0, 1))
    return found.strip() or None


async def toplevel(directory: Path) -> Path | None:
    """The root of the working tree that holds `directory`, or None outside any."""
    found = await git(directory, "rev-parse", "--show-toplevel", ok=(0, 128))
    return Path(found.strip()) if found.strip() else None


async def is_dirty(directory: Path) -> bool:
    """True where the checkout differs from HEAD, untracked files included."""
    return bool((await git(directory, "status", "--porcelain", "--untracked-files=normal")).strip())


async def diff(directory: Path, base: str, head: str = "HEAD") -> str:
    """The unified diff between two commits, without external drivers or text conversion."""
    return await git(directory, "diff", "--no-ext-diff", "--no-textconv", "--no-color", base, head)


async def patch(directory: Path, base: str, head: str, *, own: Path | None = None) -> bytes:
    """The difference between two commits as a patch that `apply_patch` takes, binary files too.

    `own` as for `git`. Raises GitFailed where it is larger than the bound on git's output.
    """
    asked = ("diff", "--binary", "--full-index", "--no-renames")
    quiet = ("--no-ext-diff", "--no-textconv", "--no-color")
    done = await _completed(directory, *asked, *quiet, base, head, own=own)
    if done.truncated:
        limit = f"{_LIMITS.output_bytes // 1_000_000} MB"
        raise GitFailed(f"The difference between {base[:12]} and {head[:12]} is over {limit}.")
    return done.stdout


async def apply_patch(directory: Path, changes: bytes, *, own: Path | None = None) -> str | None:
    """Put a patch into the checkout and the index, whole or not at all.

    `own` as for `git`. Returns None where it is in, else git's words on why nothing was changed.
    """
    asked = ("apply", "--index", "--whitespace=nowarn", "-")
    done = await _completed(directory, *asked, stdin=changes, ok=(0, 1, 128), own=own)
    return None if done.returncode == 0 else done.error_text.strip()
