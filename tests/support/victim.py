"""Stands for a server that is attacked: a secret in its environment and an open file, two doors.

`python victim.py FILE PORT_FILE ABSTRACT_NAME`: opens FILE, listens on a free port of loopback and
on an abstract socket, writes the port to PORT_FILE, and prints a line for whoever knocks.
"""

import selectors
import socket
import sys
from pathlib import Path


def main(held: str, port_file: Path, abstract: str) -> None:
    """Listen until killed."""
    with (
        Path(held).open(),
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as local,
    ):
        local.bind(f"\0{abstract}")
        local.listen()
        doors = selectors.DefaultSelector()
        doors.register(tcp, selectors.EVENT_READ)
        doors.register(local, selectors.EVENT_READ)
        port_file.with_suffix(".part").write_text(str(tcp.getsockname()[1]))
        port_file.with_suffix(".part").rename(port_file)
        while True:
            for door, _ in doors.select():
                door.fileobj.accept()[0].close()  # type: ignore[union-attr]
                sys.stdout.write("knocked\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
