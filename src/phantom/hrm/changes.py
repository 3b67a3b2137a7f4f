"""Configurations in parts: laid over each other, and held against each other."""

from dataclasses import dataclass

from pydantic import JsonValue, TypeAdapter

from phantom.hrm.config import HrmConfig

Part = dict[str, JsonValue]
"""Sections of a configuration, or parts of sections."""
_PART: TypeAdapter[Part] = TypeAdapter(Part)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field, named `section.field`, in which two configurations differ."""

    field: str
    before: JsonValue
    after: JsonValue


def given(config: HrmConfig) -> Part:
    """What a client named of a configuration; the rest of it is defaults."""
    return _PART.validate_python(config.model_dump(mode="json", exclude_unset=True))


def whole(config: HrmConfig) -> Part:
    """Every field."""
    return _PART.validate_python(config.model_dump(mode="json"))


def merged(base: HrmConfig, changes: Part) -> HrmConfig:
    """`base` with the given sections, or parts of them, replaced; the result is checked."""
    result = whole(base)
    for section, values in changes.items():
        known = result.get(section)
        if isinstance(known, dict) and isinstance(values, dict):
            result[section] = known | values
        else:
            result[section] = values
    return HrmConfig.model_validate(result)


def differences(before: HrmConfig, after: HrmConfig) -> list[FieldChange]:
    """The fields in which two configurations differ, in the order of the schema."""
    old, new = _flat(before), _flat(after)
    return [FieldChange(name, old[name], new[name]) for name in old if old[name] != new[name]]


def _flat(config: HrmConfig) -> Part:
    flat: Part = {}
    for section, values in whole(config).items():
        assert isinstance(values, dict)
        flat |= {f"{section}.{name}": value for name, value in values.items()}
    return flat
