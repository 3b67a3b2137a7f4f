"""The reader of references, on a page of our own: what it finds, and what it refuses."""

from pathlib import Path

import pytest

from tests.support.reference import OPEN, Reference
from tests.support.shapes import Fields, Items, Keyed, Nullable, Open, Scalar, Shape

PAGE = """\
## 1. Doors

### 1.1 Open a door

```http
POST /doors/{door_id}?wide={bool}
```

**Request Body:**
```json
{"config": { ... }, "count": 1, ...}
```

**Response:**
```json
{"door_id": "uuid", "at": "2025-11-10T12:00:00Z", "state": "open", "channel_counts": {"a": 1},
 "hinges": [{"rusty": false}], "owner": null, "doors": [{"name": "front", "height": 2.5}]}
```

**Circuit Breaker States:**
- `open` - wide
- `closed`

```typescript
interface House { doors: Door[]; kind: "big" | "small"; }
interface Door {
  name: string | null;
  height: number; // 1.5-2.5
  extra?: Record<string, any>;
}
```
"""


def read(directory: Path, page: str) -> Reference:
    """The reference on a page."""
    path = directory / "page.md"
    path.write_text(page)
    return Reference.read(path, {"Circuit Breaker States": frozenset({"ajar"})})


@pytest.fixture
def reference(tmp_path: Path) -> Reference:
    """The page above."""
    return read(tmp_path, PAGE)


def test_endpoints_samples_and_words_are_found(reference: Reference) -> None:
    """Each with its section; what `...` leaves out is left out."""
    (endpoint,) = reference.endpoints
    assert ("POST", "/doors/{door_id}", {"wide"}) == (
        endpoint.method,
        endpoint.path,
        endpoint.query,
    )
    assert {"config": OPEN, "count": 1} == reference.sample("1.1", "Request Body").value
    assert {"open", "closed", "ajar"} == reference.words["Circuit Breaker States"]


def test_interfaces_are_read_whole(reference: Reference) -> None:
    """Null, optional fields, lists, choices of words, other interfaces, and ranges."""
    door = Fields(
        {
            "name": Nullable(Scalar("string")),
            "height": Scalar("number", bounds=(1.5, 2.5)),
            "extra": Open(),
        },
        frozenset({"extra"}),
    )
    assert door == reference.interfaces["Door"]
    kind = Scalar("string", values=frozenset({"big", "small"}))
    assert Fields({"doors": Items(door), "kind": kind}) == reference.interfaces["House"]


def test_a_sample_becomes_a_shape(reference: Reference) -> None:
    """An object with the fields of an interface is that interface."""
    shape = reference.shape(reference.sample("1.1"))
    assert isinstance(shape, Fields)
    assert Scalar("string", "uuid") == shape.of["door_id"]
    assert Scalar("string", "time") == shape.of["at"]
    assert reference.words["Circuit Breaker States"] == shape.of["state"].values  # type: ignore[attr-defined]
    assert Keyed(Scalar("number")) == shape.of["channel_counts"]
    assert Items(reference.interfaces["Door"]) == shape.of["doors"]


@pytest.mark.parametrize(
    "page",
    [
        "```json\n{not json}\n```\n",
        "```json\n{}\n",
        "```http\nLook at /doors\n```\n",
        "```typescript\ninterface A { a: 5; }\n```\n",
        "```typescript\ninterface A { a: Unknown; }\n```\n",
    ],
)
def test_what_is_not_understood_is_an_error(tmp_path: Path, page: str) -> None:
    """Nothing is skipped in silence."""
    with pytest.raises((AssertionError, KeyError)):
        read(tmp_path, page)


@pytest.mark.parametrize(
    ("shape", "value", "schema"),
    [
        (Scalar("number"), "1", {"type": "string"}),
        (Scalar("number"), True, {"type": "boolean"}),
        (Scalar("number"), None, {"anyOf": [{"type": "number"}, {"type": "null"}]}),
        (Scalar("string", values=frozenset("ab")), "c", {"type": "string", "enum": ["a", "c"]}),
        (Scalar("number", bounds=(1, 2)), 3, {"type": "number", "minimum": 1, "maximum": 3}),
        (Items(Scalar("string")), [1], {"type": "array", "items": {"type": "integer"}}),
        (Fields({"a": Scalar("string")}), {}, {"type": "object", "properties": {}}),
        (
            Fields({"a": Scalar("string")}),
            {},
            {"type": "object", "properties": {"a": {"type": "string"}}},
        ),
        (Keyed(Scalar("number")), {"a": "b"}, {"type": "object"}),
        (Open(), [], {"type": "array"}),
        (Nullable(Scalar("string")), 1, {"type": "integer"}),
    ],
)
def test_every_difference_is_found(shape: Shape, value: object, schema: dict[str, object]) -> None:
    """In a live value, and in what is declared."""
    assert [] != list(shape.problems(value))  # type: ignore[arg-type]
    assert [] != list(shape.promises(schema, {}))  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["uuid", "time"])
def test_forms_of_text_are_checked(form: str) -> None:
    """Ids are UUIDs, times are UTC with Z."""
    good = {"uuid": "4b1b5a63-3d1a-4bb8-8e5c-3a6c8f1b2d10", "time": "2025-11-10T12:00:00Z"}
    assert [] == list(Scalar("string", form).problems(good[form]))
    assert [] != list(Scalar("string", form).problems(good[form][:-1]))
