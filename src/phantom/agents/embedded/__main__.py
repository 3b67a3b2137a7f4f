"""`python -m phantom.agents.embedded REQUEST.json`: serve one request and exit."""

import sys
from pathlib import Path

from pydantic import ValidationError

from phantom.agents.embedded.stream import EventStream
from phantom.agents.port import AgentRequest, ErrorKind, Failed


def main() -> int:
    """Run the agent; 0 once a terminal event is out, 2 where there is no readable request."""
    stream = EventStream(sys.stdout)
    try:
        request = AgentRequest.model_validate_json(Path(sys.argv[1]).read_bytes())
    except (IndexError, OSError, ValidationError) as error:
        stream.end(Failed(kind=ErrorKind.ERROR, message=f"The request cannot be read: {error}"))
        return 2
    # After the request is known to be good: a refusal must not wait for what a repair needs.
    from phantom.agents.embedded.route import serve

    try:
        terminal = serve(request, stream)
    except Exception as error:  # noqa: BLE001 - the stream must end with a terminal event
        message = f"The embedded agent broke off: {type(error).__name__}: {error}"
        terminal = Failed(kind=ErrorKind.ERROR, message=message)
    stream.end(terminal)
    return 0


if __name__ == "__main__":
    sys.exit(main())
