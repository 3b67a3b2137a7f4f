"""What is asked and what is kept, and the keys that lead from one to the other."""

import hashlib
import json
import re
import unicodedata
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from phantom.clock import utc_now

FORMAT = 1
"""Of keys and entries; one that was kept in another format is never found."""
_GAPS = re.compile(r"\s+")


class Question(BaseModel):
    """Everything that the answer of an agent depends on, as far as it can be known.

    Attributes:
        project_id: answers do not cross projects.
        agent: id of the connection.
        fingerprint: the agent's program or model, and its version.
        tree: hash of the tree that the work starts from.
        context: the excerpts that the agent is shown, verbatim.
        files: the paths that the user named.
        rules: whatever else bends the work, such as the kind of task, in a fixed order.
    """

    model_config = ConfigDict(frozen=True)

    project_id: str
    agent: str
    fingerprint: str
    tree: str
    prompt: str
    context: str
    files: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same for the same question alone: SHA-256 over all of it."""
        return _digest("exact", self.model_dump(mode="json"))

    @property
    def near_key(self) -> str:
        """The same for prompts that differ in blanks, letter case and end marks alone."""
        return _digest("near", self.model_dump(mode="json") | {"prompt": normalised(self.prompt)})


class Answer(BaseModel):
    """What an agent made of a question, accepted by the gate.

    Attributes:
        patch: the change of the tree as git prints it, in Latin-1 so that every byte is kept.
        tree: hash of the tree that the patch leads to, by which a replay is checked.
        cost: what the work cost in US dollars, None where it is not known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: str
    patch: str
    tree: str
    cost: float | None
    tokens: int = Field(ge=0)
    kept_at: datetime = Field(default_factory=utc_now)


def normalised(prompt: str) -> str:
    """A prompt without what does not change its meaning."""
    text = unicodedata.normalize("NFKC", prompt).casefold()
    return _GAPS.sub(" ", text).strip().rstrip(".!").rstrip()


def _digest(kind: str, fields: object) -> str:
    # JSON with sorted names tells every two different questions apart; a joined text would not.
    text = json.dumps([FORMAT, kind, fields], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
