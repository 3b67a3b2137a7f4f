"""Tables. Money is in micro-dollars (integers add up exactly), time in UTC, ids are UUIDs."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    false,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from phantom.clock import utc_now
from phantom.db.types import OutsideText, UtcDateTime

MICROS = 1_000_000
"""Micro-dollars in a dollar."""

_ID = Uuid(as_uuid=False)
# SQLite gives a growing rowid only to INTEGER PRIMARY KEY; PostgreSQL needs 64 bits.
_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")

JsonObject = dict[str, Any]
"""What a JSON column holds; its schema is the domain's."""


def new_id() -> str:
    """A fresh random UUID as text."""
    return str(uuid4())


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can change it on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Project(Base):
    """A repository under Phantom's care; the built-in ad-hoc project holds no slot."""

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    github_repo: Mapped[str | None] = mapped_column(Text)
    slot: Mapped[str | None] = mapped_column(String(20), unique=True)
    trusted: Mapped[bool] = mapped_column(default=False, server_default=false())
    config: Mapped[JsonObject] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class Task(Base):
    """One piece of work. `attempt` counts its runs; each run has its own workflow."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_created_at_id", "created_at", "id"),
        Index("ix_tasks_project_id_created_at_id", "project_id", "created_at", "id"),
        Index("ix_tasks_status_created_at_id", "status", "created_at", "id"),
        Index(
            "ix_tasks_project_id_status_created_at_id", "project_id", "status", "created_at", "id"
        ),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(_ID, ForeignKey("projects.id", ondelete="CASCADE"))
    issue_number: Mapped[int] = mapped_column(Integer, default=0)
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str | None] = mapped_column(Text)
    labels: Mapped[list[str]] = mapped_column(JSON, default=list)
    status: Mapped[str] = mapped_column(String(20))
    failure_reason: Mapped[str | None] = mapped_column(String(60))
    failure_detail: Mapped[str | None] = mapped_column(OutsideText)

    prompt: Mapped[str] = mapped_column(Text)
    task_type: Mapped[str] = mapped_column(String(30))
    files: Mapped[list[str]] = mapped_column(JSON, default=list)
    workspace: Mapped[str | None] = mapped_column(Text)
    requires_security: Mapped[bool] = mapped_column(Boolean, default=False)
    requested_agent: Mapped[str | None] = mapped_column(String(100))

    attempt: Mapped[int] = mapped_column(Integer, default=1)
    starts: Mapped[int] = mapped_column(Integer, default=0)
    """How often this attempt was started or resumed; a crash loop ends here."""
    cancel_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    assigned_agent: Mapped[str] = mapped_column(String(100))
    agent_switches: Mapped[int] = mapped_column(Integer, default=0)
    current_iteration: Mapped[int] = mapped_column(Integer, default=0)
    max_iterations: Mapped[int] = mapped_column(Integer)
    current_quality: Mapped[float] = mapped_column(Float, default=0.0)
    final_quality: Mapped[float | None] = mapped_column(Float)
    tests_passing: Mapped[bool] = mapped_column(Boolean, default=False)
    security_issues: Mapped[int] = mapped_column(Integer, default=0)
    estimated_cost_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    actual_cost_micros: Mapped[int | None] = mapped_column(BigInteger)
    tokens: Mapped[int] = mapped_column(BigInteger, default=0)

    hrm_config_id: Mapped[str | None] = mapped_column(_ID)
    """The configuration that the run is pinned to: a row of `hrm_configs`, or a preset."""
    hrm_preset_id: Mapped[str | None] = mapped_column(_ID)
    """The preset that this configuration is, unchanged; None where it is of the user's making."""

    base_commit: Mapped[str | None] = mapped_column(String(64))
    branch: Mapped[str | None] = mapped_column(String(100))
    best_iteration: Mapped[int | None] = mapped_column(Integer)
    content: Mapped[str | None] = mapped_column(OutsideText)
    session_id: Mapped[str | None] = mapped_column(OutsideText)
    result: Mapped[JsonObject] = mapped_column(JSON, default=dict)

    question: Mapped[JsonObject | None] = mapped_column(JSON(none_as_null=True))
    """Which agent goes on (`manual`): what is asked and, once there is one, the answer."""

    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class Iteration(Base):
    """One round of a run: a call, its snapshot, its evaluation and the gate's word."""

    __tablename__ = "iterations"
    __table_args__ = (UniqueConstraint("task_id", "attempt", "number"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(_ID, ForeignKey("tasks.id", ondelete="CASCADE"))
    attempt: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    agent: Mapped[str] = mapped_column(String(100))
    commit: Mapped[str | None] = mapped_column(String(64))
    changed_files: Mapped[int] = mapped_column(Integer, default=0)
    quality: Mapped[float | None] = mapped_column(Float)
    components: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    not_measured: Mapped[list[str]] = mapped_column(JSON, default=list)
    tests_passing: Mapped[bool] = mapped_column(Boolean, default=False)
    security_issues: Mapped[int] = mapped_column(Integer, default=0)
    suggestions: Mapped[list[str]] = mapped_column(JSON, default=list)
    gate: Mapped[JsonObject | None] = mapped_column(JSON)
    turn: Mapped[JsonObject | None] = mapped_column(JSON(none_as_null=True))
    """What followed it, and why; None where nothing was left to decide."""
    switches: Mapped[list[JsonObject]] = mapped_column(JSON, default=list, server_default="[]")
    """Changes of the agent that it began with or saw."""
    tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_micros: Mapped[int | None] = mapped_column(BigInteger)
    evaluation_seconds: Mapped[float | None] = mapped_column(Float)
    """Wall time of its evaluation."""
    evaluators_seconds: Mapped[float | None] = mapped_column(Float)
    """What its evaluators took, added up, each counted once."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# A statement that is run often is made once: putting it together takes longer than running it.
ITERATION = select(Iteration).where(
    Iteration.task_id == bindparam("task_id"),
    Iteration.attempt == bindparam("attempt"),
    Iteration.number == bindparam("number"),
)
"""One iteration, by `task_id`, `attempt` and `number`."""


class AgentCall(Base):
    """The journal of paid work: a finished call is a row before its step returns."""

    __tablename__ = "agent_calls"
    __table_args__ = (Index("ix_agent_calls_agent_completed_at", "agent", "completed_at"),)

    call_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    task_id: Mapped[str] = mapped_column(
        _ID, ForeignKey("tasks.id", ondelete="CASCADE"), index=True
    )
    attempt: Mapped[int] = mapped_column(Integer)
    iteration: Mapped[int] = mapped_column(Integer)
    agent: Mapped[str] = mapped_column(String(100))
    agent_type: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    """`running`, then the type of the terminal event."""
    events_seen: Mapped[int] = mapped_column(Integer, default=0)
    """How many of the call's events have been told; they come again after a restart."""
    terminal: Mapped[JsonObject | None] = mapped_column(JSON)
    """The terminal event, whole."""
    used: Mapped[JsonObject | None] = mapped_column(JSON(none_as_null=True))
    """What the agent last told of its usage, while it is at work."""
    tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_micros: Mapped[int | None] = mapped_column(BigInteger)
    cost_source: Mapped[str | None] = mapped_column(String(20))
    context_tokens: Mapped[int | None] = mapped_column(BigInteger)
    """Estimate for the excerpts that the agent was shown."""
    original_context_tokens: Mapped[int | None] = mapped_column(BigInteger)
    """The same for all the files that they were taken from."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StepRecord(Base):
    """A finished step's output, written in the transaction of the step's other rows and events.

    A run that was cut off begins anew; this row makes the step a look-up. Of two workers that do
    one step, the first one's row counts.
    """

    __tablename__ = "step_records"

    task_id: Mapped[str] = mapped_column(
        _ID, ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True
    )
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True)
    step: Mapped[str] = mapped_column(String(40), primary_key=True)
    output: Mapped[JsonObject] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Evaluation(Base):
    """What one evaluator measured in one iteration."""

    __tablename__ = "evaluations"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    iteration_id: Mapped[str] = mapped_column(
        _ID, ForeignKey("iterations.id", ondelete="CASCADE"), index=True
    )
    evaluator: Mapped[str] = mapped_column(String(60))
    verdict: Mapped[str] = mapped_column(String(20))
    score: Mapped[float | None] = mapped_column(Float)
    summary: Mapped[str] = mapped_column(OutsideText)
    findings: Mapped[list[JsonObject]] = mapped_column(JSON, default=list)
    metrics: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    seconds: Mapped[float] = mapped_column(Float)


class Feedback(Base):
    """What a person thinks of a run's result; kept for learning."""

    __tablename__ = "feedback"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(
        _ID, ForeignKey("tasks.id", ondelete="CASCADE"), index=True
    )
    attempt: Mapped[int] = mapped_column(Integer)
    iteration: Mapped[int | None] = mapped_column(Integer)
    """The iteration that it is about: the one that was kept, None where there was none."""
    verdict: Mapped[str] = mapped_column(String(20))
    text: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class LedgerEntry(Base):
    """Money reserved for a call and settled after it; a call has at most one of each kind."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("call_id", "kind"),
        Index("ix_ledger_entries_project_id_created_at", "project_id", "created_at"),
        Index(
            "ix_ledger_entries_open",
            "project_id",
            postgresql_where=text("open"),
            sqlite_where=text("open = 1"),
        ),
    )

    id: Mapped[int] = mapped_column(_SEQUENCE, primary_key=True, autoincrement=True)
    call_id: Mapped[str] = mapped_column(String(120))
    task_id: Mapped[str] = mapped_column(
        _ID, ForeignKey("tasks.id", ondelete="CASCADE"), index=True
    )
    project_id: Mapped[str] = mapped_column(_ID, ForeignKey("projects.id", ondelete="CASCADE"))
    agent: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    """`reserve`, `settle`, or `refund` of what a stopped call did not use."""
    amount_micros: Mapped[int | None] = mapped_column(BigInteger)
    """None where the cost is unknown."""
    foreseen_micros: Mapped[int | None] = mapped_column(BigInteger)
    """Of a reservation: what the call was taken to cost; more than was left to be set aside."""
    allowed_micros: Mapped[int | None] = mapped_column(BigInteger)
    """Of a reservation: what the caps left for the call; None where there was none."""
    open: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """True for the reservation of a call that is not settled yet."""
    source: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Spending(Base):
    """What counts against caps, by the day (UTC) on which calls were settled, in micro-dollars.

    It outlives its project: what was spent today is spent, whatever is deleted.
    """

    __tablename__ = "spendings"

    project_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    micros: Mapped[int] = mapped_column(BigInteger)


class Event(Base):
    """What happened, in order: the truth behind every live view."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_task_id_seq", "task_id", "seq"),
        Index("ix_events_project_id_seq", "project_id", "seq"),
        # Or SQLite would give a number again whose row has been deleted.
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(_SEQUENCE, primary_key=True, autoincrement=True)
    task_id: Mapped[str | None] = mapped_column(_ID)
    project_id: Mapped[str | None] = mapped_column(_ID)
    type: Mapped[str] = mapped_column(String(40))
    body: Mapped[JsonObject] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class HrmConfig(Base):
    """One version of an HRM configuration at one scope; the newest version applies."""

    __tablename__ = "hrm_configs"
    __table_args__ = (UniqueConstraint("scope", "scope_id", "version"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    scope: Mapped[str] = mapped_column(String(10))
    """`server`, `project` or `task`."""
    scope_id: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(Integer)
    config: Mapped[JsonObject] = mapped_column(JSON)
    preset_name: Mapped[str | None] = mapped_column(String(100))
    preset_id: Mapped[str | None] = mapped_column(_ID)
    temporary: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Applies only as long as the server process that wrote it remembers it."""
    updated_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class HrmPreset(Base):
    """A named configuration of somebody's own; the built-in ones are part of the program."""

    __tablename__ = "hrm_presets"
    __table_args__ = (UniqueConstraint("created_by", "name"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text)
    icon: Mapped[str] = mapped_column(String(50))
    color: Mapped[str] = mapped_column(String(20))
    visibility: Mapped[str] = mapped_column(String(10))
    created_by: Mapped[str] = mapped_column(String(100))
    config: Mapped[JsonObject] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class Tuning(Base):
    """How far a project has been tuned, and until when somebody is at it."""

    __tablename__ = "tunings"

    project_id: Mapped[str] = mapped_column(
        _ID, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    tasks_ended: Mapped[int] = mapped_column(BigInteger)
    """How many tasks of the project had ended when it was last tuned."""
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """A search that has not come back until then has died; None while there is none."""
    preset_id: Mapped[str | None] = mapped_column(_ID)
    """The last proposal."""


class AgentConnection(Base):
    """An agent that somebody connected; the embedded one has a row once it was changed."""

    __tablename__ = "agent_connections"

    agent_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    agent_name: Mapped[str] = mapped_column(String(200))
    agent_type: Mapped[str] = mapped_column(String(20))
    connection_type: Mapped[str] = mapped_column(String(10))
    endpoint: Mapped[str | None] = mapped_column(Text)
    port: Mapped[int | None] = mapped_column(Integer)
    api_key_id: Mapped[str | None] = mapped_column(String(100))
    """Name of a stored key or `env:NAME`, never a key."""
    model: Mapped[str | None] = mapped_column(String(200))
    """The provider's name for the model to ask; null for the default."""
    enabled: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class AgentBreaker(Base):
    """An agent's circuit breaker; an agent that never failed has no row."""

    __tablename__ = "agent_breakers"

    agent_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    failure_count: Mapped[int] = mapped_column(Integer)
    """Failures in a row."""
    last_failure: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trial_call: Mapped[str | None] = mapped_column(String(120))
    """The call that decides whether it closes."""
    trial_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RateWindow(Base):
    """Until when an agent has used up what its provider lets it use; gone after its next success.

    All workers share it: one refusal is enough for all.
    """

    __tablename__ = "rate_windows"

    agent_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resumes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    refusals: Mapped[int] = mapped_column(Integer)
    """Windows in a row without a success in between."""


class Rollup(Base):
    """What happened on a day (UTC) in a project by an agent type, added up.

    Everything is a whole number, so that adding and taking away are exact and the order does not
    matter. `phantom.ledger.rollups` says what enters each of them.
    """

    __tablename__ = "rollups"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    project_id: Mapped[str] = mapped_column(
        _ID, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    agent: Mapped[str] = mapped_column(String(20), primary_key=True)

    tasks_ended: Mapped[int] = mapped_column(BigInteger, default=0)
    tasks_completed: Mapped[int] = mapped_column(BigInteger, default=0)
    tasks_cancelled: Mapped[int] = mapped_column(BigInteger, default=0)
    tasks_run: Mapped[int] = mapped_column(BigInteger, default=0)
    run_milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)
    run_iterations: Mapped[int] = mapped_column(BigInteger, default=0)
    tasks_charged: Mapped[int] = mapped_column(BigInteger, default=0)
    charged_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    quality_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    quality_count: Mapped[int] = mapped_column(BigInteger, default=0)
    coverage_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    coverage_count: Mapped[int] = mapped_column(BigInteger, default=0)
    security_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    security_count: Mapped[int] = mapped_column(BigInteger, default=0)

    iterations: Mapped[int] = mapped_column(BigInteger, default=0)
    timed_milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)
    sequential_milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)

    calls: Mapped[int] = mapped_column(BigInteger, default=0)
    calls_of_unknown_cost: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    sent_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    original_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    priced_calls: Mapped[int] = mapped_column(BigInteger, default=0)
    priced_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    priced_input: Mapped[int] = mapped_column(BigInteger, default=0)
    priced_output: Mapped[int] = mapped_column(BigInteger, default=0)
    priced_cache_read: Mapped[int] = mapped_column(BigInteger, default=0)
    priced_cache_write: Mapped[int] = mapped_column(BigInteger, default=0)


class PresetSum(Base):
    """What the ended tasks of a project that were held to a preset came to, added up.

    A part of what `Rollup` keeps, under the same names and by the same rules.
    """

    __tablename__ = "preset_sums"

    preset_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    project_id: Mapped[str] = mapped_column(
        _ID, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    tasks_ended: Mapped[int] = mapped_column(BigInteger, default=0)
    tasks_run: Mapped[int] = mapped_column(BigInteger, default=0)
    run_milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)
    tasks_charged: Mapped[int] = mapped_column(BigInteger, default=0)
    charged_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    quality_count: Mapped[int] = mapped_column(BigInteger, default=0)
    quality_micros: Mapped[int] = mapped_column(BigInteger, default=0)


class Worker(Base):
    """A live process that runs tasks; the row is its lease, renewed by its heartbeat."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    host: Mapped[str] = mapped_column(String(100))
    pid: Mapped[int] = mapped_column(Integer)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiToken(Base):
    """A token by which somebody may use the API; of the token itself only a digest is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    """What tells it apart where it is shown."""
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Within some minutes: not every request is written down."""


class WorkStart(Base):
    """Somebody started work, within the last minute, where that is limited over several servers."""

    __tablename__ = "work_starts"
    __table_args__ = (Index("ix_work_starts_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(_SEQUENCE, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(100))
    """Whose: a token's id, or a name where there is none."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SocketTicket(Base):
    """A ticket that opens one WebSocket within seconds; used ones are gone."""

    __tablename__ = "socket_tickets"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_id: Mapped[str | None] = mapped_column(
        _ID, ForeignKey("api_tokens.id", ondelete="CASCADE"), index=True
    )
    """Whose it is; None where it was given without a token."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class StoredKey(Base):
    """A key for somebody else's service, encrypted; it is sent to its host and to no other."""

    __tablename__ = "stored_keys"

    key_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    host: Mapped[str] = mapped_column(String(300))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The value under a key of its own."""
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    """That key under the master key."""
    master_id: Mapped[str] = mapped_column(String(20))
    """Which master key that is."""
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ExportPosition(Base):
    """How far somebody outside has been told of the events, and which process is telling now."""

    __tablename__ = "export_positions"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    """Sequence number of the last event that was told."""
    holder: Mapped[str | None] = mapped_column(String(60))
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """A holder that is silent until then has died."""
