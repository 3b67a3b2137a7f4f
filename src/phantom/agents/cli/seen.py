"""What has been seen of a run so far, and what it amounts to when it ends."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from phantom.agents.port import (
    ErrorKind,
    Failed,
    FileEdit,
    Finished,
    ToolUse,
    Usage,
    UsageReport,
)
from phantom.vocabulary import CostSource

_MAX_SUMMARY, _MAX_MESSAGE = 200, 1000
# Refused before any model was asked, so nobody bills it.
_FREE = {
    ErrorKind.AUTH,
    ErrorKind.RATE_LIMIT,
    ErrorKind.OVERLOADED,
    ErrorKind.MODEL,
    ErrorKind.NOT_INSTALLED,
}
_STATUS = r"\b(?:status|http|error|code)\W{0,6}"
# First match wins. The words are those that the five command lines and their providers were seen
# to use; a status, where there is one, is asked first.
_BY_WORDS = (
    (ErrorKind.NOT_INSTALLED, r"native binary not installed|no platform package|postinstall"),
    (ErrorKind.MODEL, r"context window|prompt is too long|prompt budget|model .{0,80}not found"),
    (ErrorKind.RATE_LIMIT, rf"{_STATUS}429|rate.?limit|quota|too many requests|usage limit"),
    (
        ErrorKind.OVERLOADED,
        rf"{_STATUS}5\d\d|overloaded|high demand|unavailable|internal server error",
    ),
    (
        ErrorKind.AUTH,
        rf"{_STATUS}40[13]|api.?key|authenticat|logged in|log ?in|Missing environment",
    ),
    (ErrorKind.STALLED, r"timed out|idle timeout"),
    (ErrorKind.MODEL, rf"{_STATUS}40[04]|model not found"),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run failed."""

    kind: ErrorKind
    message: str
    retry_after: float | None = None


@dataclass
class Seen:
    """The state that a command line's parser keeps.

    Attributes:
        workspace: what paths are shown relative to.
        usage: tokens of this run so far.
        total: tokens of the whole session, where that is what the command line tells.
        cost: US dollars of this run, as the command line tells it; None where it does not.
        steps: answers of the model so far.
        refusals: what it was not allowed to do.
        edits: paths that it changed by its own tools.
        pending: paths that tools which have begun will change, by the tools' identifiers.
        reason: why the last step ended, where the command line tells that.
        repeats: requests that failed since the last step.
        done: whether its terminal event said that it succeeded.
        failure: why it failed, as far as it told.
        stop: why it must be ended now, whatever it still wants to do.
    """

    workspace: Path
    session: str | None = None
    model: str | None = None
    words: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    total: Usage | None = None
    cost: float | None = None
    steps: int = 0
    refusals: list[str] = field(default_factory=list)
    edits: set[str] = field(default_factory=set)
    pending: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    repeats: int = 0
    done: bool = False
    failure: Failure | None = None
    stop: Failure | None = None

    def fail(
        self, message: str, status: int | None = None, retry_after: float | None = None
    ) -> None:
        """Note a failure; an HTTP status tells its kind, else the words do."""
        kind = kind_of_status(status) if status else kind_of_words(message)
        self.failure = Failure(kind, message[:_MAX_MESSAGE], retry_after)

    def used(self, tool: str, summary: str) -> ToolUse:
        """A tool that the agent uses, with what for in a line."""
        return ToolUse(tool=tool, summary=" ".join(summary.split())[:_MAX_SUMMARY])

    def edited(self, path: str) -> FileEdit:
        """A file that the agent changed."""
        shown = self.relative(path)
        self.edits.add(shown)
        return FileEdit(path=shown)

    def relative(self, path: str) -> str:
        """`path` as seen from the workspace; one outside stays as it is."""
        try:
            return str(Path(path).relative_to(self.workspace))
        except ValueError:
            return path

    def counted(self, usage: Usage) -> UsageReport:
        """Tokens of this run so far."""
        self.usage = usage
        return UsageReport(usage=usage)

    def finished(self, name: str) -> Finished:
        """The end of a run that succeeded."""
        return Finished(
            content="".join(self.words).strip(),
            usage=self.usage,
            cost=self.cost,
            cost_source=CostSource.UNKNOWN if self.cost is None else CostSource.AGENT,
            session_id=self.session,
            metadata={"command": name, "model": self.model},
        )

    def failed(self, failure: Failure) -> Failed:
        """The end of a run that failed: what it cost is what it told, nothing, or not known."""
        cost = self.cost
        if cost is None and failure.kind in _FREE and not (self.steps or self.usage.total):
            cost = 0.0
        return Failed(
            kind=failure.kind,
            message=failure.message,
            usage=self.usage,
            cost=cost,
            cost_source=CostSource.UNKNOWN if cost is None else CostSource.AGENT,
            retry_after=failure.retry_after,
        )


def kind_of_status(status: int) -> ErrorKind:
    """What an HTTP status of the provider means."""
    if status in {401, 403}:
        return ErrorKind.AUTH
    if status == 429:
        return ErrorKind.RATE_LIMIT
    if status in {400, 404, 413, 422}:
        return ErrorKind.MODEL
    return ErrorKind.OVERLOADED if status >= 500 else ErrorKind.ERROR


def kind_of_words(message: str) -> ErrorKind:
    """What a message means, where there is no status."""
    for kind, pattern in _BY_WORDS:
        if re.search(pattern, message, re.IGNORECASE):
            return kind
    return ErrorKind.ERROR


def difference(total: Usage, before: Usage) -> Usage:
    """What was used between two sums; never less than nothing."""
    return Usage(
        input=max(0, total.input - before.input),
        output=max(0, total.output - before.output),
        cache_read=max(0, total.cache_read - before.cache_read),
        cache_write=max(0, total.cache_write - before.cache_write),
    )
