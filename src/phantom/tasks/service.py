"""What can be done with tasks; the loop does the rest."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from phantom.clock import utc_now
from phantom.db import models
from phantom.engine.durable import Engine
from phantom.errors import Conflict, InvalidInput, NotFound
from phantom.events.store import EventStore
from phantom.events.types import AgentActivity
from phantom.hrm import history
from phantom.hrm.context import check_globs
from phantom.hrm.estimator import foresee
from phantom.hrm.project import ProjectWishes
from phantom.hrm.resolve import Configurations
from phantom.ledger import ledger, rollups
from phantom.orchestration.cancellation import Cancellations
from phantom.orchestration.stops import Reason
from phantom.orchestration.telling import emit_update
from phantom.orchestration.workspace import check_space, find_source
from phantom.projects.service import AD_HOC_ID, ProjectService, admit, local_checkout
from phantom.security.paths import resolve_workspace
from phantom.tasks import listing
from phantom.tasks.waiting import ENDED, EndWatch
from phantom.vocabulary import AgentType, TaskStatus, TaskType

MAX_PROMPT_BYTES = 1_048_576
_TITLE_LENGTH = 120
_AGENT_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A task as somebody asks for it."""

    prompt: str
    task_type: TaskType = TaskType.CODE_GENERATION
    files: tuple[str, ...] = ()
    workspace: str | None = None
    requires_security: bool = False
    agent: str | None = None
    project_id: str | None = None
    title: str | None = None
    description: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of tasks, newest first; `cursor` continues after its last one."""

    items: Sequence[models.Task]
    total: int
    cursor: str | None


class TaskService:
    """Rules and queries of tasks."""

    def __init__(
        self,
        *,
        store: EventStore,
        engine: Engine,
        cancellations: Cancellations,
        projects: ProjectService,
        configurations: Configurations,
        roots: Sequence[Path],
        home: Path,
    ) -> None:
        self._store = store
        self._engine = engine
        self._cancellations = cancellations
        self._projects = projects
        self._configurations = configurations
        self._roots = tuple(roots)
        self._home = home
        self._ends = EndWatch(store)

    async def submit(self, order: Order) -> models.Task:
        """Check the order, keep it, queue it. Raises InvalidInput, NotFound, Conflict, DiskFull."""
        _check(order)
        await asyncio.to_thread(check_space, self._home)
        project = await self._project(order)
        workspace = await self._workspace(order, project)
        project_id = project.id if project is not None else await self._owner(workspace)
        task = _row(order, workspace, project_id)
        await self._foresee(task)
        async with self._store.transaction() as transaction:
            await admit(transaction.session, project_id)
            transaction.session.add(task)
            await transaction.session.flush()
            emit_update(transaction, task)
        await self._engine.enqueue(task.id, task.attempt)
        return task

    async def get(self, task_id: str) -> models.Task:
        """One task. Raises NotFound."""
        async with self._store.database.read() as session:
            return await get_task(session, task_id)

    async def list(
        self,
        *,
        project_id: str | None = None,
        status: TaskStatus | None = None,
        page: int = 1,
        page_size: int = 20,
        cursor: str | None = None,
    ) -> Page:
        """Newest first, ties by id; stable while tasks are added when `cursor` is followed.

        A page by number counts past all before it; one by cursor costs the same at any depth.
        """
        if project_id is not None:
            project_id = checked_id(project_id, "project")
        asked = listing.asked(project_id, status, page, page_size, cursor)
        async with self._store.database.read() as session:
            counts = await rollups.task_counts(session, project_id)
            items = list(await session.scalars(*asked))
        full = len(items) == page_size
        total = sum(counts.values()) if status is None else counts[status]
        return Page(items, total, listing.cursor_after(items[-1]) if full and items else None)

    async def cancel(self, task_id: str) -> models.Task:
        """Stop a task. A pending one ends at once; a running one as soon as its step is stopped.

        Raises Conflict where the task has ended.
        """
        async with self._store.transaction() as transaction:
            task = await get_task(transaction.session, task_id, lock=True)
            if task.status in ENDED:
                raise Conflict(f"Task {task_id} has already ended as {task.status}.")
            task.cancel_requested = True
            if task.status == TaskStatus.PENDING:
                task.status = TaskStatus.FAILED
                task.failure_reason = Reason.CANCELLED
                task.failure_detail = "The task was cancelled before it started."
                task.completed_at = utc_now()
                session = transaction.session
                await rollups.add(session, await rollups.task_addition(session, task))
                emit_update(transaction, task)
        self._cancellations.request(task_id)
        return task

    async def retry(self, task_id: str) -> models.Task:
        """Run a failed task again, as its next attempt; what it did before is kept.

        Raises Conflict where the task has not failed, or its project takes no work.
        """
        async with self._store.transaction() as transaction:
            task = await get_task(transaction.session, task_id, lock=True)
            if task.status != TaskStatus.FAILED:
                raise Conflict(f"Task {task_id} is {task.status}; only a failed task is retried.")
            await admit(transaction.session, task.project_id)
            counted = await rollups.task_addition(transaction.session, task)
            _reset(task)
            # From now on it counts by the run that is to come.
            await rollups.add(transaction.session, -counted)
            emit_update(transaction, task)
        await self._engine.enqueue(task.id, task.attempt)
        return task

    async def choose_agent(self, task_id: str, agent_id: str, *, by: str) -> models.Task:
        """Answer the question which agent goes on.

        Raises Conflict where the task does not ask, and InvalidInput for one that it did not name.
        """
        async with self._store.transaction() as transaction:
            task = await get_task(transaction.session, task_id, lock=True)
            asked = task.question
            if asked is None or asked.get("agent_id"):
                raise Conflict(
                    f"Task {task_id} does not wait for the choice of an agent. It does where its "
                    "strategy is `manual`, and says so by `agent_choice_needed`."
                )
            known = [each["agent_id"] for each in asked["candidates"]]
            if agent_id not in known:
                raise InvalidInput(
                    f"'{agent_id[:100]}' cannot be chosen; choose one of {', '.join(known)}."
                )
            task.question = {**asked, "agent_id": agent_id}
            transaction.emit(
                AgentActivity(
                    task_id=task.id,
                    iteration=asked["iteration"],
                    agent=agent_id,
                    message=f"Chosen by {by}.",
                    detail={"kind": "chosen"},
                ),
                task_id=task.id,
                project_id=task.project_id,
            )
        return task

    async def wait(self, task_id: str) -> models.Task:
        """The task, once it has ended. Raises NotFound."""
        await self.get(task_id)
        await self._ends.ended(task_id)
        return await self.get(task_id)

    async def _foresee(self, task: models.Task) -> None:
        """What is planned for a new task, by the configuration of now; its run plans again."""
        async with self._store.database.read() as session:
            project = await session.get(models.Project, task.project_id)
            wishes = ProjectWishes.of(project.config if project is not None else {})
            applied = await self._configurations.applicable(
                session, project_id=task.project_id, preset=wishes.preset
            )
            basis = await history.basis(
                session, project_id=task.project_id, task_type=TaskType(task.task_type)
            )
        made = foresee(wishes.bend(applied.config), applied.config_id, basis)
        task.max_iterations = made.iterations
        task.estimated_cost_micros = ledger.micros(made.estimated_cost) or 0

    async def _project(self, order: Order) -> models.Project | None:
        """The project that the order names. Raises NotFound."""
        if order.project_id is None:
            return None
        return (await self._projects.get(checked_id(order.project_id, "project"))).project

    async def _workspace(self, order: Order, project: models.Project | None) -> Path | None:
        """Where the order says, else the project's own checkout, where it has one."""
        named = order.workspace
        if named is None and project is not None:
            checkout = local_checkout(project.github_repo or "")
            named = str(checkout) if checkout is not None else None
        if named is None:
            return None
        path = await asyncio.to_thread(resolve_workspace, named, self._roots)
        await find_source(path)
        return path

    async def _owner(self, workspace: Path | None) -> str:
        """The project whose checkout holds `workspace`, else the built-in one."""
        owner = await self._projects.owner_of(workspace) if workspace is not None else None
        return owner.id if owner is not None else AD_HOC_ID


def _check(order: Order) -> None:
    """Raise InvalidInput for what cannot be done or kept, whatever the state of things."""
    if not order.prompt.strip():
        raise InvalidInput("The prompt is empty; say what is to be done.")
    texts = (order.prompt, order.title, order.description, order.agent, *order.labels, *order.files)
    for text in texts:
        if text is not None and not _storable(text):
            raise InvalidInput(
                f"The text {text[:40]!r} holds a NUL or half of a surrogate pair; take it out."
            )
    if len(order.prompt.encode()) > MAX_PROMPT_BYTES:
        raise InvalidInput(
            f"The prompt is larger than {MAX_PROMPT_BYTES:,} bytes; "
            "put long material into a file of the workspace and name it in `files`."
        )
    if order.agent is not None and len(order.agent) > _AGENT_LENGTH:
        raise InvalidInput(f"No agent has a name of more than {_AGENT_LENGTH} characters.")
    check_globs(order.files)


def _storable(text: str) -> bool:
    return "\0" not in text and text == text.encode("utf-8", "ignore").decode()


def checked_id(text: str, what: str) -> str:
    """`text` as a UUID in its usual form. Raises NotFound: nothing can have another id."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound(f"There is no {what} {text[:100]!r}; ids are UUIDs.") from None


async def get_task(session: AsyncSession, task_id: str, *, lock: bool = False) -> models.Task:
    """The row of a task, locked for a change on demand. Raises NotFound."""
    task = await session.get(models.Task, checked_id(task_id, "task"), with_for_update=lock)
    if task is None:
        raise NotFound(f"There is no task {task_id}.")
    return task


def _row(order: Order, workspace: Path | None, project_id: str) -> models.Task:
    first_line = order.prompt.strip().splitlines()[0]
    return models.Task(
        id=models.new_id(),
        project_id=project_id,
        issue_number=0,
        title=(order.title or first_line)[:_TITLE_LENGTH],
        description=order.description if order.description is not None else order.prompt,
        labels=list(order.labels),
        status=TaskStatus.PENDING,
        prompt=order.prompt,
        task_type=order.task_type,
        files=list(order.files),
        workspace=str(workspace) if workspace is not None else None,
        requires_security=order.requires_security,
        requested_agent=order.agent,
        assigned_agent=AgentType.LOCAL,
        attempt=1,
        current_iteration=0,
        current_quality=0.0,
    )


def _reset(task: models.Task) -> None:
    task.attempt += 1
    task.status = TaskStatus.PENDING
    task.starts = 0
    task.cancel_requested = False
    task.failure_reason = task.failure_detail = None
    task.current_iteration = task.agent_switches = 0
    task.current_quality = 0.0
    task.final_quality = None
    task.tests_passing = False
    task.security_issues = 0
    task.started_at = task.completed_at = None
    task.actual_cost_micros = task.best_iteration = None
    task.content = task.branch = task.session_id = None
    task.result = {}
    task.question = None
