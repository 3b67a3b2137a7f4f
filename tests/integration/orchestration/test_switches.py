"""Each switch of a configuration acts in the loop; docs/hrm.md names these tests."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from phantom.agents.port import AgentEvent, AgentRequest, ErrorKind, Failed, Finished
from phantom.api.services import Services
from phantom.app import Runtime
from phantom.db import models
from phantom.evaluation.change import Change
from phantom.evaluation.port import Deployment, Evaluation, Subject, Verdict
from phantom.hrm.builtin import BUILTIN
from phantom.hrm.service import Outcome, Target, Wish
from phantom.projects.config import ProjectConfiguration
from phantom.settings import Settings
from phantom.tasks.history import Round, rounds
from phantom.tasks.service import Order
from phantom.vocabulary import AgentType, ProjectType, TaskStatus, TaskType
from tests.support.repositories import GitRepoFactory

Script = Callable[[AgentRequest], Awaitable[AgentEvent]]


class Worker:
    """An agent that changes a file in every call, costs a dollar, and remembers its requests."""

    outlives_server = False

    def __init__(self, agent_id: str, agent_type: AgentType, script: Script | None = None) -> None:
        self.agent_id, self.agent_type = agent_id, agent_type
        self.requests: list[AgentRequest] = []
        self._script = script

    def can(self, task_type: TaskType) -> bool:  # noqa: ARG002 - it takes every task
        """Always."""
        return True

    async def run(self, request: AgentRequest) -> AsyncIterator[AgentEvent]:
        """One call."""
        self.requests.append(request)
        note = request.workspace / "note.txt"
        await asyncio.to_thread(note.write_text, f"round {request.iteration}\n")
        if self._script is not None:
            yield await self._script(request)
        else:
            yield Finished(content="done", cost=1.0)


@dataclass
class Score:
    """An evaluator that always gives the same score, and watches how it is called."""

    score: float
    together: "Crowd"
    name: str = "tests"
    timeouts: list[float] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)

    @property
    def measures(self) -> tuple[str, ...]:
        """One component."""
        return (self.name,)

    def applies(self, subject: Subject) -> bool:  # noqa: ARG002 - it measures every change
        """Always."""
        return True

    async def evaluate(
        self,
        subject: Subject,
        change: Change,  # noqa: ARG002
        *,
        timeout_seconds: float,
    ) -> tuple[Evaluation, ...]:
        """The score, and as many tests passed as there are."""
        self.timeouts.append(timeout_seconds)
        self.deployments.append(subject.deployment)
        async with self.together:
            await asyncio.sleep(0.02)
        verdict = Verdict.PASSED
        metrics = {"tests_run": 1.0, "tests_failed": 0.0}
        return (
            Evaluation(
                evaluator=self.name,
                verdict=verdict,
                summary="fixed",
                score=self.score,
                metrics=metrics,
            ),
        )


class Crowd:
    """How many are inside, at most."""

    def __init__(self) -> None:
        self._inside = 0
        self.most = 0

    async def __aenter__(self) -> None:
        self._inside += 1
        self.most = max(self.most, self._inside)

    async def __aexit__(self, *_: object) -> None:
        self._inside -= 1


class Bench:
    """A server with its agents and evaluators, and one repository to work in."""

    def __init__(self, home: Path, repository: Path) -> None:
        self.repository = repository
        self.settings = Settings(home=home, roots=(repository,), evaluation_workers=4)
        self.crowd = Crowd()
        self.evaluators = [Score(0.5, self.crowd)]
        self.agents = [Worker("claude_main", AgentType.CLAUDE)]
        self.services: Services

    @contextlib.asynccontextmanager
    async def started(self) -> AsyncIterator[None]:
        """At work, until the block ends."""
        runtime = Runtime(self.settings, agents=self.agents, evaluators=self.evaluators)
        async with runtime.running() as self.services:
            yield

    async def run(self, **sections: dict[str, object]) -> models.Task:
        """A task that ran to its end under the server's configuration with these sections."""
        await self.configure(**sections)
        return await self.ended(await self.submit())

    async def configure(self, **sections: dict[str, object]) -> Outcome:
        """Make them the server's configuration, on top of the balanced preset."""
        await self.services.hrm.apply_preset(
            Target(), BUILTIN["balanced"].id, by="test", apply_now=False
        )
        return await self.services.hrm.update(
            Target(),
            Wish(changes=sections, by="test", apply_now=False),  # type: ignore[arg-type]
        )

    async def submit(self, **fields: object) -> models.Task:
        """Order a task."""
        usual = {"prompt": "Mend", "task_type": TaskType.DEBUGGING}
        order = usual | {"workspace": str(self.repository)} | fields
        return await self.services.tasks.submit(Order(**order))  # type: ignore[arg-type]

    async def ended(self, task: models.Task) -> models.Task:
        """The task, once it has ended."""
        async with asyncio.timeout(15):
            return await self.services.tasks.wait(task.id)

    async def rounds(self, task: models.Task) -> list[Round]:
        """What it went through."""
        return list(await rounds(self.services.database, task.id, 1))

    async def told(self, task: models.Task, kind: str) -> list[models.JsonObject]:
        """Its events of one type."""
        events = await self.services.store.after(0, task_id=task.id)
        return [event.body for event in events if event.body["type"] == kind]


@pytest.fixture
def bench(tmp_path: Path, git_repo: GitRepoFactory) -> Bench:
    """Not yet started, so that a test may choose agents and evaluators."""
    repository = git_repo({f"part{n}.txt": f"{n:02}" * 200 for n in range(20)})
    return Bench(tmp_path / "home", repository)


@pytest.fixture
async def server(bench: Bench) -> AsyncIterator[Bench]:
    """The bench, started."""
    async with bench.started():
        yield bench


MANUAL = {"mode": "manual", "max_iterations": 3}


async def test_manual_takes_as_many_rounds_as_it_may(server: Bench) -> None:
    """`max_iterations` bounds a task that never passes its gate."""
    task = await server.run(ml_iteration_prediction=MANUAL)

    assert (3, 3) == (task.max_iterations, len(await server.rounds(task)))
    assert (TaskStatus.FAILED, "quality_gate") == (task.status, task.failure_reason)


async def test_fixed_goes_on_after_the_gate_is_passed(server: Bench) -> None:
    """All rounds are made, and the best of them is a success."""
    task = await server.run(
        ml_iteration_prediction={"mode": "fixed", "max_iterations": 3},
        deep_supervision={"quality_gate_threshold": 0.4},
    )

    made = [each.iteration.gate for each in await server.rounds(task)]
    assert ["continue", "continue", "accept"] == [gate["action"] for gate in made if gate]
    assert (TaskStatus.COMPLETED, 0.5) == (task.status, task.final_quality)


async def test_auto_plans_for_the_confidence_that_is_asked(server: Bench) -> None:
    """More confidence, more rounds."""
    low = await server.run(ml_iteration_prediction={"confidence_threshold": 0.5})
    high = await server.run(ml_iteration_prediction={"confidence_threshold": 0.85})

    assert [2, 5] == [task.max_iterations for task in (low, high)]
    assert [2, 5] == [len(await server.rounds(task)) for task in (low, high)]


async def test_compression_shows_the_agent_less(server: Bench) -> None:
    """Off it sees all that was named, at a ratio of 10 a tenth."""
    order = {"files": ("*.txt",)}
    for latent in ({"enabled": False}, {"compression_ratio_target": 10.0}):
        await server.configure(latent_reasoning=latent, ml_iteration_prediction=MANUAL)
        await server.ended(await server.submit(**order))

    whole, part = [
        request.context for request in server.agents[0].requests if request.iteration == 1
    ]
    assert 20 == whole.count("=== ")
    assert 2 == part.count("=== ")


async def test_the_cost_ceiling_ends_a_task_once_it_is_reached(server: Bench) -> None:
    """Each call is told what is left for it; none is made where nothing is."""
    task = await server.run(ml_iteration_prediction=MANUAL, agent_switching={"cost_ceiling": 1.5})

    assert ("cost_ceiling", 2_000_000) == (task.failure_reason, task.actual_cost_micros)
    assert [1.5, 0.5] == [request.budget for request in server.agents[0].requests]


async def test_a_ceiling_of_nothing_calls_nobody_who_costs(server: Bench) -> None:
    """Only the embedded agent is free for certain."""
    task = await server.run(agent_switching={"cost_ceiling": 0.0})

    assert "cost_ceiling" == task.failure_reason
    assert [] == server.agents[0].requests


async def refuse(request: AgentRequest) -> AgentEvent:  # noqa: ARG001 - whatever it is
    """An agent that is logged out."""
    return Failed(kind=ErrorKind.AUTH, message="The login has expired.")


async def test_agents_are_changed_as_often_as_is_allowed(bench: Bench) -> None:
    """After that the task ends, though there would be another agent."""
    kinds = (AgentType.GEMINI, AgentType.CLAUDE, AgentType.COPILOT)
    bench.agents = [Worker(kind.value, kind, refuse) for kind in kinds]
    async with bench.started():
        never = await bench.run(agent_switching={"max_switches_per_task": 0})
        once = await bench.run(agent_switching={"max_switches_per_task": 1})

        assert [0, 1] == [task.agent_switches for task in (never, once)]
        assert ["agent_failed"] * 2 == [task.failure_reason for task in (never, once)]
        assert "max_switches_per_task" in (once.failure_detail or "")
        assert 1 == len(await bench.told(once, "agent_switch"))
    asked = Counter(request.task_id for each in bench.agents for request in each.requests)
    assert {never.id: 1, once.id: 2} == asked


@pytest.mark.parametrize(
    ("strategy", "reasons"),
    [("round_robin", ["rotation", "rotation"]), ("cost_optimized", ["cost"])],
)
async def test_strategies_change_the_agent_for_reasons_of_their_own(
    bench: Bench, strategy: str, reasons: list[str]
) -> None:
    """In turn as often as is allowed, or away from the one that turned out dear."""
    kinds = (AgentType.GEMINI, AgentType.OPENAI)
    bench.agents = [Worker(kind.value, kind) for kind in kinds]
    allowed = {"risk_tolerance": {"allow_experimental": True}}
    config = ProjectConfiguration.model_validate(allowed)
    async with bench.started():
        project = await bench.services.projects.create("Open", ProjectType.PYTHON, None, config)
        await bench.configure(
            ml_iteration_prediction={"mode": "manual", "max_iterations": 5},
            agent_switching={
                "strategy": strategy,
                "max_switches_per_task": 2,
                "cost_ceiling": 50.0,
            },
            deep_supervision={"checkpoints": [1.0]},
        )
        task = await bench.ended(await bench.submit(project_id=project.project.id))

        told = await bench.told(task, "agent_switch")
    assert reasons == [each["reason"] for each in told]


async def test_without_supervision_there_are_no_gates(server: Bench) -> None:
    """Whatever passes its tests is accepted, and no checkpoint is told."""
    task = await server.run(deep_supervision={"enabled": False})

    assert (TaskStatus.COMPLETED, 1) == (task.status, task.current_iteration)
    assert [] == await server.told(task, "hrm_checkpoint_reached")


async def test_the_threshold_decides(server: Bench) -> None:
    """The same quality is enough for one and not for the other."""
    low = await server.run(deep_supervision={"quality_gate_threshold": 0.5})
    high = await server.run(deep_supervision={"quality_gate_threshold": 0.51})

    assert [TaskStatus.COMPLETED, TaskStatus.FAILED] == [task.status for task in (low, high)]


async def test_checkpoints_are_told_where_they_are_reached(server: Bench) -> None:
    """At the fractions of the plan that are configured."""
    task = await server.run(
        ml_iteration_prediction={"mode": "manual", "max_iterations": 4},
        deep_supervision={"checkpoints": [0.5, 1.0]},
    )

    told = await server.told(task, "hrm_checkpoint_reached")
    assert [(0.5, True), (1.0, False)] == [
        (each["checkpoint"]["progress"], each["checkpoint"]["passed"]) for each in told
    ]


@pytest.mark.parametrize(
    ("parallel", "most"),
    [({"enabled": False}, 1), ({"worker_count": 2}, 2), ({"worker_count": 16}, 3)],
)
async def test_evaluators_run_beside_each_other_as_configured(
    bench: Bench, parallel: dict[str, object], most: int
) -> None:
    """One after the other, two at a time, all at once."""
    bench.evaluators = [Score(0.5, bench.crowd, name) for name in ("tests", "lint", "diff")]
    async with bench.started():
        await bench.run(parallel_evaluation=parallel, ml_iteration_prediction=MANUAL)
    assert most == bench.crowd.most


async def test_evaluators_get_the_time_that_is_configured(server: Bench) -> None:
    """Each of them, in seconds."""
    await server.run(parallel_evaluation={"timeout_seconds": 17})

    assert {17} == set(server.evaluators[0].timeouts)


async def test_a_task_remembers_what_it_ran_under(server: Bench) -> None:
    """A preset's usage is counted by that."""
    await server.ended(await server.submit())
    configured = await server.run(deep_supervision={"quality_gate_threshold": 0.4})

    presets = {each.row.name: each.usage for each in await server.services.presets.list("test")}
    assert (1, 0.5, 4.0) == (
        presets["balanced"].count,
        presets["balanced"].quality,
        presets["balanced"].cost,
    )
    applied = (await server.services.hrm.in_force(Target())).applied
    assert (applied.config_id, None) == (configured.hrm_config_id, configured.hrm_preset_id)


async def test_the_forecast_is_told_after_each_round(server: Bench) -> None:
    """It begins above what was spent, and ends at it."""
    task = await server.run(ml_iteration_prediction=MANUAL)

    told = [each["metrics"] for each in await server.told(task, "hrm_impact_update")]
    assert [1.0, 2.0, 3.0] == [each["current_cost"] for each in told]
    assert all(each["predicted_final_cost"] > each["current_cost"] for each in told[:-1])
    assert (3.0, 0.5) == (told[-1]["predicted_final_cost"], told[-1]["quality_trajectory"])
    assert {"current_cost", "predicted_final_cost", "tokens_used", "quality_trajectory"} == set(
        told[0]
    )


@dataclass
class Halting:
    """A script that stops in the first round until it is let go."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: AgentRequest) -> AgentEvent:
        """One call."""
        if request.iteration == 1:
            self.reached.set()
            await self.go_on.wait()
        return Finished(content="done")


@pytest.mark.parametrize(("at_once", "made"), [(True, 5), (False, 3)])
async def test_a_running_task_follows_a_change_where_it_is_meant(
    bench: Bench, at_once: bool, made: int
) -> None:
    """From its next round on with `apply_immediately`, else not at all."""
    script = Halting()
    bench.agents = [Worker("claude_main", AgentType.CLAUDE, script)]
    async with bench.started():
        await bench.configure(ml_iteration_prediction=MANUAL)
        task = await bench.submit()
        async with asyncio.timeout(15):
            await script.reached.wait()
        changes = {"ml_iteration_prediction": {"max_iterations": 5}}
        wish = Wish(changes=changes, by="test", apply_now=at_once)  # type: ignore[arg-type]
        outcome = await bench.services.hrm.update(Target(), wish)
        script.go_on.set()
        task = await bench.ended(task)

        assert int(at_once) == outcome.tasks_affected
        assert (made, made) == (task.max_iterations, len(await bench.rounds(task)))
        assert at_once == (outcome.applied.config_id == task.hrm_config_id)


async def test_a_projects_own_switches_act(server: Bench) -> None:
    """Its priority, weights, risk and components bend what applies to its tasks."""
    config = ProjectConfiguration.model_validate(
        {
            "priority": {"mode": "custom", "custom_weights": {"tests": 0.0}},
            "ml_components": {"adaptive_iterations": False},
            "deployment": {"docker_enabled": True, "targets": ["staging"]},
        }
    )
    project = await server.services.projects.create("Mine", ProjectType.PYTHON, None, config)

    task = await server.ended(await server.submit(project_id=project.project.id))

    # Nothing with a weight was measured; the plan is `max_iterations`, not the prior.
    assert (None, 7) == (task.final_quality, task.max_iterations)
    where = Deployment(docker_enabled=True, targets=("staging",))
    assert {where} == set(server.evaluators[0].deployments)
    told = ("It runs on staging.", where.constraints[1])
    assert {told} == {request.constraints for request in server.agents[0].requests}
    assert "Docker" in told[1]


async def test_a_faulty_project_file_ends_a_task_before_any_call(
    bench: Bench, git_repo: GitRepoFactory
) -> None:
    """What cannot be judged as its owner wishes is not begun, and the sentence names the field."""
    git_repo.commit(bench.repository, {".phantom.toml": "[weights]\ntests = true\n"})
    async with bench.started():
        task = await bench.ended(await bench.submit())

    assert (TaskStatus.FAILED, "workspace") == (task.status, task.failure_reason)
    assert "weights.tests: Input should be a valid number" in (task.failure_detail or "")
    assert [] == bench.agents[0].requests
