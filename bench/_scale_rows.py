"""The rows of `bench.scale`, as expressions that the database computes from a task's number.

Two temporary tables hold what several rows share: `made` has a row for each task of a batch, and
`rounds` one for each of its iterations. The rows of the tables are selected from these.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from sqlalchemy import JSON, Column
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from phantom.db import models
from phantom.hrm.builtin import BUILTIN
from phantom.ledger import rollups
from phantom.projects.service import SLOTS

ROUNDS = 5
DAYS = 365
_NO_CONTEXT = cast("ExecutionContext", None)
"""What makes an empty list looks at nothing."""
_AGENTS = ("claude", "gemini", "copilot", "local")

Values = Mapping[str, str]
"""An expression for each column."""


def md5(text: str) -> str:
    """What PostgreSQL's function of this name gives; ids are made of it, and no secrets."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def task_id(number: int) -> str:
    """The id of a task."""
    return str(UUID(md5(f"task{number}")))


PROJECTS = [str(UUID(md5(slot))) for slot in SLOTS]
"""Their ids."""


@dataclass(frozen=True)
class Dialect:
    """What the databases say differently; `{}` is an expression.

    Attributes:
        prepare: what makes a connection fast; the data can be made again.
        identity: the id that belongs to a text; `literal` is a known one.
        moment: seconds since the epoch as a moment; `seconds` is the other way, `day` its date.
        finish: how the database is left; what no server does is not done here.
    """

    name: str
    prepare: tuple[str, ...]
    identity: str
    literal: str
    moment: str
    seconds: str
    day: str
    finish: str


SQLITE = Dialect(
    name="SQLite",
    prepare=(
        "PRAGMA journal_mode = OFF",
        "PRAGMA synchronous = OFF",
        "PRAGMA cache_size = -3000000",
        "PRAGMA temp_store = MEMORY",
    ),
    identity="md5({})",
    literal="replace('{}', '-', '')",
    moment="strftime('%Y-%m-%d %H:%M:%S.000000', {}, 'unixepoch')",
    seconds="CAST(strftime('%s', {}) AS bigint)",
    day="substr({}, 1, 10)",
    finish="PRAGMA journal_mode = WAL",
)
POSTGRES = Dialect(
    name="PostgreSQL",
    prepare=(
        "SET session_replication_role = replica",
        "SET time zone 'UTC'",
        "SET work_mem = '256MB'",
        "SET maintenance_work_mem = '1GB'",
    ),
    identity="CAST(md5({}) AS uuid)",
    literal="CAST('{}' AS uuid)",
    moment="to_timestamp({})",
    seconds="CAST(extract(epoch FROM {}) AS bigint)",
    day="CAST({} AS date)",
    finish="VACUUM ANALYZE",
)

TASKS = """made JOIN (
    SELECT task_id, sum(cost) AS cost, sum(input + output) AS tokens, max(quality) AS quality
    FROM rounds GROUP BY task_id
) AS total ON total.task_id = made.id"""
"""What the rows of tasks are selected from."""


def made(dialect: Dialect, first: int, end: int, now: int) -> str:
    """Tasks `first` to before `end`, over the year before `now` (seconds since the epoch).

    Neighbours in time lie far apart in the order of insertion, and so on different pages of the
    table: the worse case for a list. Knuth's multiplicative hash stands for chance.
    """
    presets = [dialect.literal.format(preset.id) for preset in BUILTIN.values()]
    projects = [dialect.literal.format(project) for project in PROJECTS]
    agents = [f"'{agent}'" for agent in _AGENTS]
    return f"""
        WITH RECURSIVE numbers(n) AS (
            SELECT CAST({first} AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {end}
        )
        SELECT n, {dialect.identity.format("'task' || n")} AS id,
            {_choice(projects, len(projects))} AS project_id,
            {_choice(agents, len(agents))} AS agent,
            {_choice(presets, len(presets) + 1)} AS preset_id,
            {now} - 120 - n * 37 % {DAYS} * 86400 - n * 2654435761 % 4294967296 % 86000 AS created
        FROM numbers"""


def rounds(dialect: Dialect) -> str:
    """The iterations of what is made; quality and cost are whole millionths."""
    iteration = "'iteration' || n || '.' || number"
    return f"""
        WITH RECURSIVE numbers(number) AS (
            SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {ROUNDS}
        )
        SELECT {dialect.identity.format(iteration)} AS id, made.id AS task_id, project_id, agent,
            number, made.id || '-1-' || number AS call_id,
            created + 1 + (number - 1) * 12 AS began,
            n * 2654435761 % 4294967296 % 500000 + number * 100000 - 1 AS quality,
            (n * 7919 + number * 104729) % 40000 AS cost,
            500 + (n * 7907 + number * 331) % 3000 AS input,
            100 + (n * 6007 + number) % 900 AS output
        FROM made CROSS JOIN numbers"""


def task(dialect: Dialect) -> Values:
    """An ended task; one in seven failed, one in five ran under no preset."""
    return {
        "id": "id",
        "project_id": "project_id",
        "title": "'Task ' || n",
        "status": "CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'completed' END",
        "failure_reason": "CASE WHEN n % 7 = 0 THEN 'quality_gate' END",
        "prompt": "'Do what is to be done.'",
        "task_type": "'debugging'",
        "assigned_agent": "agent",
        "current_iteration": f"{ROUNDS}",
        "best_iteration": f"{ROUNDS}",
        "max_iterations": f"{ROUNDS}",
        "current_quality": _millionths("quality"),
        "final_quality": _millionths("quality"),
        "actual_cost_micros": "cost",
        "tokens": "tokens",
        "hrm_preset_id": "preset_id",
        "started_at": dialect.moment.format("created + 1"),
        "completed_at": dialect.moment.format(f"created + 2 + {ROUNDS * 12}"),
        "created_at": dialect.moment.format("created"),
        "updated_at": dialect.moment.format(f"created + 2 + {ROUNDS * 12}"),
    }


def iteration(dialect: Dialect) -> Values:
    """An evaluated iteration: a call of nine seconds, then three of evaluation."""
    score = _millionths("quality")
    components = f"""'{{"coverage": ' || {score} || ', "security": ' || {score} || '}}'"""
    return {
        "id": "id",
        "task_id": "task_id",
        "attempt": "1",
        "number": "number",
        "agent": "agent || '_main'",
        "quality": score,
        "components": f"JSON({components})",
        "tokens": "input + output",
        "cost_micros": "cost",
        "evaluation_seconds": "3.0",
        "evaluators_seconds": "5.0",
        "started_at": dialect.moment.format("began"),
        "completed_at": dialect.moment.format("began + 12"),
    }


def call(dialect: Dialect) -> Values:
    """The call of an iteration."""
    return {
        "call_id": "call_id",
        "task_id": "task_id",
        "attempt": "1",
        "iteration": "number",
        "agent": "agent || '_main'",
        "agent_type": "agent",
        "state": "'finished'",
        "terminal": """JSON('{"type": "finished", "content": "Done.", "usage": {"input": '
            || input || ', "output": ' || output || '}}')""",
        "tokens": "input + output",
        "cost_micros": "cost",
        "cost_source": "'agent'",
        "context_tokens": "input",
        "original_context_tokens": "input * 3",
        "started_at": dialect.moment.format("began"),
        "completed_at": dialect.moment.format("began + 9"),
    }


def entry(dialect: Dialect, kind: str) -> Values:
    """Money that is reserved for the call of an iteration, or settled."""
    settled = kind == "settle"
    return {
        "call_id": "call_id",
        "task_id": "task_id",
        "project_id": "project_id",
        "agent": "agent || '_main'",
        "kind": f"'{kind}'",
        "amount_micros": "cost" if settled else "40000",
        "source": "'agent'" if settled else "'table'",
        "created_at": dialect.moment.format("began + 9" if settled else "began"),
    }


def insertion(model: type[models.Base], source: str, values: Values) -> str:
    """The statement that inserts `values` from `source`, and the model's own defaults."""
    table = model.metadata.tables[model.__tablename__]
    given = {**_defaults(table.columns.values()), **values}
    columns = ", ".join(f'"{name}"' for name in given)
    return f"INSERT INTO {table.name} ({columns}) SELECT {', '.join(given.values())} FROM {source}"


def _defaults(columns: Sequence[Column[object]]) -> dict[str, str]:
    """What stands in columns that may not be empty, unless something else is given."""
    found = {}
    for column in columns:
        match column.default:
            case ScalarElementColumnDefault(arg=value) if not column.nullable:
                found[column.name] = json.dumps(value)
            case CallableColumnDefault(arg=made) if isinstance(column.type, JSON):
                found[column.name] = f"'{json.dumps(made(_NO_CONTEXT))}'"
    return found


def _choice(options: Sequence[str], among: int) -> str:
    """One of `options` by the task's number, nothing for numbers that have none."""
    cases = " ".join(f"WHEN {n} THEN {option}" for n, option in enumerate(options))
    return f"CASE n % {among} {cases} END"


def _millionths(column: str) -> str:
    return f"(CAST({column} AS double precision) / 1000000)"


def sums(dialect: Dialect) -> Sequence[str]:
    """The statements that add up the rollups from the rows, as `phantom.ledger.rollups` says."""
    usage = "CAST(agent_calls.terminal -> 'usage' ->> '{}' AS bigint)"
    tasks = {
        "tasks_ended": "count(*)",
        "tasks_completed": "sum(CASE WHEN tasks.status = 'completed' THEN 1 ELSE 0 END)",
        "tasks_run": "count(*)",
        "run_milliseconds": _milliseconds(dialect, "tasks"),
        "run_iterations": "sum(tasks.current_iteration)",
        "tasks_charged": "count(tasks.actual_cost_micros)",
        "charged_micros": "sum(tasks.actual_cost_micros)",
        **_scores("quality", "tasks.final_quality"),
        **_scores("coverage", "CAST(iterations.components ->> 'coverage' AS double precision)"),
        **_scores("security", "CAST(iterations.components ->> 'security' AS double precision)"),
    }
    iterations = {
        "iterations": "count(*)",
        "timed_milliseconds": _milliseconds(dialect, "iterations"),
        "sequential_milliseconds": _milliseconds(dialect, "iterations")
        + " + sum(CAST((evaluators_seconds - evaluation_seconds) * 1000 AS bigint))",
    }
    calls = {
        "calls": "count(*)",
        "cost_micros": "sum(agent_calls.cost_micros)",
        "tokens": "sum(agent_calls.tokens)",
        "sent_tokens": "sum(context_tokens)",
        "original_tokens": "sum(original_context_tokens)",
        "priced_calls": "count(agent_calls.cost_micros)",
        "priced_micros": "sum(agent_calls.cost_micros)",
        "priced_input": f"sum({usage.format('input')})",
        "priced_output": f"sum({usage.format('output')})",
    }
    of_task = "JOIN tasks ON tasks.id ="
    return [
        _addition(
            dialect,
            "tasks",
            "JOIN iterations ON task_id = tasks.id AND number = best_iteration",
            tasks,
        ),
        _addition(dialect, "iterations", f"{of_task} iterations.task_id", iterations),
        _addition(dialect, "agent_calls", f"{of_task} agent_calls.task_id", calls),
        _EVER,
        _presets(tasks),
    ]


_FIGURES = ", ".join(rollups.FIGURES)
_EVER = f"""
    INSERT INTO rollups (day, project_id, agent, {_FIGURES})
    SELECT '{rollups.EVER}', project_id, agent,
        {", ".join(f"sum({name})" for name in rollups.FIGURES)}
    FROM rollups WHERE true GROUP BY project_id, agent"""


def _presets(tasks: Values) -> str:
    return f"""
        INSERT INTO preset_sums (preset_id, project_id, {", ".join(rollups.OF_PRESET)})
        SELECT hrm_preset_id, project_id, {", ".join(tasks[name] for name in rollups.OF_PRESET)}
        FROM tasks WHERE hrm_preset_id IS NOT NULL GROUP BY hrm_preset_id, project_id"""


def _addition(dialect: Dialect, table: str, join: str, figures: Values) -> str:
    day = dialect.day.format(f"{table}.completed_at")
    added = ", ".join(f"{name} = rollups.{name} + excluded.{name}" for name in rollups.FIGURES)
    return f"""
        INSERT INTO rollups (day, project_id, agent, {_FIGURES})
        SELECT {day}, tasks.project_id, tasks.assigned_agent,
            {", ".join(figures.get(name, "0") for name in rollups.FIGURES)}
        FROM {table} {join}
        WHERE {table}.completed_at IS NOT NULL
        GROUP BY {day}, tasks.project_id, tasks.assigned_agent
        ON CONFLICT (day, project_id, agent) DO UPDATE SET {added}"""


def _milliseconds(dialect: Dialect, table: str) -> str:
    end = dialect.seconds.format(f"{table}.completed_at")
    return f"sum(({end} - {dialect.seconds.format(f'{table}.started_at')}) * 1000)"


def _scores(name: str, value: str) -> Values:
    return {
        f"{name}_micros": f"sum(CAST(round({value} * 1000000) AS bigint))",
        f"{name}_count": f"count({value})",
    }
