"""Paths that come from outside, resolved and held inside the allowed roots."""

from collections.abc import Sequence
from pathlib import Path

from phantom.errors import InvalidInput


def resolve_workspace(text: str, roots: Sequence[Path]) -> Path:
    """The existing directory that `text` names, links resolved, inside one of `roots`.

    A relative path counts from the first root. Components are compared, not strings, so that
    `/root-evil` is not inside `/root`. Blocking. Raises InvalidInput saying what to do.
    """
    if "\0" in text or not text.strip():
        raise InvalidInput("The workspace is not a path; give a directory, such as ./project.")
    try:
        path = (roots[0] / Path(text).expanduser()).resolve()
        is_directory = path.is_dir()
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidInput(f"The workspace {text!r} cannot be resolved: {error}.") from error
    if not any(path.is_relative_to(root) for root in roots):
        allowed = ", ".join(str(root) for root in roots)
        raise InvalidInput(
            f"The workspace {text!r} lies outside the allowed roots ({allowed}). "
            "Start the server with --root DIR to allow another."
        )
    if not is_directory:
        raise InvalidInput(f"The workspace {text!r} does not exist or is not a directory.")
    return path
