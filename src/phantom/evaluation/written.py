"""Files that were written, or could have been replaced, by what ran in a cage.

A report may have become a link to what only the server can read, a pipe that never gives an end, or
a device that gives no end of it. None of these is read.
"""

import os
import stat
from pathlib import Path

LARGEST = 64_000_000
"""Bytes that the report of one run may have."""


def read_written(file: Path, largest: int = LARGEST) -> bytes:
    """The content; blocks. Raises OSError where it is absent, no regular file, or too large."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{file.name} is no regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            content = stream.read(largest + 1)
    finally:
        os.close(descriptor)
    if len(content) > largest:
        raise OSError(f"{file.name} is larger than {largest:,} bytes")
    return content


def text_written(file: Path, largest: int = LARGEST) -> str:
    """The content as text, bytes that are not UTF-8 replaced; empty where it cannot be read."""
    try:
        return read_written(file, largest).decode(errors="replace")
    except OSError:
        return ""
