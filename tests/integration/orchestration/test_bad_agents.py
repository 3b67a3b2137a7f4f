"""Agents that do harm or nothing, held against real git and real tests; docs/switching.md."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.api.services import Services
from phantom.db import models
from phantom.evaluation.tests import TestsEvaluator
from phantom.projects.config import ProjectConfiguration
from phantom.tasks.history import Round, rounds
from phantom.tasks.service import Order
from phantom.vocabulary import ProjectType, TaskStatus, TaskType
from tests.support.buggy import FILES
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, running

MENDED = FILES["ages.py"].replace(">", ">=")
DONE = Finished(content="It is done, and all tests pass.", cost=1.0)


@pytest.fixture
def repository(git_repo: GitRepoFactory) -> Path:
    """Three tests, one of which fails."""
    return git_repo(FILES)


async def ended(services: Services, repository: Path, **fields: object) -> models.Task:
    """The task of an order to mend the repository, once it has ended."""
    usual = {"prompt": "Mend", "task_type": TaskType.DEBUGGING, "workspace": str(repository)}
    task = await services.tasks.submit(Order(**(usual | fields)))  # type: ignore[arg-type]
    async with asyncio.timeout(60):
        return await services.tasks.wait(task.id)


async def made(services: Services, task: models.Task) -> list[Round]:
    """The iterations of the task's first run."""
    return list(await rounds(services.database, task.id, 1))


async def told(services: Services, task: models.Task, kind: str) -> list[models.JsonObject]:
    """The task's events of one type."""
    events = await services.store.after(0, task_id=task.id)
    return [event.body for event in events if event.body["type"] == kind]


def deletes_the_test(request: AgentRequest) -> Iterator[AgentEvent]:
    """It takes away the test that fails."""
    tests = request.workspace / "test_ages.py"
    whole = tests.read_text()
    failing = "\n\n\ndef test_at_eighteen_one_may():\n    assert may_vote(18)"
    tests.write_text(whole.replace(failing, ""))
    yield DONE


async def test_deleting_the_failing_test_passes_no_gate(tmp_path: Path, repository: Path) -> None:
    """The tests that are left pass, which is not what "passing" means."""
    agent = calling(deletes_the_test, "deleter")
    async with running(tmp_path, [agent], evaluators=[TestsEvaluator()]) as services:
        task = await ended(services, repository)
        first = (await made(services, task))[0]

    assert (TaskStatus.FAILED, "quality_gate", False) == (
        task.status,
        task.failure_reason,
        task.tests_passing,
    )
    tests = next(each for each in first.evaluations if each.evaluator == "tests")
    assert (0.0, 1.0) == (tests.metrics["tests_failed"], tests.metrics["tests_weakened"])
    assert "the change removed or weakened tests" == (first.iteration.gate or {})["reason"]


def does_nothing(_request: AgentRequest) -> Iterator[AgentEvent]:
    """It says that it is done."""
    yield DONE


async def test_who_says_done_and_changed_nothing_is_not_believed(
    tmp_path: Path, repository: Path
) -> None:
    """Tests that failed still fail, and nothing is delivered."""
    agent = calling(does_nothing, "sayer")
    async with running(tmp_path, [agent], evaluators=[TestsEvaluator()]) as services:
        task = await ended(services, repository)

    assert (TaskStatus.FAILED, "quality_gate", None) == (
        task.status,
        task.failure_reason,
        task.branch,
    )
    assert "changed nothing" in (task.failure_detail or "")
    assert 1 == task.current_iteration


async def test_nothing_changed_where_tests_passed_from_the_start_is_not_measured(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """There may have been nothing to do: it is let through, without a quality, and said so."""
    repository = git_repo(FILES | {"ages.py": MENDED})
    agent = calling(does_nothing, "sayer")
    async with running(tmp_path, [agent], evaluators=[TestsEvaluator()]) as services:
        task = await ended(services, repository)
        result = (await told(services, task, "task_result"))[0]

    assert (TaskStatus.COMPLETED, None, True) == (
        task.status,
        task.final_quality,
        task.tests_passing,
    )
    assert ("not_measured", "not_measured") == (task.result["gate"], result["gate"])


async def test_a_project_can_demand_that_the_gate_was_measured(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """Then what nothing measured fails, and the sentence says why."""
    repository = git_repo({"notes.txt": "nothing to test\n"})

    def writes(request: AgentRequest) -> Iterator[AgentEvent]:
        (request.workspace / "notes.txt").write_text("something else\n")
        yield DONE

    demand = {"risk_tolerance": {"require_measured_gate": True}}
    config = ProjectConfiguration.model_validate(demand)
    agent = calling(writes, "writer")
    async with running(tmp_path, [agent], evaluators=[TestsEvaluator()]) as services:
        project = await services.projects.create("Strict", ProjectType.PYTHON, None, config)
        strict = await ended(services, repository, project_id=project.project.id)
        free = await ended(services, repository)

    assert (TaskStatus.FAILED, "quality_gate") == (strict.status, strict.failure_reason)
    assert "the project demands a measured gate" in (strict.failure_detail or "")
    assert (TaskStatus.COMPLETED, None) == (free.status, free.final_quality)
    assert ["not_measured"] * 2 == [strict.result["gate"], free.result["gate"]]
