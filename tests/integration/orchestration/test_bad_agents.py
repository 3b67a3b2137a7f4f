"""Agents that do harm or nothing, held against real git and real tests; docs/switching.md."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from phantom.agents.detached import DetachedAgent
from phantom.agents.port import AgentEvent, AgentRequest, Finished
from phantom.api.services import Services
from phantom.db import models
from phantom.evaluation.change import Change
from phantom.evaluation.port import Evaluation, Finding, Subject, Verdict
from phantom.evaluation.tests import TestsEvaluator
from phantom.projects.config import ProjectConfiguration
from phantom.tasks.history import Round, rounds
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, ProjectType, TaskStatus, TaskType
from tests.support.buggy import FILES
from tests.support.caged import best
from tests.support.repositories import GitRepoFactory
from tests.support.runtime import calling, running

# Looked for before any event loop runs, which must not wait for the trial.
SANDBOX = best()
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


PARTS = {
    "parts.py": "".join(f"{name} = 0\n" for name in "ABCDE"),
    "test_parts.py": "import parts\n"
    + "".join(f"\n\ndef test_{name}():\n    assert parts.{name} == 1\n" for name in "ABCDE"),
}


class RightParts:
    """Measures how many parts are right, as their tests would."""

    measures = ("tests",)

    def applies(self, subject: Subject) -> bool:  # noqa: ARG002 - it measures every change
        """Always."""
        return True

    async def evaluate(
        self,
        subject: Subject,
        change: Change,  # noqa: ARG002 - it looks at the tree
        *,
        timeout_seconds: float,  # noqa: ARG002 - it takes no time
    ) -> tuple[Evaluation, ...]:
        """A finding for each part that is wrong."""
        text = await asyncio.to_thread((subject.workspace / "parts.py").read_text)
        wrong = [line[0] for line in text.splitlines() if not line.endswith(" 1")]
        return (
            Evaluation(
                evaluator="tests",
                verdict=Verdict.FAILED if wrong else Verdict.PASSED,
                summary=f"{len(wrong)} wrong",
                score=1 - len(wrong) / 5,
                findings=tuple(
                    Finding(rule="test-failed", message=f"test_{name} fails") for name in wrong
                ),
                metrics={"tests_run": 5.0, "tests_failed": float(len(wrong))},
            ),
        )


def parts(right: str, wrong: int = 0) -> str:
    """The file with these parts mended."""
    return "".join(f"{name} = {1 if name in right else wrong}\n" for name in "ABCDE")


def makes_worse(request: AgentRequest) -> Iterator[AgentEvent]:
    """It mends three of five in its first round, and then breaks everything."""
    text = parts("ABC") if request.iteration == 1 else parts("", 6 + request.iteration)
    (request.workspace / "parts.py").write_text(text)
    yield DONE


async def test_the_best_iteration_is_delivered_where_later_ones_are_worse(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """With nobody to take its place the agent is told, and its first work is what is kept."""
    repository = git_repo(PARTS)
    agent = calling(makes_worse, "spoiler")
    async with running(tmp_path, [agent], evaluators=[RightParts()]) as services:
        task = await ended(services, repository)
        second = (await made(services, task))[1].iteration

    assert (TaskStatus.FAILED, 1) == (task.status, task.best_iteration)
    assert parts("ABC") == git_repo.git(repository, "show", f"{task.branch}:parts.py")
    assert {"turn": "continue", "reason": "quality_drop"} == second.turn


async def test_who_makes_things_worse_is_replaced_and_the_best_work_handed_over(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """The next agent starts from the best tree and gets the findings on that."""
    repository = git_repo(PARTS)
    given: list[tuple[str, tuple[str, ...]]] = []

    def mends(request: AgentRequest) -> Iterator[AgentEvent]:
        file = request.workspace / "parts.py"
        given.append((file.read_text(), request.feedback))
        file.write_text(parts("ABCDE"))
        yield DONE

    agents = [calling(makes_worse, "spoiler"), calling(mends, "mender")]
    async with running(tmp_path, agents, evaluators=[RightParts()]) as services:
        project_id = await experiments(services)
        task = await ended(services, repository, project_id=project_id)
        switch = (await told(services, task, "agent_switch"))[0]
        second, third = [each.iteration for each in (await made(services, task))[1:]]

    assert (TaskStatus.COMPLETED, 3, 1) == (task.status, task.best_iteration, task.agent_switches)
    expected = {"from_agent": "spoiler", "to_agent": "mender", "reason": "quality_drop"}
    assert expected == {name: switch[name] for name in expected}
    assert ({"turn": "switch", "reason": "quality_drop"}, [expected]) == (
        second.turn,
        third.switches,
    )
    ((tree, feedback),) = given
    assert parts("ABC") == tree
    assert any("test_D" in line for line in feedback)


async def experiments(services: Services) -> str:
    """Id of a project in which agents without a record may be chosen."""
    config = ProjectConfiguration.model_validate({"risk_tolerance": {"allow_experimental": True}})
    made = await services.projects.create("Open", ProjectType.PYTHON, None, config)
    return made.project.id


def goes_in_a_circle(request: AgentRequest) -> Iterator[AgentEvent]:
    """It makes one of two wrong changes in turn."""
    wrong = request.iteration % 2 + 2
    (request.workspace / "parts.py").write_text(parts("A", wrong))
    yield DONE


async def test_going_in_a_circle_is_standing_still(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """The third round brings nothing that the first did not, and ends the run."""
    repository = git_repo(PARTS)
    agent = calling(goes_in_a_circle, "looper")
    async with running(tmp_path, [agent], evaluators=[RightParts()]) as services:
        task = await ended(services, repository)
        last = (await made(services, task))[-1].iteration

    assert (TaskStatus.FAILED, "quality_gate", 3) == (
        task.status,
        task.failure_reason,
        task.current_iteration,
    )
    assert {"turn": "stop", "reason": "stalled"} == last.turn
    assert "nobody took its place" in (task.failure_detail or "")


def program(tmp_path: Path, script: str) -> DetachedAgent:
    """An agent that is a program, in the best cage that this machine has."""
    return DetachedAgent(
        "program",
        AgentType.OPENAI,
        command=lambda request: [sys.executable, "-c", script, str(request)],
        can=lambda _: True,
        journals=tmp_path / "phantom-home" / "calls",
        sandbox=SANDBOX,
    )


OUTSIDE = """
import json, pathlib, sys
request = json.loads(pathlib.Path(sys.argv[1]).read_text())
for path in {paths!r}:
    try:
        pathlib.Path(path).write_text("taken over")
    except OSError:
        pass  # one cage refuses, another shows an empty place that goes with it
pathlib.Path(request["workspace"], "parts.py").write_text({text!r})
print(json.dumps({{"type": "finished", "content": "done"}}), flush=True)
"""


def contents(paths: list[str]) -> list[str]:
    """What is in the files."""
    return [Path(path).read_text() for path in paths]


def largest(directory: Path) -> int:
    """Bytes of the largest file below."""
    return max(file.lstat().st_size for file in directory.rglob("*"))


async def test_what_lies_outside_of_the_workspace_is_not_changed(
    tmp_path: Path, git_repo: GitRepoFactory
) -> None:
    """The user's own checkout and anything beside it; the agent's work inside counts as ever."""
    repository = git_repo(PARTS)
    beside = tmp_path / "beside.txt"
    beside.write_text("mine")
    targets = [str(repository / "parts.py"), str(repository / ".git" / "config"), str(beside)]
    before = contents(targets)
    agent = program(tmp_path, OUTSIDE.format(paths=targets, text=parts("ABCDE")))
    async with running(tmp_path, [agent], evaluators=[RightParts()]) as services:
        task = await ended(services, repository)

    assert before == contents(targets)
    assert TaskStatus.COMPLETED == task.status
    assert parts("ABCDE") == git_repo.git(repository, "show", f"{task.branch}:parts.py")


RAVING = """
import os, json
line = json.dumps({"type": "text", "text": "x" * 4_000_000}).encode() + b"\\n"
for _ in range(270):
    view = memoryview(line)
    while view:
        view = view[os.write(1, view):]
"""


async def test_who_prints_a_gigabyte_is_cut_off(tmp_path: Path, git_repo: GitRepoFactory) -> None:
    """By what reads it at a quarter, and where that is slower by the kernel at a half."""
    repository = git_repo(PARTS)
    agent = program(tmp_path, RAVING)
    async with running(tmp_path, [agent], evaluators=[RightParts()]) as services:
        task = await ended(services, repository)
        lines = await told(services, task, "agent_activity")
        kept = largest(tmp_path)

    assert (TaskStatus.FAILED, "agent_failed") == (task.status, task.failure_reason)
    assert "it printed more than 256 MB" in (task.failure_detail or "")
    assert max(len(line["message"]) for line in lines) <= 2_000
    assert len(lines) <= 3_000
    assert kept <= 2**29
