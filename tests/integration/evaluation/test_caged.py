"""Tests that were written by an agent run in a cage, too."""

import asyncio
import socket
from pathlib import Path

import pytest

from phantom.evaluation.tests import TestsEvaluator
from tests.support import caged
from tests.support.evaluation import SubjectFactory, evaluate

_HOSTILE = """
import os, pathlib, socket
def attempt(what):
    try:
        return what()
    except OSError:
        return None
attempt(lambda: pathlib.Path({outside!r}).write_text("bad"))
pathlib.Path("seen.txt").write_text(repr([
    attempt(lambda: pathlib.Path({secret!r}).read_text()),
    attempt(lambda: socket.create_connection(("127.0.0.1", {port}))),
]))
"""


@pytest.mark.parametrize("name", caged.BACKENDS)
async def test_a_hostile_conftest_gets_nothing(
    make_subject: SubjectFactory, tmp_path: Path, name: str
) -> None:
    """No file of the user, no file outside, no connection; and the tests count as ever."""
    sandbox = await asyncio.to_thread(caged.sandbox, name)
    (tmp_path / "secret").write_text("canary")
    outside = tmp_path / "outside"
    with socket.create_server(("127.0.0.1", 0)) as server:
        hostile = _HOSTILE.format(
            secret=str(tmp_path / "secret"), outside=str(outside), port=server.getsockname()[1]
        )
        test = "import pathlib\ndef test_x():\n    assert '[None, None]' == %s\n"
        subject = make_subject(
            {},
            {
                "conftest.py": hostile,
                "test_x.py": test % "pathlib.Path('seen.txt').read_text()",
            },
        ).model_copy(update={"sandbox": sandbox})
        report = await evaluate(subject, [TestsEvaluator()])

    assert report.tests_passing, report.suggestions
    assert not outside.exists()
