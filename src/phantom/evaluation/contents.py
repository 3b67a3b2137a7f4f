"""The contents of changed files before and after, and copies of them for tools to read."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from phantom.evaluation.change import ChangedFile
from phantom.evaluation.port import Subject
from phantom.git import blobs

_MAX_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Contents:
    """Bytes by the file's path on that side of the change.

    A file that was not there, or is over a mebibyte (data, a bundle), is absent.
    """

    before: Mapping[str, bytes]
    after: Mapping[str, bytes]


async def read_contents(subject: Subject, files: Iterable[ChangedFile]) -> Contents:
    """Read both sides of `files` from git, in one call and without any filter."""
    chosen = list(files)
    wanted = (blob for file in chosen for blob in (file.base_blob, file.head_blob) if blob)
    read = await blobs(subject.workspace, list(dict.fromkeys(wanted)), own=subject.git_directory)
    found = {blob: content for blob, content in read.items() if len(content) <= _MAX_BYTES}
    return Contents(
        before={f.base_path: found[f.base_blob] for f in chosen if f.base_blob in found},
        after={f.path: found[f.head_blob] for f in chosen if f.head_blob in found},
    )


def text_of(contents: Mapping[str, bytes], path: str) -> str | None:
    """One file as text, bytes that are not UTF-8 replaced; None where it is absent."""
    content = contents.get(path)
    return None if content is None else content.decode(errors="replace")


def write_copies(directory: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files below `directory`; a path that would leave it is passed over."""
    for path, content in contents.items():
        if ".." in PurePosixPath(path).parts:
            continue
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def write_mirror(directory: Path, workspace: Path, contents: Mapping[str, bytes]) -> None:
    """A look-alike of `workspace` with other contents for some files.

    Everything else in it is a link into the workspace, so that a tool finds the same configuration
    and the same neighbours there.
    """
    own = {parent for path in contents for parent in PurePosixPath(path).parents}
    for folder in own | {PurePosixPath()}:
        (directory / folder).mkdir(parents=True, exist_ok=True)
        with os.scandir(workspace / folder) as entries:
            for entry in entries:
                path = folder / entry.name
                if path not in own and str(path) not in contents and entry.name != ".git":
                    (directory / path).symlink_to(entry.path)
    write_copies(directory, contents)
