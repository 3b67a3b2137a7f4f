"""Named points at which a test or a chaos run can kill this process, as a power cut would.

`PHANTOM_FAULT=name` kills at the first pass of the point `name`, `name@3` at the third. The
variable is read once; a restarted server without it runs through.
"""

import os
import signal

VARIABLE = "PHANTOM_FAULT"


class FaultPoints:
    """Counts passes and kills this process at the configured one."""

    def __init__(self, spec: str) -> None:
        name, _, count = spec.partition("@")
        self._name = name
        self._left = int(count) if count else 1

    def reach(self, name: str) -> None:
        """Die here (SIGKILL: no handler, no cleanup) where this is the configured pass."""
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


_points = FaultPoints(os.environ.get(VARIABLE, ""))


def fault_point(name: str) -> None:
    """A place where a power cut is interesting; does nothing unless configured."""
    _points.reach(name)
