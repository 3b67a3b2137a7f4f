"""What the interpreter is about to do on the disk, told just before it does it."""

import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

_WATCHED = {"open", "os.mkdir", "os.rename", "os.remove", "os.scandir", "os.listdir", "os.link"}
_THREAD = threading.local()


class DiskWatch:
    """Inside `with`, `touched` grows by what this thread does: (event, names, flags).

    `before`, where given, is called with the number of each event just before it happens: the
    moment between a check and its use.
    """

    def __init__(self, before: Callable[[int], None] | None = None) -> None:
        self.touched: list[tuple[str, tuple[str, ...], int]] = []
        self._before = before
        self._inside = False

    def __enter__(self) -> Self:
        _THREAD.watch = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _THREAD.watch = None

    def take(self, event: str, args: tuple[object, ...]) -> None:
        """Note one event of the interpreter."""
        if self._inside or (event == "open" and isinstance(args[0], int)):
            return  # its own doing, or a file object around a descriptor that is open already
        self._inside = True
        try:
            paths = args[:2] if event in {"os.rename", "os.link"} else args[:1]
            names = tuple(
                os.fsdecode(each) for each in paths if isinstance(each, str | bytes | os.PathLike)
            )
            flags = args[2] if event == "open" and isinstance(args[2], int) else 0
            self.touched.append((event, names, flags))
            if self._before is not None:
                self._before(len(self.touched))
        finally:
            self._inside = False


def _hook(event: str, args: tuple[object, ...]) -> None:
    if event in _WATCHED:
        watch = getattr(_THREAD, "watch", None)
        if watch is not None:
            watch.take(event, args)


# Hooks stay for good; this one does nothing for threads without a watch.
sys.addaudithook(_hook)
