"""What a reference says a value looks like, and whether a value, or a JSON schema, agrees.

A shape is read off a sample or an interface (`tests.support.reference`). `problems` holds a live
value against it; `promises` holds what a server declares against it, so that a field that is null
today by chance is found too. More fields than the reference has are welcome in both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pydantic import JsonValue

Schema = Mapping[str, JsonValue]
Components = Mapping[str, JsonValue]
_KINDS = {"string": str, "number": (int, float), "boolean": bool}


class Shape(Protocol):
    """A form that values have."""

    def problems(self, value: JsonValue, at: str = "$") -> Iterator[str]:
        """Where a value has another form."""
        ...

    def promises(self, schema: Schema, components: Components, at: str = "$") -> Iterator[str]:
        """Where a JSON schema allows another form, or does not name a field."""
        ...


@dataclass(frozen=True)
class Anything:
    """Nothing is known: an item of an empty list, what a bare null stands for."""

    def problems(self, _value: JsonValue, _at: str = "$") -> Iterator[str]:
        """None."""
        yield from ()

    def promises(self, _schema: Schema, _components: Components, _at: str = "$") -> Iterator[str]:
        """None."""
        yield from ()


@dataclass(frozen=True)
class Open:
    """An object of which the reference says no more."""

    def problems(self, value: JsonValue, at: str = "$") -> Iterator[str]:
        """Of what is no object."""
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is no object"

    def promises(self, schema: Schema, components: Components, at: str = "$") -> Iterator[str]:
        """Of what may be no object."""
        yield from _declared_as("object", schema, components, at)


@dataclass(frozen=True)
class Scalar:
    """A string, number or boolean.

    Attributes:
        kind: "string", "number" or "boolean".
        form: "uuid" or "time" where a string has one.
        values: the only ones that there are, where the reference lists them.
        bounds: lowest and highest, where the reference gives them.
    """

    kind: str
    form: str | None = None
    values: frozenset[str] | None = None
    bounds: tuple[float, float] | None = None

    def problems(self, value: JsonValue, at: str = "$") -> Iterator[str]:
        """Of another kind or form, or not among the values."""
        if not isinstance(value, _KINDS[self.kind]) or (
            isinstance(value, bool) and self.kind != "boolean"
        ):
            yield f"{at}: {value!r} is no {self.kind}"
            return
        if self.values is not None and value not in self.values:
            yield f"{at}: {value!r} is none of {sorted(self.values)}"
        if self.bounds is not None and not self.bounds[0] <= float(str(value)) <= self.bounds[1]:
            yield f"{at}: {value!r} is not in {self.bounds}"
        if self.form is not None and not _has_form(str(value), self.form):
            yield f"{at}: {value!r} is no {self.form}"

    def promises(self, schema: Schema, components: Components, at: str = "$") -> Iterator[str]:
        """Another type, other values, other bounds."""
        yield from _declared_as(self.kind, schema, components, at)
        declared, _ = _resolved(schema, components)
        if self.values is not None:
            values = declared.get("enum", [declared["const"]] if "const" in declared else [])
            assert isinstance(values, list)
            if frozenset(map(str, values)) != self.values:
                yield f"{at}: is declared {values}, not {sorted(self.values)}"
        if self.bounds is not None:
            bounds = (declared.get("minimum"), declared.get("maximum"))
            if bounds != self.bounds:
                yield f"{at}: is declared within {bounds}, not {self.bounds}"


@dataclass(frozen=True)
class Items:
    """A list."""

    each: Shape

    def problems(self, value: JsonValue, at: str = "$") -> Iterator[str]:
        """Those of its items."""
        if not isinstance(value, list):
            yield f"{at}: {value!r} is no list"
            return
        for number, item in enumerate(value):
            yield from self.each.problems(item, f"{at}[{number}]")

    def promises(self, schema: Schema, components: Components, at: str = "$") -> Iterator[str]:
        """Those of its items."""
        yield from _declared_as("array", schema, components, at)
        items = _resolved(schema, components)[0].get("items")
        if isinstance(items, dict):
            yield from self.each.promises(items, components, f"{at}[]")


@dataclass(frozen=True)
class Keyed:
    """An object whose keys are data, such as the ids of agents."""

    each: Shape

    def problems(self, value: JsonValue, at: str = "$") -> Iterator[str]:
        """Those of its values."""
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is no object"
            return
        for key, item in value.items():
            yield from self.each.problems(item, f"{at}.{key}")

    def promises(self, schema: Schema, components: Components, at: str = "$") -> Iterator[str]:
        """Those of its values."""
        yield from _declared_as("object", schema, components, at)
        values = _resolved(schema, components)[0].get("additionalProperties")
        if isinstance(values, dict):
            yield from self.each.promises(values, components, f"{at}.*")
        else:
            yield f"{at}: is not declared with free keys"


@dataclass(frozen=True)
class Fields:
    """An object with these fields; `optional` ones may be absent."""

    of: Mapping[str, Shape]
    optional: frozenset[str] = frozenset()

    def problems(self, value: JsonValue, at: str = "$") -> Iterator[str]:
        """A field that is missing, and those of each."""
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is no object"
            return
        for name, inner in self.of.items():
            if name in value:
                yield from inner.problems(value[name], f"{at}.{name}")
            elif name not in self.optional:
                yield f"{at}.{name}: is missing"

    def promises(self, schema: Schema, components: Components, at: str = "$") -> Iterator[str]:
        """A field that is not declared, or not as always there, and those of each."""
        yield from _declared_as("object", schema, components, at)
        resolved, _ = _resolved(schema, components)
        declared, required = resolved.get("properties", {}), resolved.get("required", [])
        assert isinstance(declared, dict)
        assert isinstance(required, list)
        for name, inner in self.of.items():
            field = declared.get(name)
            if not isinstance(field, dict):
                yield f"{at}.{name}: is not declared"
                continue
            if name not in self.optional and name not in required:
                yield f"{at}.{name}: may be absent"
            yield from inner.promises(field, components, f"{at}.{name}")


@dataclass(frozen=True)
class Nullable:
    """The same, or null."""

    of: Shape

    def problems(self, value: JsonValue, at: str = "$") -> Iterator[str]:
        """Those of a value that is not null."""
        if value is not None:
            yield from self.of.problems(value, at)

    def promises(self, schema: Schema, components: Components, at: str = "$") -> Iterator[str]:
        """Those of a value that is not null."""
        yield from self.of.promises(_resolved(schema, components)[0], components, at)


def _has_form(text: str, form: str) -> bool:
    try:
        if form == "uuid":
            return str(UUID(text)) == text
        return text.endswith("Z") and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _declared_as(kind: str, schema: Schema, components: Components, at: str) -> Iterator[str]:
    resolved, nullable = _resolved(schema, components)
    declared = "number" if resolved.get("type") == "integer" else resolved.get("type")
    if nullable:
        yield f"{at}: may be null"
    if declared != kind:
        yield f"{at}: is declared {declared}, not {kind}"


def _resolved(schema: Schema, components: Components) -> tuple[Schema, bool]:
    """The schema behind references and "or null", and whether null was among the choices."""
    if "$ref" in schema:
        named = components[str(schema["$ref"]).rpartition("/")[2]]
        assert isinstance(named, dict)
        return _resolved(named, components)
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema, False
    real = [each for each in choices if isinstance(each, dict) and each.get("type") != "null"]
    inner = _resolved(real[0], components)[0] if len(real) == 1 else schema
    return inner, len(real) < len(choices)
