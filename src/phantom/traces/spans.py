"""A trace as values: spans that have ended, and scores of what they did.

Every id is derived from what the span stands for. Whoever is told of a run twice, since a server
died between the sending and the note of it, can see that it is the same one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from phantom.security.redaction import redacted

MAX_TEXT = 10_000
"""Characters of a prompt or an answer that are sent; the rest is left out, and said so."""
_LOOKED_AT = 20 * MAX_TEXT

Attribute = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Something that took time.

    Attributes:
        span_id: 16 hexadecimal digits.
        parent: the span within which it happened; None for a root.
        error: the sentence of a failure; None where there was none.
    """

    span_id: str
    parent: str | None
    name: str
    start: datetime
    end: datetime
    attributes: Mapping[str, Attribute]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """A measured value in [0, 1] of the whole trace or of one span."""

    score_id: str
    span_id: str | None
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Trace:
    """One run of a task.

    Attributes:
        trace_id: 32 hexadecimal digits: the id of the task, whose runs are one trace.
    """

    trace_id: str
    spans: tuple[Span, ...]
    scores: tuple[Score, ...] = field(default=())


def trace_id(task_id: str) -> str:
    """The trace of a task."""
    return UUID(task_id).hex


def span_id(key: str) -> str:
    """The span of what `key` names in all the world."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def safe_text(text: str) -> str:
    """`text` without secrets, and cut where it is long.

    Redacted before it is cut: half of a key no longer looks like one.
    """
    clean = redacted(text[:_LOOKED_AT])
    if len(text) <= MAX_TEXT and len(clean) <= MAX_TEXT:
        return clean
    return f"{clean[:MAX_TEXT]}\n[cut: {len(text):,} characters in all]"


def as_json(value: Mapping[str, object]) -> str:
    """An object as the text that Langfuse wants for it."""
    return json.dumps(value, separators=(",", ":"))
