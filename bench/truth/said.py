"""What Phantom says: by its API, its WebSocket and its metrics, kept as it came."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

Json = dict[str, Any]
_PATIENCE_SECONDS = 600.0
_ENDED = {"completed", "failed", "cancelled"}


@dataclass(slots=True)
class Told:
    """What is said of one task.

    Attributes:
        label: of its repository.
        agent: id of the agent that was asked for.
        ordered_at, seen_ended_at: by this process's clock, in seconds since 1970.
        diff: the delivered one, and that of each iteration by its number.
    """

    label: str
    agent: str
    task_id: str
    ordered_at: float
    seen_ended_at: float = 0.0
    task: Json = field(default_factory=dict)
    iterations: list[Json] = field(default_factory=list)
    diff: dict[int | None, bytes] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)

    @property
    def evaluated(self) -> list[Json]:
        """The iterations that came to their evaluation."""
        return [each for each in self.iterations if each["completed_at"] is not None]


class Listener:
    """Keeps every event that `/ws` tells, until it is closed."""

    def __init__(self, url: str) -> None:
        self.events: list[Json] = []
        self._connection = connect(f"{url.replace('http', 'ws', 1)}/ws", max_size=None, proxy=None)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No more is heard."""
        self._connection.close()
        self._thread.join()

    def _listen(self) -> None:
        try:
            for message in self._connection:
                event = json.loads(message)
                if "id" in event:
                    self.events.append(event)
        except ConnectionClosed:
            return


def order(client: httpx.Client, label: str, prompt: str, workspace: str, agent: str) -> Told:
    """Order a repair, and do not wait for it."""
    ordered_at = time.time()
    body = {"prompt": prompt, "task_type": "debugging", "workspace": workspace, "agent": agent}
    answer = client.post(
        "/api/orchestration/execute", json=body, headers={"Prefer": "respond-async"}
    ).raise_for_status()
    return Told(label, agent, answer.json()["task_id"], ordered_at)


def wait(client: httpx.Client, told: Sequence[Told]) -> None:
    """Until all have ended."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    waiting = list(told)
    while waiting:
        assert time.monotonic() < deadline, f"{len(waiting)} tasks do not end"
        for each in list(waiting):
            if _get(client, f"/api/tasks/{each.task_id}")["status"] in _ENDED:
                each.seen_ended_at = time.time()
                waiting.remove(each)
        time.sleep(0.2)


def ask(client: httpx.Client, told: Told, heard: Sequence[Json]) -> None:
    """Put down all that is said of one task that has ended."""
    base = f"/api/tasks/{told.task_id}"
    told.task = _get(client, base)
    told.iterations = _get(client, f"{base}/iterations")
    told.events = [event for event in heard if event.get("task_id") == told.task_id]
    if told.task["branch"] is not None:
        told.diff[None] = client.get(f"{base}/diff").raise_for_status().content
    for iteration in told.evaluated:
        number = iteration["number"]
        answer = client.get(f"{base}/diff", params={"iteration": number})
        assert answer.is_success, f"{told.label} {told.agent}: {answer.text}"
        told.diff[number] = answer.content


def metrics(client: httpx.Client) -> dict[str, float]:
    """The page of metrics, each series by its name and labels as they stand there."""
    lines = client.get("/api/metrics").raise_for_status().text.splitlines()
    pairs = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def _get(client: httpx.Client, path: str) -> Any:  # noqa: ANN401 - it is read as it comes
    return client.get(path).raise_for_status().json()
