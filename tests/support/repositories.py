"""Real git repositories for tests."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A Developer",
    "GIT_AUTHOR_EMAIL": "developer@example.com",
    "GIT_COMMITTER_NAME": "A Developer",
    "GIT_COMMITTER_EMAIL": "developer@example.com",
}


class GitRepoFactory:
    """Makes repositories below one directory; call it with the files to commit."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, files: Mapping[str, str | bytes], *, name: str = "repo") -> Path:
        """A repository with `files` in one commit on `main`; no files, no commit."""
        root = self._directory / name
        root.mkdir(parents=True)
        self.git(root, "init", "--quiet", "--initial-branch=main")
        if files:
            self.commit(root, files)
        return root

    def commit(self, root: Path, files: Mapping[str, str | bytes], message: str = "Change") -> str:
        """Write `files` and commit everything; returns the commit's hash."""
        for path, content in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git(root, "add", "--all")
        self.git(root, "commit", "--quiet", "--message", message)
        return self.git(root, "rev-parse", "HEAD").strip()

    def git(self, root: Path, *args: str) -> str:
        """Run git as the repository's developer would; returns stdout."""
        return subprocess.run(
            ["git", *args],
            cwd=root,
            env={"PATH": os.environ["PATH"], "HOME": str(self._directory), **_ENVIRONMENT},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
