"""What a remote agent sent back, put into the workspace through the jail.

Everything is checked before anything is written, so that an answer is taken whole or not at all.
"""

from collections.abc import Sequence

from phantom.agents.api.tools.files import Workspace
from phantom.agents.port import AgentRequest
from phantom.agents.remote.diffs import Patch, fenced_diffs, patches_of
from phantom.agents.remote.messages import Artifact, Part
from phantom.errors import InvalidInput

_DIFF_TYPES = frozenset({"text/x-diff", "text/x-patch", "text/diff"})
_DIFF_NAMES = (".diff", ".patch")
MAX_FILES = 200


def apply(request: AgentRequest, text: str, artifacts: Sequence[Artifact]) -> list[str]:
    """Apply the diffs and files in an answer; returns the paths that changed. Blocks.

    Raises InvalidInput and NotFound where something does not fit; nothing is changed then.
    """
    files = Workspace.of(request)
    parts = [part for artifact in artifacts for part in artifact.parts]
    diffs = [_text(part) for part in parts if _is_diff(part)]
    loose = [part.text or "" for part in parts if not part.filename and not _is_diff(part)]
    diffs += filter(None, (fenced_diffs(each) for each in (text, *loose)))
    after: dict[str, bytes | None] = {}
    for part in parts:
        if part.filename and not _is_diff(part) and part.content is not None:
            after[part.filename] = part.content
    for diff in diffs:
        for patch in patches_of(diff):
            after |= _patched(files, patch, after)
    if len(after) > MAX_FILES:
        raise InvalidInput(f"The answer changes {len(after)} files; {MAX_FILES} are taken at most.")
    for path in after:
        files.check(path)
    for path, data in after.items():
        if data is None:
            files.remove(path)
        else:
            files.put(path, data)
    return sorted(after)


def _is_diff(part: Part) -> bool:
    name = (part.filename or "").lower()
    return part.media_type in _DIFF_TYPES or name.endswith(_DIFF_NAMES)


def _text(part: Part) -> str:
    return (part.content or b"").decode(errors="replace")


def _patched(
    files: Workspace, patch: Patch, after: dict[str, bytes | None]
) -> dict[str, bytes | None]:
    if patch.old is None:
        before = ""
    else:
        known = after.get(patch.old)
        before = files.text(patch.old) if known is None else known.decode(errors="replace")
    if patch.new is None:
        return {patch.old: None} if patch.old is not None else {}
    if patch.old not in {None, patch.new}:
        raise InvalidInput("The diff renames a file; that is not taken.")
    return {patch.new: patch.applied(before).encode(errors="replace")}
