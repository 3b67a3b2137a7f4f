"""What ran in a cage cannot make the server read what it should not, or without end."""

import os
from pathlib import Path

import pytest

from phantom.evaluation.written import read_written, text_written


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    """Up to its bound, and not a byte more."""
    file = tmp_path / "report"
    file.write_bytes(b"12345\xff")
    assert b"12345\xff" == read_written(file, 6)
    assert "12345\ufffd" == text_written(file)
    with pytest.raises(OSError, match="larger than 5 bytes"):
        read_written(file, 5)


@pytest.mark.parametrize("kind", ["absent", "link", "endless", "pipe", "directory"])
def test_anything_else_is_not_read(tmp_path: Path, kind: str) -> None:
    """A link to a secret, to a device without end, and a pipe on which a reader would wait."""
    file, secret = tmp_path / "report", tmp_path / "secret"
    secret.write_text("canary")
    match kind:
        case "link":
            file.symlink_to(secret)
        case "endless":
            file.symlink_to("/dev/zero")
        case "pipe":
            os.mkfifo(file)
        case "directory":
            file.mkdir()
    with pytest.raises(OSError, match="report"):
        read_written(file)
    assert "" == text_written(file)
