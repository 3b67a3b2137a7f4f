"""Spans in OpenTelemetry's wire format: OTLP/HTTP with JSON.

Ids are hexadecimal, 64-bit numbers are texts, enums are numbers; see
https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import JsonValue

from phantom import __version__
from phantom.traces.spans import Attribute, Span, Trace

_INTERNAL = 1
_OK, _ERROR = 1, 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def payload(trace: Trace) -> JsonValue:
    """The body of an export request with one trace."""
    resource = {"service.name": "phantom", "service.version": __version__}
    scope: JsonValue = {"name": "phantom", "version": __version__}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource.items())},
                "scopeSpans": [
                    {"scope": scope, "spans": [_span(trace.trace_id, each) for each in trace.spans]}
                ],
            }
        ]
    }


def _span(trace_id: str, span: Span) -> JsonValue:
    written: dict[str, JsonValue] = {
        "traceId": trace_id,
        "spanId": span.span_id,
        "name": span.name,
        "kind": _INTERNAL,
        "startTimeUnixNano": _nanoseconds(span.start),
        "endTimeUnixNano": _nanoseconds(max(span.start, span.end)),
        "attributes": _attributes(span.attributes.items()),
        "status": {"code": _OK} if span.error is None else _failed(span.error),
    }
    if span.parent is not None:
        written["parentSpanId"] = span.parent
    return written


def _failed(message: str) -> JsonValue:
    return {"code": _ERROR, "message": message}


def _attributes(pairs: Iterable[tuple[str, Attribute]]) -> JsonValue:
    return [{"key": key, "value": _value(value)} for key, value in pairs]


def _value(value: Attribute) -> JsonValue:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case _:
            return {"arrayValue": {"values": [{"stringValue": each} for each in value]}}


def _nanoseconds(moment: datetime) -> str:
    since = moment - _EPOCH
    return str((since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000)
