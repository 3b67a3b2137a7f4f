"""What the API's own document needs beyond what FastAPI finds out by itself."""

from pydantic import BaseModel, JsonValue, TypeAdapter

from phantom.api import conversation
from phantom.api.glossary import described
from phantom.events.types import EVENT
from phantom.security.rates import LIMITED

DESCRIPTION = """\
A self-hosted control plane for coding agents. Errors are `{"detail": "a sentence"}`; times are UTC,
ISO 8601 with `Z`; money is in US dollars.
"""

Document = dict[str, JsonValue]

_REF = "#/components/schemas/{model}"
_ANYWHERE = {
    "400": ("InvalidRequest", "The request is not valid"),
    "401": ("Problem", "No token where one is demanded, or one that does not count"),
    "403": ("Problem", "A host or an origin that is not served, or too low a role"),
    "500": ("Problem", "A bug in Phantom"),
}
_WITH_BODY = {
    "413": ("Problem", "The body is too large"),
    "415": ("Problem", "The body is not JSON"),
}
_TOO_MANY = ("Problem", "Too many tasks within a minute; `Retry-After` says when to come back")
_SOCKETS = {
    "/ws": "All events",
    "/ws/project/{project_id}": "The events of a project and its tasks",
    "/ws/task/{task_id}": "The events of a task",
}
_FROM_CLIENT: tuple[type[BaseModel], ...] = (
    conversation.Ping,
    conversation.Subscribe,
    conversation.Unsubscribe,
)
_OF_THE_CONNECTION: tuple[type[BaseModel], ...] = (
    conversation.ConnectionStatus,
    conversation.Control,
    conversation.Subscription,
    conversation.MessageError,
)


def complete(document: Document) -> None:
    """Add the errors that every route may answer, the events, and the WebSockets, in place."""
    _name_for_generators(document)
    schemas = _part(document, "components", "schemas")
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _add_events(schemas)
    for kind in (*_FROM_CLIENT, *_OF_THE_CONNECTION):
        _merge(schemas, kind.__name__, kind.model_json_schema(ref_template=_REF))
    for kind in _OF_THE_CONNECTION:
        _all_required(_part(schemas, kind.__name__))
    _part(schemas, "EventPage", "properties", "items")["items"] = _ref("Event")
    for name, schema in schemas.items():
        assert isinstance(schema, dict)
        if "properties" in schema:
            _describe(_part(schema, "properties"), name.removesuffix("Input"))
    for path, methods in _part(document, "paths").items():
        assert isinstance(methods, dict)
        for method, operation in methods.items():
            assert isinstance(operation, dict)
            _describe_parameters(operation)
            responses = _part(operation, "responses")
            # Validation errors are 400 here.
            responses.pop("422", None)
            errors = _ANYWHERE if method == "get" else _ANYWHERE | _WITH_BODY
            if method == "post" and path in LIMITED:
                errors = errors | {"429": _TOO_MANY}
            for status, (model, description) in errors.items():
                responses.setdefault(status, _error(model, description))
    _part(document, "components")["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "Wanted where the server demands it: see the page on roles.",
        }
    }
    document["security"] = [{}, {"token": []}]
    document["x-websockets"] = {
        path: {
            "description": f"{what}. `?last_event_id=N` first tells what came after N; "
            "`?ticket=` is from POST /api/ws/ticket.",
            "receives": [_ref(kind.__name__) for kind in _FROM_CLIENT],
            "sends": [_ref("Event"), *(_ref(kind.__name__) for kind in _OF_THE_CONNECTION)],
        }
        for path, what in _SOCKETS.items()
    }


def _name_for_generators(document: Document) -> None:
    """`X-Output` becomes `X`, and `X-Input` `XInput`: identifiers, with the answer's in front."""

    def named(name: str) -> str:
        return name.removesuffix("-Output").replace("-Input", "Input")

    def walk(value: JsonValue) -> None:
        if isinstance(value, list):
            for inner in value:
                walk(inner)
        if isinstance(value, dict):
            for inner in value.values():
                walk(inner)
            if isinstance(reference := value.get("$ref"), str):
                value["$ref"] = named(reference)

    walk(document)
    schemas = _part(document, "components", "schemas")
    renamed = {named(name): schema for name, schema in schemas.items()}
    schemas.clear()
    schemas.update(sorted(renamed.items()))


def _describe(properties: Document, model: str) -> None:
    """Give the fields of a model what the glossary says of them, unless they say it themselves."""
    for name, field in properties.items():
        assert isinstance(field, dict)
        if "description" not in field and (text := described(model, name)):
            field["description"] = text


def _describe_parameters(operation: Document) -> None:
    parameters = operation.get("parameters", [])
    assert isinstance(parameters, list)
    for parameter in parameters:
        assert isinstance(parameter, dict)
        if "description" not in parameter and (text := described("", str(parameter["name"]))):
            parameter["description"] = text


def _add_events(schemas: Document) -> None:
    """`Event` and its kinds, as they go over the wire: with `id` and `timestamp`."""
    union = EVENT.json_schema(ref_template=_REF)
    _merge(schemas, "Event", union)
    for schema in union["discriminator"]["mapping"].values():
        kind = _part(schemas, schema.rpartition("/")[2])
        _part(kind, "properties").update(TypeAdapter(_OnTheWire).json_schema()["properties"])
        _all_required(kind)
    # The layer of the events is below that of the configuration, and does not know its form.
    for name in ("HrmConfigUpdate", "HrmPresetApplied"):
        _part(schemas, name, "properties")["config"] = _ref("HrmConfig")


def _all_required(schema: Document) -> None:
    """On the wire every field is there, those with a default too."""
    schema["required"] = list(_part(schema, "properties"))


class _OnTheWire(BaseModel):
    id: int
    """Grows with every event of the server."""
    timestamp: str


def _merge(schemas: Document, name: str, schema: Document) -> None:
    definitions = schema.pop("$defs", {})
    assert isinstance(definitions, dict)
    for inner, definition in definitions.items():
        schemas.setdefault(inner, definition)
    schemas[name] = schema


def _error(model: str, description: str) -> Document:
    return {
        "description": description,
        "content": {"application/json": {"schema": _ref(model)}},
    }


def _ref(name: str) -> Document:
    return {"$ref": _REF.format(model=name)}


def _part(document: Document, *path: str) -> Document:
    for key in path:
        inner = document[key]
        assert isinstance(inner, dict)
        document = inner
    return document
