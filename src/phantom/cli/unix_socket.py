"""A Unix socket to serve on: nobody but its owner can open it, which a port cannot promise."""

import os
import socket
import stat
from pathlib import Path

from phantom.errors import StartupError

_BACKLOG = 512
_OWNER_ONLY = 0o177
_CONNECT_SECONDS = 2.0


def bind_unix(path: Path) -> socket.socket:
    """Listen at `path`, with mode 0600 from the first instant on.

    A socket that a dead server left there is replaced. Raises StartupError where anything else is
    there, where a server listens, and where the path cannot be used.
    """
    _clear(path)
    listener = socket.socket(socket.AF_UNIX)
    # The mask is the whole process's; nothing else runs yet.
    mask = os.umask(_OWNER_ONLY)
    try:
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StartupError(
            f"cannot listen at {path}: {error.strerror or error}; a socket's path is short "
            "(about 100 characters), in a directory that exists."
        ) from error
    finally:
        os.umask(mask)
    return listener


def _clear(path: Path) -> None:
    try:
        found = path.lstat()
    except OSError:
        return  # nothing there, or a directory that `bind` will speak of
    if not stat.S_ISSOCK(found.st_mode):
        raise StartupError(f"{path} is there already and is not a socket; choose another path.")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_CONNECT_SECONDS)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise StartupError(f"{path} cannot be looked at: {error.strerror or error}.") from error
    raise StartupError(f"another server listens at {path}; stop that one, or choose another path.")
