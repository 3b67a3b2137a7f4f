"""What a client may send by Socket.IO, looked through before the library sees it.

Protocol revision 5 over Engine.IO revision 4. The library logs and goes on where a frame makes no
sense, and takes `connect` from a client for its own; so only frames that a client of this server
has a reason to send are let in.
"""

import re

import orjson

from phantom.api.conversation import MAX_MESSAGE
from phantom.security.bodies import MAX_JSON_DEPTH, deeper_than

SEPARATOR = "\x1e"
"""Stands between the frames of one request."""
_MAX_FRAMES = 16
_CLOSE_PONG_UPGRADE_OR_PROBE = {"1", "3", "5", "2probe"}
# A namespace may follow the type, and then the number by which an event wants an acknowledgement.
_MESSAGE = re.compile(
    r"4(?P<type>[012])(?:/[^,?]{0,100},)?(?P<number>[0-9]{0,9})(?P<json>.*)", re.DOTALL
)
_CONNECT, _EVENT = "0", "2"
_RESERVED = {"connect", "disconnect", "*"}


def acceptable(frame: str) -> bool:
    """True where `frame` is one that a client sends, of bearable size and depth."""
    if frame in _CLOSE_PONG_UPGRADE_OR_PROBE:
        return True
    if len(frame) > MAX_MESSAGE or (match := _MESSAGE.fullmatch(frame)) is None:
        return False
    kind, number, text = match["type"], match["number"], match["json"]
    if kind == _EVENT:
        return _is_event(_parsed(text))
    return not number and (not text or (kind == _CONNECT and isinstance(_parsed(text), dict)))


def all_acceptable(body: bytes) -> bool:
    """True where every frame of a request is, and there are not too many."""
    try:
        frames = body.decode().split(SEPARATOR)
    except UnicodeDecodeError:
        return False
    return len(frames) <= _MAX_FRAMES and all(map(acceptable, frames))


def event_frame(name: str, text: str) -> str:
    """What goes to a client for the event `name` with the JSON `text`, below Engine.IO's type."""
    return f'2["{name}",{text}]'


def _parsed(text: str) -> object:
    """The JSON value, None for what is none or too deep."""
    if deeper_than(text.encode(), MAX_JSON_DEPTH):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _is_event(payload: object) -> bool:
    """A list that begins with a name, which is none of the library's own."""
    match payload:
        case [str(name), *_]:
            return name not in _RESERVED
        case _:
            return False
