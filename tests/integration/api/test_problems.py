"""Errors: always JSON with a sentence, and never a 500 for what a client sends."""

import json
import re
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from phantom.api.application import Application
from phantom.api.problems import INTERNAL
from tests.support.api import Edge

UNKNOWN = "5e2f2cd5-9d2b-4a6e-8a3c-2f9a9c1d7b10"
JSON_TYPE = {"Content-Type": "application/json"}
# The application is the same for all examples: none may harm the next.
FUZZED = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ERRORS = [
    ("GET", "/nowhere", 404, "There is no GET /nowhere here"),
    ("GET", "/api/tasks/", 404, "/docs"),
    ("DELETE", "/api/tasks", 405, "/api/tasks takes GET, POST, not DELETE."),
    ("PUT", "/api/health", 405, "takes GET"),
    ("GET", "/api/tasks/123", 404, "ids are UUIDs"),
    ("GET", f"/api/tasks/{UNKNOWN}", 404, UNKNOWN),
    ("GET", f"/api/tasks/{UNKNOWN}/iterations", 404, UNKNOWN),
    ("GET", f"/api/tasks/{UNKNOWN}/events", 404, UNKNOWN),
    ("POST", f"/api/tasks/{UNKNOWN}/cancel", 404, UNKNOWN),
    ("POST", f"/api/tasks/{UNKNOWN}/retry", 404, UNKNOWN),
    ("GET", f"/api/projects/{UNKNOWN}", 404, UNKNOWN),
    ("GET", "/api/tasks?page_size=101", 400, "query.page_size"),
    ("GET", "/api/tasks?page=0", 400, "query.page"),
    ("GET", "/api/tasks?page=99999999999999999999", 400, "query.page"),
    ("GET", "/api/tasks?status=done", 400, "'pending', 'in_progress'"),
    ("GET", "/api/tasks?cursor=x", 400, "cursor"),
    ("GET", "/api/tasks?cursor=W251bGwsMV0=", 400, "cursor"),
]
WRONG_FIELDS: list[tuple[object, str]] = [
    ({}, "body.prompt"),
    ({"prompt": 5}, "body.prompt"),
    ({"prompt": "a\0b"}, "body.prompt"),
    ({"prompt": "x", "task_type": "magic"}, "body.task_type"),
    ({"prompt": "x", "files": ["a", 5]}, "body.files.1"),
    ({"prompt": "x", "promt": "y"}, "body.promt"),
    ({"prompt": "x", "wait": "perhaps"}, "body.wait"),
    ([], "body"),
]
NO_REPOSITORIES = [
    "https://user:hunter2@github.com/user/repo",
    "http://github.com/user/repo",
    "git@github.com:user/repo",
    "../repo",
    "--upload-pack=x",
    "https://",
    "https://[::1",
    "file://elsewhere/repo",
    "a b/c",
]
ODD_TEXT = st.text(alphabet=st.characters(codec=None), max_size=20)
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ODD_TEXT
    | st.sampled_from([10**400, -1, "\0", "\ud800", UNKNOWN]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXT, inner, max_size=3),
    max_leaves=6,
)


async def test_errors_are_sentences(asking: httpx.AsyncClient) -> None:
    """With the status of their kind, on either database."""
    for method, path, status, said in ERRORS:
        answer = await asking.request(method, path)
        assert status == answer.status_code, path
        assert said in answer.json()["detail"]
        assert answer.json()["detail"].endswith(".")
        if status == 405:
            assert answer.headers["Allow"] in answer.json()["detail"]


async def test_a_wrong_field_is_named_by_its_path(asking: httpx.AsyncClient) -> None:
    """400 with `errors`: the field's path and what is wrong with it."""
    for body, field in WRONG_FIELDS:
        answer = await asking.post("/api/orchestration/execute", json=body)
        assert 400 == answer.status_code, body
        assert field in [each["field"] for each in answer.json()["errors"]]
        assert {"field", "message"} == set(answer.json()["errors"][0])
        assert field in answer.json()["detail"]


async def test_what_is_no_json_is_400(asking: httpx.AsyncClient) -> None:
    """However it is broken."""
    for body in (b"{", b'{"a": 1', b"\xff\xfe", b'{"prompt": "\\ud800"}', b"NaN", b"[" * 5000):
        answer = await asking.post("/api/orchestration/execute", content=body, headers=JSON_TYPE)
        assert 400 == answer.status_code, body
        assert answer.json()["detail"].endswith(".")


async def test_a_repository_that_cannot_be_one_is_refused(asking: httpx.AsyncClient) -> None:
    """Nor one whose password everybody would read."""
    for repository in NO_REPOSITORIES:
        body = {"name": "P", "github_repo": repository}
        answer = await asking.post("/api/projects", json=body)
        assert 400 == answer.status_code, repository
        assert "hunter2" not in answer.text


async def test_a_weight_is_a_number(asking: httpx.AsyncClient) -> None:
    """Neither database can keep another, and no mean can be made of it."""
    for weight in ("NaN", "Infinity", "-1", '"x"'):
        config = f'{{"priority": {{"custom_weights": {{"tests": {weight}}}}}}}'
        body = f'{{"name": "P", "config": {config}}}'
        answer = await asking.post("/api/projects", content=body, headers=JSON_TYPE)
        assert 400 == answer.status_code, weight
    assert [] == (await asking.get("/api/projects")).json()


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    path=st.sampled_from(["/api/projects", "/api/orchestration/execute", "/api/tasks"]),
    base=st.sampled_from([{}, {"name": "P"}, {"prompt": " "}, {"title": " "}]),
    field=st.sampled_from(
        ["name", "type", "github_repo", "config", "prompt", "files", "labels", "agent", "workspace"]
    )
    | ODD_TEXT,
    value=ODD,
)
async def test_no_body_makes_a_500(
    asking: httpx.AsyncClient, path: str, base: dict[str, object], field: str, value: object
) -> None:
    """Whatever stands in whichever field: served or refused, in JSON that can be read."""
    body = json.dumps(base | {field: value})
    answer = await asking.post(path, content=body, headers=JSON_TYPE)
    assert answer.status_code in {201, 400, 404}, answer.text
    assert answer.json()


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=st.sampled_from(["page", "page_size", "status", "cursor", "project_id", "x"]),
    value=ODD_TEXT | st.integers().map(str) | st.binary(max_size=60).map(lambda b: b.hex()),
)
async def test_no_query_makes_a_500(asking: httpx.AsyncClient, name: str, value: str) -> None:
    """Numbers of any size, cursors of any kind, text of any script."""
    printable = value.encode("utf-8", "replace").decode()
    answer = await asking.get("/api/tasks", params={name: printable})
    assert answer.status_code in {200, 400, 404}, answer.text


@pytest.fixture
def app(tmp_path: Path) -> Application:
    """The application with a bug in it."""
    app = Edge(tmp_path).app

    @app.api.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError("password=hunter2")

    return app


async def test_a_bug_tells_nothing_of_its_inside(app: Application) -> None:
    """The reference's sentence, whatever the exception says; the client is not left hanging."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        with capture_logs() as logs:
            answer = await client.get("/broken")
    assert ["password=hunter2"] == [str(line["exc_info"]) for line in logs]
    assert (500, {"detail": INTERNAL}) == (answer.status_code, answer.json())
    assert re.match(r"Internal server error: .+\.", INTERNAL)
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
