"""The agent's events on their way out: one JSON object a line, at once."""

from typing import IO

from phantom.agents.port import Activity, FileEdit, Terminal, ToolUse


class EventStream:
    """Writes events to a text stream and keeps the rule of one terminal event."""

    def __init__(self, out: IO[str]) -> None:
        """`out` is usually standard output."""
        self._out = out
        self._ended = False

    def say(self, message: str, **detail: str | float | bool | None) -> None:
        """Tell what happens now, in one line; `detail` is for machines."""
        self._write(Activity(message=message, detail=detail))

    def used(self, tool: str, summary: str) -> None:
        """Tell that a tool ran, and what came of it."""
        self._write(ToolUse(tool=tool, summary=summary))

    def edited(self, path: str) -> None:
        """Tell that a file of the workspace was changed."""
        self._write(FileEdit(path=path))

    def end(self, terminal: Terminal) -> None:
        """The last event. Raises RuntimeError where one was written already."""
        self._write(terminal)
        self._ended = True

    def _write(self, event: Activity | FileEdit | ToolUse | Terminal) -> None:
        if self._ended:
            raise RuntimeError("an agent has one terminal event, and it is the last one")
        self._out.write(event.model_dump_json() + "\n")
        self._out.flush()
