"""The pages about the API and the API's own document say what the code does."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from pydantic import JsonValue

from phantom.api import reference
from phantom.api.application import Application
from phantom.api.glossary import WORDS
from phantom.events.types import EVENT
from phantom.security.guard import SOCKET_IO_PATH
from tests.support.api import Edge
from tests.support.contract import Contract
from tests.support.prometheus import families

DOCS = Path(__file__).parents[3] / "docs"
Document = dict[str, JsonValue]
UNDESCRIBED = {"JsonValue", "Event"}
"""Any JSON at all, and the union of all events, whose members say what they are."""


@pytest.fixture
def app(tmp_path: Path) -> Application:
    """The application."""
    return Edge(tmp_path).app


@pytest.fixture
def document(app: Application) -> Document:
    """Its OpenAPI document."""
    document: Document = json.loads(json.dumps(app.api.openapi()))
    return document


def table(page: str, columns: int) -> list[list[str]]:
    """The rows of a page's tables that have so many columns, without their heads."""
    lines = [line for line in (DOCS / page).read_text().splitlines() if line.startswith("| `")]
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if len(row) == columns]


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Method, path and description of each operation."""
    paths = document["paths"]
    assert isinstance(paths, dict)
    for path, methods in paths.items():
        assert isinstance(methods, dict)
        for method, operation in methods.items():
            assert isinstance(operation, dict)
            yield method.upper(), path, operation


def test_every_endpoint_is_documented(app: Application) -> None:
    """docs/api.md has a row for each route, and no others."""
    served = {
        (method, (route.path or "").replace(":path", ""))
        for route in iter_route_contexts(app.api.routes)
        for method in sorted((route.methods or {"WS"}) - {"HEAD"})
    }
    documented = {(row[0], row[1]) for row in table("api.md", 4)}
    assert served == documented


def test_every_answer_of_the_page_is_declared(document: Document) -> None:
    """The successes in docs/api.md are those of the OpenAPI document."""
    declared = {
        (method, path): {
            code
            for code, answer in dict(operation["responses"]).items()
            if code < "400" or "Health" in json.dumps(answer)
        }
        for method, path, operation in operations(document)
    }
    documented = {
        (method, path): set(codes.split(", "))
        for method, path, codes, _ in table("api.md", 4)
        if (method, path) in declared
    }
    assert declared == documented


def test_every_metric_is_documented(app: Application) -> None:
    """docs/metrics.md has a row for each family, with its type and labels, and no others."""
    exposed = {name: (each.kind, set(each.labels)) for name, each in families(app).items()}
    rows = table("metrics.md", 4)
    assert exposed == {row[0]: (row[1], set(re.findall(r"\w+", row[2]))) for row in rows}
    # The two of the reference, and at least forty more of our own.
    assert 42 <= len([name for name in exposed if name.startswith("phantom_")])


def test_every_metric_says_what_it_is(app: Application) -> None:
    """In the text itself, for who has not read the page; and its name has the unit at the end."""
    for family in app.api.state.instruments.registry.collect():
        assert family.documentation
        assert not family.name.endswith(("_ms", "_milliseconds", "_cents", "_kb", "_mb"))


def test_operation_ids_are_names_for_generated_clients(document: Document) -> None:
    """Unique, and what a programmer would call the function."""
    ids = [str(operation["operationId"]) for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert [] == [each for each in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)*", each)]


def test_everything_is_described(document: Document) -> None:
    """Every operation, every parameter, every model and every field."""
    silent = [
        f"{method} {path}" for method, path, each in operations(document) if not each["description"]
    ]
    for method, path, operation in operations(document):
        parameters = operation.get("parameters", [])
        assert isinstance(parameters, list)
        silent += [
            f"{method} {path} {each['name']}"
            for each in parameters
            if isinstance(each, dict) and not each.get("description")
        ]
    for name, schema in schemas_of(document).items():
        silent += [name] if not schema.get("description") and name not in UNDESCRIBED else []
        silent += [
            f"{name}.{field}"
            for field, described in dict(schema.get("properties", {})).items()  # type: ignore[call-overload]
            if not described.get("description")
        ]
    assert [] == silent


def test_every_word_of_the_glossary_is_used(document: Document) -> None:
    """A field that is gone takes its word along."""
    shown = json.dumps(document)
    assert [] == [name for name, text in WORDS.items() if json.dumps(text) not in shown]


def test_every_example_is_valid(document: Document) -> None:
    """Those of bodies, of fields and of parameters; the bodies are sent, too."""
    contract = Contract(document)
    wrong = []
    examples = [(where, schema) for where, schema in exemplified(document, "")]
    for where, schema in examples:
        for example in dict(schema)["examples"]:  # type: ignore[union-attr]
            wrong += [f"{where}{each}" for each in contract.invalid(schema, example)]
    assert [] == wrong
    assert len(examples) > 20


def test_every_body_has_an_example(document: Document) -> None:
    """Whoever sends something sees what it may look like."""
    contract = Contract(document)
    for method, path, operation in operations(document):
        if "requestBody" in operation:
            assert contract.example(method, path)


def exemplified(value: JsonValue, where: str) -> Iterator[tuple[str, Document]]:
    """Every schema with examples, and where it stands."""
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from exemplified(inner, f"{where}/{number}")
    if isinstance(value, dict):
        if isinstance(value.get("examples"), list):
            yield where, value
        for key, inner in value.items():
            if key != "examples":
                yield from exemplified(inner, f"{where}/{key}")


def schemas_of(document: Document) -> dict[str, Document]:
    """The models by name."""
    components = document["components"]
    assert isinstance(components, dict)
    schemas = components["schemas"]
    assert isinstance(schemas, dict)
    return {name: schema for name, schema in schemas.items() if isinstance(schema, dict)}


def test_names_of_models_are_identifiers(document: Document) -> None:
    """So that generated clients keep them as they are."""
    assert [] == [name for name in schemas_of(document) if not re.fullmatch(r"[A-Z]\w*", name)]


def test_validation_errors_are_declared_as_400(document: Document) -> None:
    """The framework's 422, which never comes, is in the document nowhere."""
    assert "422" not in json.dumps(document)
    assert "HTTPValidationError" not in json.dumps(document)
    for method, path, operation in operations(document):
        codes = set(dict(operation["responses"]))
        expected = {"400", "403", "500"} | ({"413", "415"} if method != "GET" else set())
        assert expected <= codes, (method, path)


def test_every_reference_in_the_document_leads_somewhere(document: Document) -> None:
    """A generator that follows them finds a schema at each end."""
    components = document["components"]
    assert isinstance(components, dict)
    names = set(dict(components["schemas"]))
    used = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert set() == used - names


def test_the_document_describes_every_event(document: Document) -> None:
    """With the fields that it has on the wire, `id` and `timestamp` among them."""
    components = document["components"]
    assert isinstance(components, dict)
    schemas = dict(components["schemas"])
    kinds = EVENT.json_schema()["discriminator"]["mapping"]
    assert set(kinds) == set(schemas["Event"]["discriminator"]["mapping"])
    for reference_ in schemas["Event"]["discriminator"]["mapping"].values():
        schema = schemas[reference_.rpartition("/")[2]]
        assert {"type", "id", "timestamp"} <= set(schema["required"]) == set(schema["properties"])
    sockets = document["x-websockets"]
    assert isinstance(sockets, dict)
    documented = {row[1] for row in table("api.md", 4) if row[0] == "WS"}
    # Socket.IO has a protocol of its own; the document describes the native one.
    assert documented - {SOCKET_IO_PATH} == set(sockets)


def test_the_reference_page_is_complete_in_itself(document: Document) -> None:
    """Every operation and schema is on it; no script, and nothing from elsewhere."""
    page = reference.render(document)
    for method, path, _ in operations(document):
        assert f'<span class="method">{method}</span> <code>{path}</code>' in page
    assert "<script" not in page
    assert [] == re.findall(r'(?:src|href)="(?!/openapi\.json")', page)


def test_the_reference_page_escapes_what_it_shows(document: Document) -> None:
    """Whatever a description may hold."""
    hostile = "<img src=x onerror=alert(1)>"
    operation = next(operations(document))[2]
    operation["description"] = hostile
    assert hostile not in reference.render(document)
