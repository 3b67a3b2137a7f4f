"""What a request may carry."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from phantom.security.bodies import MAX_BODY_BYTES, BodyGuard, deeper_than
from phantom.security.guard import SOCKET_IO_PATH
from phantom.tasks.service import MAX_PROMPT_BYTES
from tests.support.api import exchange

JSON_TYPE = ("Content-Type", "application/json")
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.sampled_from('a"\\[]{}\n')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the size of the body that it got."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"got {len(body)}")(scope, receive, send)


def depth(document: object) -> int:
    """How deep lists and objects are nested in a parsed document."""
    if isinstance(document, dict):
        return 1 + max(map(depth, document.values()), default=0)
    if isinstance(document, list):
        return 1 + max(map(depth, document), default=0)
    return 0


@given(DOCUMENTS, st.integers(0, 6))
def test_depth_is_measured_as_a_parser_would(document: object, limit: int) -> None:
    """Brackets and quotes in strings, escaped or not, are no nesting."""
    assert (depth(document) > limit) == deeper_than(json.dumps(document).encode(), limit)


@given(st.binary() | st.text(alphabet=st.sampled_from('"\\[]{}')).map(str.encode))
def test_any_bytes_get_an_answer(body: bytes) -> None:
    """What is no JSON is not an error here: the parser will say so."""
    assert deeper_than(body, 32) in {True, False}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "text/json",
        "",
    ],
)
@pytest.mark.parametrize("body", [b'{"a": 1}', b""])
async def test_what_says_it_is_not_json_is_refused(content_type: str, body: bytes) -> None:
    """A form or a beacon never reaches a route, with a body or without."""
    answer = await exchange(BodyGuard(echo), "POST", "/", [("Content-Type", content_type)], body)
    assert 415 == answer.status


async def test_a_body_that_says_nothing_is_refused() -> None:
    """A Blob without a type is sent without the header."""
    assert 415 == (await exchange(BodyGuard(echo), "POST", "/", [], b"{}")).status


async def test_two_types_are_refused() -> None:
    """Whichever of the two a parser would believe."""
    headers = [JSON_TYPE, ("Content-Type", "text/plain")]
    assert 415 == (await exchange(BodyGuard(echo), "POST", "/", headers, b"{}")).status


async def test_no_body_needs_no_type() -> None:
    """`POST .../cancel` is complete without one."""
    assert b"got 0" == (await exchange(BodyGuard(echo), "POST", "/", [])).body


async def test_json_is_passed_on_whole() -> None:
    """Character set and case of the type do not matter."""
    headers = [("Content-Type", "Application/JSON; charset=utf-8")]
    assert b"got 8" == (await exchange(BodyGuard(echo), "POST", "/", headers, b'{"a": 1}')).body


async def test_the_largest_prompt_fits_however_it_is_escaped() -> None:
    """The largest prompt that a task takes passes, even with each byte escaped."""
    body = json.dumps({"prompt": "\x01" * MAX_PROMPT_BYTES}).encode()
    assert len(body) > 6 * MAX_PROMPT_BYTES
    answer = await exchange(BodyGuard(echo), "POST", "/", [JSON_TYPE], body)
    assert f"got {len(body)}".encode() == answer.body


@pytest.mark.parametrize("announced", [True, False])
async def test_a_larger_body_is_refused(announced: bool) -> None:
    """By what it announces, or where it announces nothing, as soon as it has become too long."""
    headers = [JSON_TYPE]
    body = b" " * (MAX_BODY_BYTES + 1)
    if announced:
        headers.append(("Content-Length", str(len(body))))
    answer = await exchange(BodyGuard(echo), "POST", "/", headers, body)
    assert 413 == answer.status


async def test_deep_json_is_refused() -> None:
    """At 33 levels, in small bodies and in large ones, which are looked through in a thread."""
    for padding in (b"", b" " * 100_000):
        deepest = b"[" * 32 + b"]" * 32 + padding
        assert 200 == (await exchange(BodyGuard(echo), "POST", "/", [JSON_TYPE], deepest)).status
        deeper = b"[" + deepest + b"]"
        assert 400 == (await exchange(BodyGuard(echo), "POST", "/", [JSON_TYPE], deeper)).status


async def test_a_client_that_leaves_in_the_middle_reaches_nothing() -> None:
    """Half a body is nobody's order."""
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"a"', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"content-type", b"application/json")],
    }
    await asyncio.wait_for(BodyGuard(echo)(scope, receive, send), 10)
    assert [] == sent


async def test_reading_methods_are_left_alone() -> None:
    """A GET has no body that anybody reads."""
    headers = [("Content-Type", "text/plain")]
    assert 200 == (await exchange(BodyGuard(echo), "GET", "/", headers)).status


@pytest.mark.parametrize(("content_type", "status"), [("text/plain", 200), ("text/html", 415)])
async def test_text_is_taken_from_socket_io_alone(content_type: str, status: int) -> None:
    """Its frames are text; nothing else that a form can send is taken there."""
    headers = [("Content-Type", content_type)]
    answer = await exchange(BodyGuard(echo), "POST", SOCKET_IO_PATH, headers, b"40")
    assert status == answer.status
