"""Config files as they are read, written, removed and restored; all disk work in threads."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from phantom.errors import Conflict, InvalidInput, NotFound, PhantomError, PreconditionFailed
from phantom.files.allowed import ConfigPath, allowed_path, check_content
from phantom.files.listing import Budget, Exhausted, matches
from phantom.files.versions import Versions
from phantom.security import jail
from phantom.vocabulary import FileType

MAX_BYTES = 262_144
"""Bytes of one config file."""
_MAX_SKIPPED = 100


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file as it is on the disk.

    Attributes:
        root: the directory that `path` counts from.
        etag: SHA-256 of the content, in hexadecimal.
        restorable: whether there is a version to go back to.
    """

    root: Path
    path: ConfigPath
    content: str
    last_modified: datetime
    etag: str
    restorable: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A name that the table has and that cannot be shown, and why."""

    path: ConfigPath
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Files in order; `truncated` where a bound was reached before the end."""

    files: tuple[ConfigFile, ...]
    skipped: tuple[Skipped, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """A directory below a configured root: the root, and the names from there."""

    root: Path
    inner: tuple[str, ...]

    @property
    def directory(self) -> Path:
        return self.root.joinpath(*self.inner)


class ConfigFiles:
    """The config files below the configured roots.

    Every method takes `root`: a configured root or a directory below one, None for the first.
    `if_match` is an `If-Match` header, or None. All raise InvalidInput for what is not allowed,
    NotFound for what is not there, and PreconditionFailed where `if_match` names another content.
    """

    def __init__(self, roots: Sequence[Path], home: Path) -> None:
        self._roots = tuple(roots)
        self._versions = Versions(home / "file-versions")

    async def list(
        self,
        file_type: FileType | None = None,
        root: str | None = None,
        budget: Budget | None = None,
    ) -> Listing:
        """The files of one type or of all, by the table's order."""
        place = self._place(root)
        return await asyncio.to_thread(self._list, place, file_type, budget or Budget())

    async def get(self, path: str, root: str | None = None) -> ConfigFile:
        """One file."""
        place, wanted = self._place(root), allowed_path(path)
        return await asyncio.to_thread(self._get, place, wanted)

    async def update(
        self, path: str, content: str, *, root: str | None = None, if_match: str | None = None
    ) -> ConfigFile:
        """Replace a file's content; the old one can be restored."""
        place, wanted = self._place(root), allowed_path(path)
        return await asyncio.to_thread(self._update, place, wanted, content, if_match)

    async def create(
        self,
        path: str,
        content: str,
        *,
        file_type: FileType | None = None,
        root: str | None = None,
    ) -> ConfigFile:
        """Write a new file, and the directories on its way. Raises Conflict where there is one."""
        place, wanted = self._place(root), allowed_path(path)
        if file_type not in {None, wanted.file_type}:
            raise InvalidInput(f"{wanted} is of type {wanted.file_type}, not {file_type}.")
        return await asyncio.to_thread(self._create, place, wanted, content)

    async def delete(
        self, path: str, *, root: str | None = None, if_match: str | None = None
    ) -> None:
        """Remove a file; it can be restored."""
        place, wanted = self._place(root), allowed_path(path)
        await asyncio.to_thread(self._delete, place, wanted, if_match)

    async def restore(
        self, path: str, *, root: str | None = None, if_match: str | None = None
    ) -> ConfigFile:
        """Go back to the version before the last change; a second time undoes the first.

        Raises Conflict where there is none.
        """
        place, wanted = self._place(root), allowed_path(path)
        return await asyncio.to_thread(self._restore, place, wanted, if_match)

    def _place(self, root: str | None) -> _Place:
        if root is None:
            return _Place(self._roots[0], ())
        for each in self._roots:
            if root == str(each):
                return _Place(each, ())
            if root.startswith(f"{each}/"):
                return _Place(each, jail.parts_of(root.removeprefix(f"{each}/")))
        raise InvalidInput("`root` is neither one of the server's roots nor a directory below one.")

    def _list(self, place: _Place, file_type: FileType | None, budget: Budget) -> Listing:
        files: list[ConfigFile] = []
        skipped: list[Skipped] = []
        truncated = False
        with jail.directory(place.root, place.inner) as directory:
            try:
                for match in matches(directory, file_type, budget):
                    try:
                        found = jail.read(match.parent, match.path.parts[-1], MAX_BYTES)
                        budget.take(len(found.data))
                        files.append(self._shown(place, match.path, found))
                    except PhantomError as error:
                        if len(skipped) == _MAX_SKIPPED:
                            raise Exhausted from None
                        skipped.append(Skipped(match.path, str(error)))
            except Exhausted:
                truncated = True
        return Listing(tuple(files), tuple(skipped), truncated)

    def _get(self, place: _Place, path: ConfigPath) -> ConfigFile:
        with jail.directory(place.root, (*place.inner, *path.parts[:-1])) as parent:
            return self._shown(place, path, jail.read(parent, path.parts[-1], MAX_BYTES))

    def _update(
        self, place: _Place, path: ConfigPath, content: str, if_match: str | None
    ) -> ConfigFile:
        data = _checked(path, content)
        above = (*place.inner, *path.parts[:-1])
        with self._versions.changing(), jail.directory(place.root, above) as parent:
            old = jail.read(parent, path.parts[-1], MAX_BYTES)
            _check_match(if_match, old.data, path)
            if data != old.data:
                self._versions.keep(place.directory, path, old.data)
                jail.replace(parent, path.parts[-1], data, old.mode)
            return self._shown(place, path, jail.read(parent, path.parts[-1], MAX_BYTES))

    def _create(self, place: _Place, path: ConfigPath, content: str) -> ConfigFile:
        data = _checked(path, content)
        above = (*place.inner, *path.parts[:-1])
        with jail.directory(place.root, place.inner):
            pass  # only what lies below is made
        with (
            self._versions.changing(),
            jail.directory(place.root, above, create=True) as parent,
        ):
            try:
                jail.create(parent, path.parts[-1], data)
            except FileExistsError:
                raise Conflict(f"{path} is there already; PUT changes it.") from None
            return self._shown(place, path, jail.read(parent, path.parts[-1], MAX_BYTES))

    def _delete(self, place: _Place, path: ConfigPath, if_match: str | None) -> None:
        above = (*place.inner, *path.parts[:-1])
        with self._versions.changing(), jail.directory(place.root, above) as parent:
            old = jail.read(parent, path.parts[-1], MAX_BYTES)
            _check_match(if_match, old.data, path)
            self._versions.keep(place.directory, path, old.data)
            jail.remove(parent, path.parts[-1])

    def _restore(self, place: _Place, path: ConfigPath, if_match: str | None) -> ConfigFile:
        above = (*place.inner, *path.parts[:-1])
        with self._versions.changing():
            earlier = self._versions.kept(place.directory, path)
            if earlier is None:
                raise Conflict(f"There is no earlier version of {path} to restore.")
            with jail.directory(place.root, above, create=True) as parent:
                try:
                    old = jail.read(parent, path.parts[-1], MAX_BYTES)
                except NotFound:
                    _check_match(if_match, None, path)
                    jail.create(parent, path.parts[-1], earlier)
                else:
                    _check_match(if_match, old.data, path)
                    self._versions.keep(place.directory, path, old.data)
                    jail.replace(parent, path.parts[-1], earlier, old.mode)
                return self._shown(place, path, jail.read(parent, path.parts[-1], MAX_BYTES))

    def _shown(self, place: _Place, path: ConfigPath, found: jail.Content) -> ConfigFile:
        try:
            content = found.data.decode()
        except UnicodeDecodeError:
            raise InvalidInput(f"{path} is not UTF-8 text.") from None
        return ConfigFile(
            root=place.directory,
            path=path,
            content=content,
            last_modified=found.modified,
            etag=_digest(found.data),
            restorable=self._versions.has(place.directory, path),
        )


def _checked(path: ConfigPath, content: str) -> bytes:
    check_content(path, content)
    try:
        data = content.encode()
    except UnicodeEncodeError:
        raise InvalidInput(
            "The content holds half of a surrogate pair, which is no text."
        ) from None
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"The content is larger than {MAX_BYTES:,} bytes.")
    return data


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _check_match(if_match: str | None, data: bytes | None, path: ConfigPath) -> None:
    """Raise PreconditionFailed unless the header is absent, or names what is there."""
    if if_match is None:
        return
    named = [each.strip() for each in if_match.split(",")]
    if data is None or not ("*" in named or f'"{_digest(data)}"' in named):
        raise PreconditionFailed(
            f"{path} has changed since you read it; read it again, then decide. "
            "Nothing was written."
        )
