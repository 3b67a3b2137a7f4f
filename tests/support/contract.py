"""A client that takes the API's own document at its word, and nothing besides.

Every object is closed here: a field, a status or a content type that the document does not declare
is a violation, as it would be for a client generated from it with strict types.
"""

import copy
import json
from collections.abc import Iterator, Mapping

import httpx
import jsonschema_rs
from pydantic import JsonValue

Document = dict[str, JsonValue]


class Contract:
    """An OpenAPI 3.1 document, to hold answers against."""

    def __init__(self, document: Mapping[str, JsonValue]) -> None:
        self.document: Document = json.loads(json.dumps(document))
        self._components = part(self.document, "components")
        self._closed = _closed(copy.deepcopy(self._components))

    @property
    def operations(self) -> dict[tuple[str, str], Document]:
        """The operations by method and path."""
        return {
            (method.upper(), path): part(methods, method)
            for path, methods in _objects(self.document["paths"])
            for method in methods
        }

    def example(self, method: str, path: str) -> Document:
        """The first example of what an operation takes."""
        media = part(self.operations[method, path], "requestBody", "content", "application/json")
        schema = part(media, "schema")
        named = {}
        if "$ref" in schema:
            named = part(self._components, "schemas", str(schema["$ref"]).rpartition("/")[2])
        examples = schema.get("examples") or named.get("examples")
        assert isinstance(examples, list), f"{method} {path} has no example"
        assert isinstance(examples[0], dict)
        return dict(examples[0])

    def violations(self, method: str, path: str, response: httpx.Response) -> Iterator[str]:
        """What an answer holds that is not declared."""
        where = f"{method} {path} {response.status_code}"
        responses = part(self.operations[method, path], "responses")
        declared = responses.get(str(response.status_code))
        if not isinstance(declared, dict):
            yield f"{where}: is not declared"
            return
        content = declared.get("content")
        kind = response.headers.get("content-type", "").partition(";")[0]
        if not isinstance(content, dict):
            if response.content:
                yield f"{where}: has a body, none is declared"
        elif kind not in content:
            yield f"{where}: {kind} is not declared"
        elif kind == "application/json":
            schema = part(content, kind, "schema")
            yield from (f"{where}{each}" for each in self.undeclared(schema, response.json()))

    def undeclared(self, schema: JsonValue, value: JsonValue) -> Iterator[str]:
        """Where a value breaks a schema whose every object is closed."""
        return _errors(_closed(copy.deepcopy(schema)), self._closed, value)

    def invalid(self, schema: JsonValue, value: JsonValue) -> Iterator[str]:
        """Where a value breaks a schema as it stands."""
        return _errors(schema, self._components, value)


def part(document: Document, *path: str) -> Document:
    """An object inside a document."""
    for key in path:
        inner = document[key]
        assert isinstance(inner, dict), path
        document = inner
    return document


def _objects(value: JsonValue) -> list[tuple[str, Document]]:
    assert isinstance(value, dict)
    return [(key, inner) for key, inner in value.items() if isinstance(inner, dict)]


def _errors(schema: JsonValue, components: JsonValue, value: JsonValue) -> Iterator[str]:
    whole = {"allOf": [schema], "components": components}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    for error in validator.iter_errors(value):
        at = "/".join(map(str, error.instance_path))
        yield f" /{at}: {error.message}"


def _closed(schema: JsonValue) -> JsonValue:
    """The same, where no object takes a field that is not declared; changed in place."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for inner in schema.values():
            _closed(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _closed(inner)
    return schema
