"""Which frames of Socket.IO are let in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.api.socket_io_frames import SEPARATOR, acceptable, all_acceptable, event_frame

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "frame",
    [
        *("1", "3", "5", "2probe", "40", '40{"last_event_id":7}', "40/admin,", "40/admin,{}", "41"),
        *("41/admin,", '42["ping"]', '42["subscribe",{"channel":"global"}]', '4217["ping",{}]'),
        '42/admin,3["ping"]',
    ],
)
def test_what_official_clients_send_is_let_in(frame: str) -> None:
    """Alone, and with others in a request."""
    assert acceptable(frame)
    assert all_acceptable(SEPARATOR.join([frame] * 16).encode())


@pytest.mark.parametrize("body", [b"", b"\xff", SEPARATOR.join(["3"] * 17).encode(), b"3\x1e"])
def test_a_request_is_let_in_whole_or_not_at_all(body: bytes) -> None:
    """None of it where one frame is none, where it is no text, or where there are too many."""
    assert not all_acceptable(body)


@given(st.text())
def test_any_text_is_let_in_or_not(text: str) -> None:
    """No text makes it fail, and what is let in is of a type that clients send."""
    assert not acceptable(text) or text[0] in "12345"


@given(st.text(min_size=1, max_size=20), values)
def test_an_event_is_let_in_by_its_name(name: str, value: object) -> None:
    """Whatever it carries; unless the name is one of the library's own."""
    frame = "42" + json.dumps([name, value])
    assert (name not in {"connect", "disconnect", "*"}) == acceptable(frame)


@given(values)
def test_what_is_emitted_is_what_the_protocol_wants(value: object) -> None:
    """A list of the name and the JSON that was given."""
    frame = event_frame("task_update", json.dumps(value))
    assert "2" == frame[0]
    assert ["task_update", value] == json.loads(frame[1:])
