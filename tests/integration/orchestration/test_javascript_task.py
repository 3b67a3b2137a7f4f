"""A task in a repository of JavaScript ends with measured tests."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.db import models
from phantom.evaluation import default_evaluators
from phantom.tasks.service import Order
from phantom.vocabulary import TaskStatus, TaskType
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, running

_PATIENCE_SECONDS = 60
_TEST = """\
import assert from 'node:assert';
import test from 'node:test';
import { twice } from 'twofold';
import { half } from '../half.js';

test('halves', () => assert.equal(half(twice(4)), 4));
"""
FILES = {
    ".gitignore": "node_modules\n",
    "package.json": json.dumps(
        {"type": "module", "scripts": {"test": "node --test"}, "dependencies": {"twofold": "1"}}
    ),
    "half.js": "export const half = (n) => n / 3;\n",
    "test/half.test.js": _TEST,
}
INSTALLED = {
    "node_modules/twofold/package.json": '{"name": "twofold", "type": "module"}',
    "node_modules/twofold/index.js": "export const twice = (n) => n * 2;\n",
}


async def test_a_bug_in_javascript_is_mended_by_what_its_tests_say(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """The first try fails a test by name, the second passes, with the user's installed package."""
    repository = git_repo(FILES)
    for path, text in INSTALLED.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(text)
    told: list[str] = []

    def script(request: AgentRequest) -> Iterator[AgentEvent]:
        told.extend(request.feedback)
        right = "n / 2" if request.iteration > 1 else "n / 4"
        (request.workspace / "half.js").write_text(f"export const half = (n) => {right};\n")
        yield Finished(content="done")

    order = Order(prompt="Mend", task_type=TaskType.DEBUGGING, workspace=str(repository))
    async with running(tmp_path, [calling(script)], evaluators=default_evaluators()) as services:
        task = await services.tasks.submit(order)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            task = await services.tasks.wait(task.id)
        async with services.database.read() as session:
            rows = list(await session.scalars(select(models.Evaluation)))

    assert (TaskStatus.COMPLETED, 2) == (task.status, task.best_iteration)
    tests = [row.summary for row in rows if row.evaluator == "tests:javascript"]
    assert ["0 of 1 tests passed", "1 of 1 tests passed"] == tests
    assert any("halves fails" in sentence for sentence in told)
    listed = git_repo.git(repository, "ls-tree", "-r", "--name-only", f"phantom/{task.id}")
    assert {".gitignore", "half.js", "package.json", "test/half.test.js"} == set(listed.split())
