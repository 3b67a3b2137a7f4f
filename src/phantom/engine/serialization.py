"""How the engine's rows are written and read: as JSON, so that reading one can never run code."""

import json

import dbos
from dbos._serialization import DefaultSerializer

from phantom.errors import PhantomError
from phantom.security.redaction import redacted


class RunFailed(PhantomError):
    """A run failed for good; the message is the words of the error that ended it."""


def words(error: BaseException) -> str:
    """What an error says, without the statement that a database error repeats."""
    said = str(getattr(error, "orig", None) or error).strip().rstrip(".")
    return redacted(said) or type(error).__name__


class JsonSerializer(dbos.Serializer):
    """Values as JSON; an error as its words, read back as `RunFailed`."""

    def name(self) -> str:
        """What rows are marked with."""
        return "phantom_json"

    def serialize(self, data: object) -> str:
        """The row's text."""
        if isinstance(data, BaseException):
            return json.dumps({"error": type(data).__name__, "message": words(data)})
        return json.dumps({"value": data})

    def deserialize(self, serialized_data: str) -> object:
        """What the text stands for."""
        data = json.loads(serialized_data)
        if "error" in data:
            return RunFailed(data["message"] or data["error"])
        return data["value"]


def forbid_pickle() -> None:
    """Make DBOS refuse rows marked as pickled, which it would load whatever serializer is set.

    Who can write to the database could run code in every server through such a row.
    """
    DefaultSerializer.deserialize = _refuse  # type: ignore[assignment]


def _refuse(_serializer: DefaultSerializer, _serialized_data: str) -> object:
    raise RunFailed("A row of the engine's database is pickled; Phantom writes and reads no such.")
