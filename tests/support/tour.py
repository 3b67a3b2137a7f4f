"""Every operation of the API, asked at least once on a live server, in an order that makes sense.

What is sent comes from outside: the samples of a reference, or the examples of the server's own
document. In a sample, `uuid` and the ids of examples stand for ids that only the server knows, and
are put right here.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
from pydantic import JsonValue

JsonObject = dict[str, JsonValue]
BodyOf = Callable[[str, str], JsonObject]
"""The body for a method and a path template."""
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Answered:
    """One request of a tour, and its answer."""

    method: str
    path: str
    """The template, such as `/api/tasks/{task_id}`."""
    response: httpx.Response

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.response.status_code})"


@dataclass
class Tour:
    """Walks over a server that has a repository `project` below its first root.

    Attributes:
        body: what to send where a request has a body.
        ids: the server's own ids by the name of the parameter or field that takes them.
    """

    client: httpx.Client
    body: BodyOf
    ids: dict[str, str] = field(default_factory=dict)
    answers: list[Answered] = field(default_factory=list)

    def walk(self) -> list[Answered]:
        """All answers, none of which is an error."""
        for part in (
            self._projects,
            self._hrm,
            self._presets,
            self._work,
            self._choice,
            self._agents,
        ):
            part()
        self._files()
        self._read()
        self._remove()
        refused = [f"{each}: {each.response.text}" for each in self.answers if _failed(each)]
        assert not refused, refused
        return self.answers

    def ask(
        self,
        method: str,
        path: str,
        *,
        sends: bool = False,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **changes: JsonValue,
    ) -> JsonValue:
        """Send one request, with the sample's body and `changes` to it where it `sends` one."""
        body = self._localised(self.body(method, path)) | changes if sends else None
        if method == "POST" and not sends:
            body = {}
        response = self.client.request(
            method,
            path.format(**self.ids),
            json=body,
            params=query,
            headers=headers,
        )
        self.answers.append(Answered(method, path, response))
        is_json = response.headers.get("content-type", "") == "application/json"
        return response.json() if is_json and response.content else None

    def _localised(self, body: JsonObject) -> JsonObject:
        return {
            key: self.ids[key] if key in self.ids and isinstance(value, str) else value
            for key, value in body.items()
        }

    def _keep(self, name: str, answer: JsonValue, key: str) -> str:
        assert isinstance(answer, dict), answer
        assert isinstance(answer.get(key), str), answer
        self.ids[name] = str(answer[key])
        return self.ids[name]

    def _projects(self) -> None:
        self._keep("project_id", self.ask("POST", "/api/projects", sends=True), "id")
        self.ask("PUT", "/api/projects/{project_id}", sends=True)
        self.ask("PUT", "/api/projects/{project_id}/config", sends=True)
        # The reference's own sample pauses it, and a paused project takes no work.
        self.client.put(f"/api/projects/{self.ids['project_id']}", json={"status": "active"})

    def _hrm(self) -> None:
        config = "/api/hrm/config"
        made = self.ask("POST", config, sends=True)
        before = self._keep("config_id", made, "config_id")
        made = self.ask("POST", config, sends=True)
        after = self._keep("config_id", made, "config_id")
        query = {"project_id": self.ids["project_id"]}
        self.ask("GET", config)
        self.ask("GET", config, query=query)
        self.ask("GET", f"{config}/diff", query={"from": before, "to": after})
        self.ask("GET", f"{config}/history/{{config_id}}", query={"limit": "10"})
        self.ask("POST", f"{config}/{{config_id}}/restore")
        self.ask("POST", "/api/hrm/simulate", sends=True)
        self.ask("POST", "/api/hrm/optimize", query=query)

    def _presets(self) -> None:
        presets = "/api/hrm/config/presets"
        self._keep("preset_id", self.ask("POST", presets, sends=True), "id")
        self.ask("PUT", f"{presets}/{{preset_id}}", sends=True)
        self.ask("GET", presets)
        query = {"project_id": self.ids["project_id"], "apply_immediately": "true"}
        self.ask("POST", f"{presets}/{{preset_id}}/apply", query=query)

    def _work(self) -> None:
        execute, tasks = "/api/orchestration/execute", "/api/tasks"
        done = self.ask("POST", execute, sends=True)
        self._keep("task_id", done, "task_id")
        waiting = self.ask("POST", execute, sends=True, headers={"Prefer": "respond-async"})
        self._ended(self._keep("task_id", waiting, "task_id"))
        self.ask("POST", f"{tasks}/{{task_id}}/select-iteration", sends=True)
        self.ask("POST", f"{tasks}/{{task_id}}/apply", sends=True)
        self.ask("POST", f"{tasks}/{{task_id}}/feedback", sends=True)
        for path in ("", "/iterations", "/events", "/transcript", "/diff", "/feedback"):
            self.ask("GET", f"{tasks}/{{task_id}}{path}")
        # Held by the agent until it is stopped.
        held = self.ask("POST", tasks, sends=True, title="hold", workspace="project")
        self._keep("task_id", held, "id")
        self.ask("POST", f"{tasks}/{{task_id}}/cancel")
        self._ended(self.ids["task_id"])
        self.ask("POST", f"{tasks}/{{task_id}}/retry")
        self.client.post(f"{tasks}/{self.ids['task_id']}/cancel", json={})
        self._ended(self.ids["task_id"])
        self.ask("GET", tasks)
        query = {"status": "completed", "page": "1", "page_size": "1"}
        self.ask("GET", tasks, query=query | {"project_id": self.ids["project_id"]})

    def _choice(self) -> None:
        """A task of a project in which a person says who is called."""
        tasks, project = "/api/tasks", self.ids["project_id"]

        def choose_by(strategy: str) -> None:
            body = {"project_id": project, "config": {"agent_switching": {"strategy": strategy}}}
            self.client.post("/api/hrm/config", json=body).raise_for_status()

        choose_by("manual")
        order = {"project_id": project, "title": "hold", "workspace": "project"}
        made = self.client.post(tasks, json=order).raise_for_status().json()
        task_id = self._keep("task_id", made, "id")
        question = self._until(task_id, lambda task: task["question"])["question"]
        chosen = question["candidates"][0]["agent_id"]
        self.ask("POST", f"{tasks}/{{task_id}}/choose-agent", sends=True, agent_id=chosen)
        self.client.post(f"{tasks}/{task_id}/cancel", json={})
        self._ended(task_id)
        choose_by("adaptive")

    def _ended(self, task_id: str) -> None:
        self._until(task_id, lambda task: task["status"] in {"completed", "failed"})

    def _until(self, task_id: str, holds: Callable[[JsonObject], object]) -> JsonObject:
        """The task, once something holds of it."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            task: JsonObject = self.client.get(f"/api/tasks/{task_id}").json()
            if holds(task):
                return task
            time.sleep(0.02)
        raise AssertionError(f"it does not come to be: {task}")

    def _agents(self) -> None:
        connections, keys = "/api/agents/connections", "/api/keys"
        self._keep("key_id", self.ask("POST", keys, sends=True), "key_id")
        self.ask("GET", keys)
        made = self.ask("POST", connections, sends=True)
        self._keep("agent_id", made, "agent_id")
        self.ask("GET", connections)
        self.ask("GET", f"{connections}/{{agent_id}}")
        self.ask("PUT", f"{connections}/{{agent_id}}", sends=True)

    def _files(self) -> None:
        files = "/api/agents/files"
        self._keep("file_path", self.ask("POST", files, sends=True), "file_path")
        self.ask("GET", f"{files}/{{file_path}}")
        self.ask("PUT", f"{files}/{{file_path}}", sends=True)
        self.ask("POST", f"{files}/{{file_path}}/restore")
        self.ask("GET", files, query={"file_type": "skill"})
        self.ask("GET", files)

    def _read(self) -> None:
        metrics, project = "/api/metrics", self.ids["project_id"]
        for path in ("/api/projects", "/api/projects/{project_id}"):
            self.ask("GET", path)
        self.ask("GET", f"{metrics}/dashboard")
        for path in ("quality", "cost", "agents", "performance"):
            self.ask("GET", f"{metrics}/{path}")
            self.ask("GET", f"{metrics}/{path}", query={"project_id": project})
        self.ask("GET", f"{metrics}/cost", query={"period": "7d"})
        self.ask("GET", f"{metrics}/quality", query={"start_date": "2025-11-10T00:00:00Z"})
        for path in ("health", "circuit-breaker-status"):
            self.ask("GET", f"/api/orchestration/{path}")
        self.ask("POST", "/api/ws/ticket")
        for path in ("/api/ws/health", "/api/health", "/api/metrics"):
            self.ask("GET", path)

    def _remove(self) -> None:
        self.ask("DELETE", "/api/agents/files/{file_path}")
        self.ask("DELETE", "/api/agents/connections/{agent_id}")
        self.ask("DELETE", "/api/keys/{key_id}")
        self.ask("DELETE", "/api/hrm/config/presets/{preset_id}")
        self.ask("DELETE", "/api/projects/{project_id}")


def of(answers: list[Answered], method: str, path: str) -> Iterator[httpx.Response]:
    """The answers of one operation."""
    return (each.response for each in answers if (each.method, each.path) == (method, path))


def _failed(answered: Answered) -> bool:
    # The task of a sample may have changed nothing, which cannot be applied.
    nothing = answered.path.endswith("/apply") and answered.response.status_code == 409
    return not (answered.response.is_success or nothing)
