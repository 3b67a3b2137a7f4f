"""The JavaScript packages that the user installed, made visible beside a workspace.

A private clone has no `node_modules`, and nothing is downloaded for it. Node looks for packages in
the directories above a file, too: so a directory of links next to the work tree serves agents and
evaluators, and no link lies in the tree, where it could be committed. A link that leads back
into the repository, as those of npm's workspaces do, leads into the work tree instead.
"""

from collections.abc import Iterator
from pathlib import Path

from phantom.evaluation.javascript import TOOL_DIRECTORIES

NAME = "node_modules"
_SOURCE = "installed"


def link_installed(directory: Path, tree: Path, repository: Path) -> None:
    """Make `directory/node_modules` for the work tree `directory/tree`; blocks.

    Nothing is made where the repository has no such directory. Of several the topmost serves, and
    of these the first by name.
    """
    found = _find(repository)
    if found is None:
        return
    source = directory / _SOURCE / NAME
    source.parent.mkdir()
    source.symlink_to(found.resolve())
    links = directory / NAME
    for name in TOOL_DIRECTORIES:
        (links / name).mkdir(parents=True)
    for entry in _entries(found):
        path = entry.relative_to(found)
        (links / path).parent.mkdir(exist_ok=True)
        (links / path).symlink_to(_target(entry, source / path, repository, tree))


def installed(directory: Path) -> tuple[Path, ...]:
    """What a cage must let its program read for the packages to be found; blocks for a look."""
    source = directory / _SOURCE / NAME
    return (directory / NAME, source) if source.is_dir() else ()


def _find(repository: Path) -> Path | None:
    places = [repository, *sorted(path.parent for path in repository.glob("*/package.json"))]
    return next((place / NAME for place in places if (place / NAME).is_dir()), None)


def _entries(found: Path) -> Iterator[Path]:
    """The packages, those of a scope one by one, and `.bin`."""
    for entry in found.iterdir():
        if entry.name.startswith("@") and entry.is_dir() and not entry.is_symlink():
            yield from entry.iterdir()
        elif entry.name not in TOOL_DIRECTORIES:
            yield entry


def _target(entry: Path, seen: Path, repository: Path, tree: Path) -> Path:
    """`seen` is where a cage shows the entry; a package of the repository itself is in the tree."""
    if not entry.is_symlink():
        return seen
    real, root = entry.resolve(), repository.resolve()
    inside = real.is_relative_to(root) and NAME not in real.relative_to(root).parts
    return tree / real.relative_to(root) if inside else seen
