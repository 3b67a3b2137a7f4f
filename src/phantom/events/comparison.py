"""What a benchmark found about the two protocols of the live updates, kept with its date."""

from datetime import datetime
from pathlib import Path
from typing import Self

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

_FILE = "realtime-benchmark.json"
_LARGEST = 65_536

_log = structlog.get_logger(__name__)


class Comparison(BaseModel):
    """The latency of the native WebSocket beside that of Socket.IO, on this machine, in one run.

    It is kept in a file of the home, since it is a figure of the machine and not of a database
    that several machines may share.

    Attributes:
        native_ms: median latency of an event over the native WebSocket, in milliseconds.
        socket_io_ms: the same over Socket.IO's own WebSocket transport.
        lowest: the smallest gain of the native one over a round of the run, in percent of
            Socket.IO's median; below zero where it was slower.
        highest: the largest.
        clients: how many listened by each protocol.
        events: how many events each of them was told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_at: datetime
    version: str
    native_ms: float
    socket_io_ms: float
    lowest: int
    highest: int
    clients: int
    events: int

    @property
    def improvement(self) -> str:
        """The range as the reference writes it, `20-30% vs Socket.IO`."""
        if self.lowest == self.highest:
            gain = f"{self.lowest}%"
        elif self.lowest < 0:
            gain = f"{self.lowest}% to {self.highest}%"
        else:
            gain = f"{self.lowest}-{self.highest}%"
        return f"{gain} vs Socket.IO"

    @classmethod
    def of(cls, home: Path) -> Self | None:
        """The newest one of the home, None where nothing was measured; reads a file."""
        try:
            with (home / _FILE).open("rb") as file:
                return cls.model_validate_json(file.read(_LARGEST))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            _log.warning("the benchmark of live updates could not be read", error=str(error))
            return None

    def keep(self, home: Path) -> Path:
        """Put it in the place of the one before; returns the file."""
        home.mkdir(0o700, parents=True, exist_ok=True)
        path = home / _FILE
        fresh = path.with_suffix(".new")
        fresh.write_text(self.model_dump_json(indent=2) + "\n")
        fresh.replace(path)
        return path
