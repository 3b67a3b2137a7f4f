"""The server answers as the API reference shows, in every sample and every interface of it.

What the reference leaves open, or an answer may not know, is in `NULLS`, each with its reason.
"""

import asyncio
import json
import re
from collections.abc import Iterator

import httpx
import pytest
from pydantic import JsonValue
from websockets.sync.client import connect

from phantom.db.database import Database
from tests.support.contract import Contract, part
from tests.support.reference import OPEN, Endpoint, Reference
from tests.support.shapes import Fields, Items, Shape
from tests.support.tour import Answered, JsonObject, Tour
from tests.support.touring import toured_server
from tests.support.wasteful import STRICT, tuned_project

NULLS = {
    "POST /api/orchestration/execute $.cost": "the price of a model may not be known",
    "POST /api/orchestration/execute $.session_id": "not every agent has sessions",
    "$.slot": "the built-in project of tasks without one holds none; it is not listed",
    "$.performance.token_reduction_percent": "nothing was compressed yet",
    "$.performance.speed_improvement_factor": "nothing was evaluated in parallel yet",
    "$.performance.cost_savings_percent": "no call had a known price yet",
    "$.cost.savings_vs_all_claude": "no call had a known price yet",
    "$.token_reduction_percent": "nothing was compressed yet",
    "$.speed_improvement_factor": "nothing was evaluated in parallel yet",
    "$.cost_savings_percent": "no call had a known price yet",
    "$.savings_vs_all_claude": "no call had a known price yet",
    "$[].overall_quality": "nothing was measured on that day",
    "$[].test_coverage": "nothing was measured on that day",
    "$[].security_score": "nothing was measured on that day",
    "$.preset_name": "a configuration that was changed is no preset",
    "$[].preset_name": "a configuration that was changed is no preset",
    "$.usage_stats.avg_quality": "nothing ran under the preset yet",
    "$.usage_stats.avg_cost": "nothing ran under the preset yet",
    "$.usage_stats.avg_duration": "nothing ran under the preset yet",
    "GET /api/ws/health $.performance.improvement": "the benchmark did not run yet",
    "feedback_loop $.quality_score": "nothing could be measured",
    "hrm_impact_update $.metrics.quality_trajectory": "nothing could be measured",
    "hrm_checkpoint_reached $.checkpoint.quality": "nothing could be measured",
    "hrm_config_update $.project_id": "the configuration of the whole server",
    "hrm_preset_applied $.project_id": "the configuration of the whole server",
}
"""Fields that may be null where the reference shows a value: a figure is never made up."""


@pytest.fixture(scope="module")
def toured(
    reference: Reference, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Contract, list[Answered], list[JsonObject]]]:
    """The declarations, the answers and the events of a tour with the reference's own samples."""
    home = tmp_path_factory.mktemp("conformance")
    with (
        toured_server(home) as (server, app),
        httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client,
        connect(server.ws("/ws"), proxy=None, max_queue=None) as socket,
    ):
        contract = Contract(app.api.openapi())

        def body(method: str, path: str) -> JsonObject:
            for endpoint in reference.endpoints:
                if (endpoint.method, endpoint.path) == (method, path):
                    for sample in reference.samples:
                        if (sample.section, sample.label) == (endpoint.section, "Request Body"):
                            return _filled(sample.value, reference)
            return contract.example(method, path)

        answers = Tour(client, body).walk()
        project = asyncio.run(_worth_tuning(f"sqlite:///{home}/phantom-home/phantom.db"))
        client.post("/api/hrm/optimize", params={"project_id": project}).raise_for_status()
        yield contract, answers, _events(socket, set(_event_types(reference)))


async def _worth_tuning(url: str) -> str:
    """The id of a project with a log that shows a better configuration."""
    database = Database(url)
    try:
        return await tuned_project(database, 110, STRICT)
    finally:
        await database.close()


def _filled(value: JsonValue, reference: Reference) -> JsonObject:
    """A request's sample with a whole configuration for each `{ ... }`."""
    project = reference.sample("2.3", "Request Body").value
    server = reference.sample("6.1", "Request Body").value
    assert isinstance(value, dict)
    assert isinstance(project, dict)
    assert isinstance(server, dict)
    config = project["config"] if "github_repo" in value else server["config"]
    return {key: config if inner == OPEN else inner for key, inner in value.items()}


def _events(socket: object, wanted: set[str]) -> list[JsonObject]:
    """What the socket was told, at least until each of `wanted` came."""
    told: list[JsonObject] = []
    while wanted - {str(event["type"]) for event in told}:
        told.append(json.loads(socket.recv(timeout=10)))  # type: ignore[attr-defined]
    return told


def _event_types(reference: Reference) -> dict[str, Fields]:
    """The reference's events by type."""
    found = {}
    for sample in reference.samples:
        if sample.section == "7.4":
            assert isinstance(sample.value, dict)
            shape = reference.shape(sample)
            assert isinstance(shape, Fields)
            found[str(sample.value["type"])] = shape
    return found


def answer_of(endpoint: Endpoint, reference: Reference) -> Shape | None:
    """What the reference says that an endpoint answers; None for a page of text, or nothing."""
    if any((s.section, s.label) == (endpoint.section, "Response") for s in reference.samples):
        return reference.shape(reference.sample(endpoint.section))
    dashboard, files = (reference.shape(reference.sample(each)) for each in ("4.1", "5.6"))
    presets = reference.shape(reference.sample("6.3"))
    assert isinstance(dashboard, Fields)
    assert isinstance(files, Fields)
    assert isinstance(files.of["files"], Items)
    assert isinstance(presets, Items)
    project, task, connection, file = (
        reference.interfaces["Project"],
        reference.interfaces["Task"],
        reference.interfaces["AgentConnection"],
        files.of["files"].each,
    )
    return {
        **dict.fromkeys(("2.2", "2.3", "2.4", "2.6"), project),
        **dict.fromkeys(("3.2", "3.3", "3.4"), task),
        "4.3": dashboard.of["cost"],
        "4.5": dashboard.of["performance"],
        **dict.fromkeys(("5.2", "5.3", "5.4"), connection),
        **dict.fromkeys(("5.7", "5.8", "5.9"), file),
        **dict.fromkeys(("6.4", "6.5"), presets.each),
        "6.7": reference.shape(reference.sample("6.1")),
        "6.9": Items(reference.shape(reference.sample("6.2"))),
        **dict.fromkeys(("2.5", "5.5", "5.10", "6.6", "8.2")),
    }[endpoint.section]


def serious(problems: list[str]) -> list[str]:
    """Those that are no null of `NULLS`."""
    return [each for each in problems if _null_key(each) is None]


def _null_key(problem: str) -> str | None:
    where, _, what = re.sub(r"\[\d+\]", "[]", problem).partition(": ")
    if what != "may be null" and not what.startswith("None is no"):
        return None
    at = where.rpartition(" ")[2]
    keys = (where, at, at.replace("$[]", "$", 1))
    return next((key for key in keys if key in NULLS), None)


def _declared(contract: Contract, method: str, path: str) -> JsonObject:
    """The schema of the success that comes with a body."""
    responses = part(contract.operations[method, path], "responses")
    (code,) = set(responses) & {"200", "201"}
    return part(responses, code, "content", "application/json", "schema")


def all_promises(contract: Contract, reference: Reference) -> list[str]:
    """Every difference between what is declared and what the reference shows."""
    schemas = part(contract.document, "components", "schemas")
    found = []
    for endpoint in reference.endpoints:
        where = (endpoint.method, endpoint.path)
        if shape := answer_of(endpoint, reference):
            differences = shape.promises(_declared(contract, *where), schemas)
            found += [f"{' '.join(where)} {each}" for each in differences]
    kinds = part(schemas, "Event", "discriminator", "mapping")
    kinds = kinds | {"connection_status": "#/components/schemas/ConnectionStatus"}
    for kind, event in _event_types(reference).items():
        differences = event.promises({"$ref": kinds[kind]}, schemas)
        found += [f"{kind} {each}" for each in differences]
    return found


Toured = tuple[Contract, list[Answered], list[JsonObject]]


def test_every_endpoint_of_the_reference_is_served(toured: Toured, reference: Reference) -> None:
    """By its method and path, with each of its query parameters."""
    contract, answers, _ = toured
    asked = {(each.method, each.path) for each in answers}
    missing = []
    for endpoint in reference.endpoints:
        where = (endpoint.method, endpoint.path)
        parameters = contract.operations.get(where, {}).get("parameters", [])
        assert isinstance(parameters, list)
        names = {each["name"] for each in parameters if isinstance(each, dict)}
        if where not in asked or not endpoint.query <= names:
            missing.append(endpoint)
    assert [] == missing


def test_every_answer_is_declared_as_the_reference_shows(
    toured: Toured, reference: Reference
) -> None:
    """Names, types, enums, ranges and nullability, whatever an answer holds by chance."""
    contract, _, _ = toured
    assert [] == serious(all_promises(contract, reference))


def test_every_allowed_null_is_needed(toured: Toured, reference: Reference) -> None:
    """What is no longer null leaves the list."""
    contract, _, _ = toured
    needed = {_null_key(each) for each in all_promises(contract, reference)}
    assert set() == set(NULLS) - needed


def test_every_live_answer_is_as_the_reference_shows(toured: Toured, reference: Reference) -> None:
    """Sent the reference's own bodies, the server answers with its fields, of its types."""
    _, answers, _ = toured
    found = []
    for endpoint in reference.endpoints:
        shape = answer_of(endpoint, reference)
        for each in answers:
            queued = each.response.status_code == 202
            if (each.method, each.path) == (endpoint.method, endpoint.path) and not queued:
                if shape is None:
                    text = each.response.headers.get("content-type", "").startswith("text/plain")
                    assert text or each.response.status_code == 204, each
                else:
                    problems = shape.problems(each.response.json())
                    found += [f"{each.method} {each.path} {problem}" for problem in problems]
    assert [] == serious(found)


def test_every_event_is_told_with_exactly_its_fields(toured: Toured, reference: Reference) -> None:
    """By a real cause; with `id` besides, and the greeting with where to come back."""
    _, _, told = toured
    found = []
    for event in told:
        shape = _event_types(reference).get(str(event["type"]))
        if shape is not None:
            found += [f"{event['type']} {each}" for each in shape.problems(event)]
            added = (
                {"last_event_id", "complete"} if event["type"] == "connection_status" else {"id"}
            )
            assert set(shape.of) | added == set(event), event["type"]
    assert [] == serious(found)


def test_every_event_of_the_reference_is_declared(toured: Toured, reference: Reference) -> None:
    """By its type; the first message of a connection is no event."""
    contract, _, _ = toured
    known = {
        str(sample.value["type"])
        for sample in reference.samples
        if sample.section == "7.4" and isinstance(sample.value, dict)
    }
    kinds = part(contract.document, "components", "schemas", "Event", "discriminator", "mapping")
    assert {"connection_status"} == known - set(kinds)


def test_every_named_enum_is_declared(toured: Toured, reference: Reference) -> None:
    """With exactly the reference's words, and the embedded agent among the types of agents."""
    contract, _, _ = toured
    schemas = part(contract.document, "components", "schemas")
    named = {
        "ProjectType": "ProjectType",
        "Project Types": "ProjectType",
        "ProjectStatus": "ProjectStatus",
        "Project Status": "ProjectStatus",
        "TaskStatus": "TaskStatus",
        "AgentType": "AgentType",
        "task_type Options": "TaskType",
        "Circuit Breaker States": "BreakerState",
        "Connection Types": "ConnectionType",
        "File Types": "FileType",
        "Agent Switching Strategies": "Strategy",
        "Visibility Options": "Visibility",
        "Severity Levels": "Severity",
        "period": "Period",
    }
    for label, schema in named.items():
        values = part(schemas, schema)["enum"]
        assert isinstance(values, list)
        assert reference.words[label] == set(map(str, values)), label
    assert {"Built-in Presets", "Query Parameters", "Allowed Origins"} == (
        set(reference.words) - set(named)
    )


def test_the_built_in_presets_are_there(toured: Toured, reference: Reference) -> None:
    """By the reference's names."""
    _, answers, _ = toured
    (listed,) = [
        each.response.json()
        for each in answers
        if (each.method, each.path) == ("GET", "/api/hrm/config/presets")
    ]
    names = {preset["name"] for preset in listed if preset["builtin"]}
    assert reference.words["Built-in Presets"] == names


def test_ranges_are_declared_for_what_is_sent(toured: Toured, reference: Reference) -> None:
    """The comments of the interface of the configuration are its bounds."""
    contract, _, _ = toured
    schemas = part(contract.document, "components", "schemas")
    differences = reference.interfaces["HRMConfig"].promises(
        {"$ref": "#/components/schemas/HrmConfigInput"}, schemas
    )
    assert [] == [each for each in differences if not each.endswith("may be absent")]


def test_every_sample_is_held_against_something(reference: Reference) -> None:
    """A sample that is added to the reference cannot be overlooked."""
    sections = {endpoint.section for endpoint in reference.endpoints}
    for sample in reference.samples:
        of_endpoint = sample.section in sections and sample.label in {"Response", "Request Body"}
        assert of_endpoint or sample.section in {"7.4", "Error Responses"}, sample.name


def test_the_reference_agrees_with_itself(reference: Reference) -> None:
    """Its samples have the form that they were read as: the parser understood them."""
    for sample in reference.samples:
        found = reference.shape(sample).problems(sample.value)
        for problem in found:
            left_out = sample.section == "2.4" or "config" in problem
            assert left_out or "'uuid' is no uuid" in problem, f"{sample.name}: {problem}"


def test_errors_are_declared_as_the_reference_shows(toured: Toured, reference: Reference) -> None:
    """Every operation may answer them, 404 where there is something to be found."""
    contract, _, _ = toured
    for sample in reference.samples:
        if sample.section == "Error Responses":
            shape = reference.shape(sample)
            code = sample.label.split()[0]
            for (method, path), operation in contract.operations.items():
                responses = part(operation, "responses")
                if code == "404" and code not in responses:
                    continue
                schema = part(responses, code, "content", "application/json", "schema")
                schemas = part(contract.document, "components", "schemas")
                for choice in schema.get("anyOf", [schema]):
                    assert isinstance(choice, dict)
                    assert [] == list(shape.promises(choice, schemas)), (method, path, code)
