"""A short run of the reader that trusts only git, a log and the process table; the long one is `./dev bench truth`."""

from pathlib import Path

import pytest

from bench.truth.__main__ import run


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_said_of_a_task_is_what_happened(tmp_path: Path) -> None:
    """By the embedded agent and a scripted one, which repairs at once, later, and not at all."""
    findings, ends = run(tmp_path.resolve(), 3, "")

    assert {} == findings.wrong
    assert findings.compared.total() > 100
    assert ("openai_scripted", "failed") in ends
