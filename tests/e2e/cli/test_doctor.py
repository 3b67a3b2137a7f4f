"""What `phantom doctor` finds out by asking."""

import json
from pathlib import Path

import pytest

from tests.support.langfuse import PUBLIC, SECRET, FakeLangfuse
from tests.support.phantom_command import PhantomCommand


@pytest.mark.parametrize(
    ("secret", "state", "word"),
    [
        (SECRET, "ok", "takes the keys"),
        ("sk-lf-wrong-0", "warning", "refuses the keys"),
        ("", "failed", "LANGFUSE_SECRET_KEY"),
    ],
)
def test_the_doctor_asks_langfuse_whether_the_keys_count(
    tmp_path: Path, secret: str, state: str, word: str
) -> None:
    """Wrong ones stand in no task's way, but are said; with half a pair no server starts."""
    phantom = PhantomCommand(tmp_path, {})
    with FakeLangfuse() as langfuse:
        keys = {
            "LANGFUSE_PUBLIC_KEY": PUBLIC,
            "LANGFUSE_SECRET_KEY": secret,
            "LANGFUSE_HOST": langfuse.url,
        }
        done = phantom("doctor", "--json", env=keys)
    (found,) = [each for each in json.loads(done.stdout)["checks"] if each["name"] == "langfuse"]
    assert (state, True) == (found["state"], word in found["finding"])
    assert "sk-lf" not in done.stdout + done.stderr


def test_without_keys_the_doctor_says_that_nothing_is_sent(tmp_path: Path) -> None:
    """Which is no fault."""
    done = PhantomCommand(tmp_path, {})("doctor", "--json")
    (found,) = [each for each in json.loads(done.stdout)["checks"] if each["name"] == "langfuse"]
    assert "absent" == found["state"]
