"""What the export asks of the place that traces go to, and how that place may refuse."""

from typing import Protocol

from phantom.traces.spans import Trace


class NotTaken(Exception):
    """What was sent was not taken; the message is a sentence."""


class Later(NotTaken):
    """It may be taken another time; `after` is in seconds, where that was said."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class KeysRefused(NotTaken):
    """The keys do not count."""


class Rejected(NotTaken):
    """This will never be taken."""


class Destination(Protocol):
    """Takes traces."""

    async def check(self) -> None:
        """Return where it answers and accepts the keys. Raises Later or KeysRefused."""
        ...

    async def send(self, trace: Trace) -> None:
        """Hand over a trace. Raises NotTaken."""
        ...
