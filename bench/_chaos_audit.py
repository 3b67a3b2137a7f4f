"""What must be true after a chaos run, checked against git, the receipts and the process table.

Each check returns sentences about what is wrong; none means that it holds.
"""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bench._chaos_agent import PRICE, STEPS
from phantom.engine import storage

ITERATIONS = 2


@dataclass(frozen=True)
class Checkout:
    """What of the user's repository must be the same afterwards."""

    head: str
    status: str
    config: bytes
    index: bytes
    hooks: tuple[str, ...]
    other_refs: tuple[str, ...]

    @classmethod
    def of(cls, repository: Path) -> "Checkout":
        """The checkout as it is now."""
        git = repository / ".git"
        refs = _git(repository, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return cls(
            head=(git / "HEAD").read_text(),
            status=_git(repository, "status", "--porcelain", "--ignored"),
            config=(git / "config").read_bytes(),
            index=(git / "index").read_bytes(),
            hooks=tuple(sorted(hook.name for hook in (git / "hooks").iterdir())),
            other_refs=tuple(ref for ref in refs if not ref.startswith("refs/heads/phantom/")),
        )


def audit(home: Path, repository: Path, database_url: str, before: Checkout) -> list[str]:
    """Everything that is wrong after the run."""
    url = sa.make_url(database_url)
    sync_url = database_url if url.get_backend_name() == "sqlite" else storage.postgres_url(url)
    engine = sa.create_engine(sync_url)
    with engine.connect() as connection:
        rows = {
            name: [dict(row) for row in connection.execute(sa.text(query)).mappings()]
            for name, query in _QUERIES.items()
        }
    engine.dispose()
    return [
        *_tasks(rows["tasks"]),
        *_calls(rows["calls"], rows["ledger"], _receipts(home)),
        *_events(rows["tasks"], rows["events"]),
        *_branches(rows["tasks"], repository),
        *(["the user's checkout was touched"] if Checkout.of(repository) != before else []),
        *_processes(home),
    ]


_QUERIES = {
    "tasks": "SELECT id, status, failure_reason, failure_detail, branch, best_iteration, "
    "max_iterations, actual_cost_micros FROM tasks",
    "calls": "SELECT call_id, task_id, iteration, state, cost_micros FROM agent_calls",
    "ledger": "SELECT call_id, kind, amount_micros FROM ledger_entries",
    "events": "SELECT seq, task_id, type, body FROM events ORDER BY seq",
}


def _tasks(tasks: list[dict[str, object]]) -> Iterator[str]:
    for task in tasks:
        if task["status"] != "completed" or task["best_iteration"] != ITERATIONS:
            yield f"task {task['id']} ended as {task}"
        if task["actual_cost_micros"] != round(ITERATIONS * PRICE * 1e6):
            yield f"task {task['id']} cost {task['actual_cost_micros']}"


def _calls(
    calls: list[dict[str, object]], ledger: list[dict[str, object]], receipts: Counter[str]
) -> Iterator[str]:
    for call_id, times in receipts.items():
        if times != 1:
            yield f"the call {call_id} was made {times} times"
    if set(receipts) != {str(call["call_id"]) for call in calls}:
        yield "the receipts and the journal name different calls"
    per_iteration = Counter((call["task_id"], call["iteration"]) for call in calls)
    for (task, iteration), times in per_iteration.items():
        if times != 1:
            yield f"iteration {iteration} of task {task} has {times} calls"
    settled = Counter(str(row["call_id"]) for row in ledger if row["kind"] == "settle")
    for call in calls:
        if call["state"] != "finished":
            yield f"the call {call['call_id']} is {call['state']}"
        if settled[str(call["call_id"])] != 1:
            yield f"the call {call['call_id']} was settled {settled[str(call['call_id'])]} times"


def _events(tasks: list[dict[str, object]], events: list[dict[str, object]]) -> Iterator[str]:
    told: dict[str, list[str]] = {_id(task["id"]): [] for task in tasks}
    for event in events:
        told[_id(event["task_id"])].append(_shown(event))
    # The plan shrinks once enough tasks have shown how many iterations they need.
    planned = {_id(task["id"]): int(str(task["max_iterations"])) for task in tasks}
    for task_id, seen in told.items():
        expected = expected_events(planned[task_id])
        if seen != expected:
            odd = Counter(seen) - Counter(expected), Counter(expected) - Counter(seen)
            yield f"task {task_id}: too many {dict(odd[0])}, missing {dict(odd[1])}; {seen}"


def expected_events(planned: int) -> list[str]:
    """The events of an undisturbed task that may take `planned` iterations, in order."""
    story = ["pending 0", "in_progress 0"]
    for number in range(1, ITERATIONS + 1):
        story.append(f"in_progress {number}")
        story += [f"activity {number} step {step} of {STEPS}" for step in range(1, STEPS + 1)]
        story.append(f"activity {number} edited calc.py")
        story.append(f"feedback {number}")
        passed = [point for point in _CHECKPOINTS if number - 1 < point * planned <= number]
        story += [f"checkpoint {point}" for point in passed[-1:]]
        story.append("hrm_impact_update")
        story.append(f"in_progress {number}")
    return [*story, "result completed", f"completed {ITERATIONS}"]


# Those of the default configuration; an iteration that passes two tells the later one.
_CHECKPOINTS = (0.33, 0.66, 1.0)


def _shown(event: dict[str, object]) -> str:
    body = event["body"]
    fields = json.loads(body) if isinstance(body, str) else body
    assert isinstance(fields, dict)
    match event["type"]:
        case "task_update":
            return f"{fields['status']} {fields['current_iteration']}"
        case "agent_activity":
            return f"activity {fields['iteration']} {fields['message']}"
        case "feedback_loop":
            return f"feedback {fields['iteration']}"
        case "hrm_checkpoint_reached":
            return f"checkpoint {fields['checkpoint']['progress']}"
        case "task_result":
            return f"result {fields['status']}"
        case other:
            return str(other)


def _branches(tasks: list[dict[str, object]], repository: Path) -> Iterator[str]:
    listed = _git(repository, "for-each-ref", "--format=%(refname:short)", "refs/heads/phantom/")
    wanted = {str(task["branch"]) for task in tasks}
    if set(listed.split()) != wanted:
        yield f"branches {sorted(set(listed.split()) ^ wanted)} are not those of the tasks"
    for branch in set(listed.split()) & wanted:
        if "return a + b" not in _git(repository, "show", f"{branch}:calc.py"):
            yield f"the branch {branch} does not hold the best iteration"


def _processes(home: Path) -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            here = str(entry.joinpath("cwd").readlink()).startswith(str(home))
            marked = b"PHANTOM_MARK=" in (entry / "environ").read_bytes()
            ours = str(home).encode() in (entry / "environ").read_bytes()
        except OSError:
            continue
        if state != "Z" and (here or (marked and ours)):
            yield f"process {entry.name} is left over"


def _receipts(home: Path) -> Counter[str]:
    receipts = home / "receipts"
    lines = receipts.read_text().splitlines() if receipts.exists() else []
    return Counter(line.split()[0] for line in lines)


def _id(value: object) -> str:
    """SQLite stores a UUID without its dashes."""
    return str(value).replace("-", "")


def _git(repository: Path, *args: str) -> str:
    command = ["git", "-c", "core.fsmonitor=false", *args]
    return subprocess.run(
        command,
        cwd=repository,
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "GIT_OPTIONAL_LOCKS": "0"},
    ).stdout
