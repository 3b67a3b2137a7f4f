"""No secret comes through, and what is none stays as it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from phantom.security import tokens
from phantom.security.redaction import (
    REDACTED,
    Secrets,
    redacted,
    redacted_json,
    without_known,
)

NOTHING = Secrets()
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key sk-proj-a1b2c3d4e5f6g7h8i9j0 used", f"key {REDACTED} used"),
        ("sk-ant-api03-AbCd1234_-efgh5678", REDACTED),
        ("ghp_" + "a1" * 18, REDACTED),
        ("github_pat_" + "A1_b" * 10, REDACTED),
        ("glpat-abcdefghij0123456789", REDACTED),
        ("xoxb-1234567890-abcdef", REDACTED),
        ("AIza" + "Sy_-" * 9, REDACTED),
        ("AKIAIOSFODNN7EXAMPLE", REDACTED),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.sig-nature_1", REDACTED),
        ("Authorization: Bearer abcdefgh", f"Authorization: Bearer {REDACTED}"),
        ('{"authorization": "Basic dXNlcjpwdw=="}', f'{{"authorization": "Basic {REDACTED}"}}'),
        ("sent Bearer abc123.def456~ghi789", f"sent Bearer {REDACTED}"),
        ("https://h/x?key=abc&n=1", f"https://h/x?key={REDACTED}&n=1"),
        (
            "GET /ws?last_event_id=3&ticket=abc_d HTTP",
            f"GET /ws?last_event_id=3&ticket={REDACTED} HTTP",
        ),
        ("postgresql://me:p%40ss@host/db", f"postgresql://me:{REDACTED}@host/db"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----.", f"{REDACTED}."),
        ("-----BEGIN PRIVATE KEY-----\nMII cut off", REDACTED),
    ],
)
def test_a_key_is_known_by_its_shape(text: str, expected: str) -> None:
    """Whoever's it is; what stands around it stays."""
    assert expected == redacted(text, NOTHING)


KEYS = (
    "sk-proj-a1b2c3d4e5f6g7h8i9j0",
    "GHP_" + "a1" * 18,
    "eyJhbGciOiJI.eyJzdWIiOiIx.sig-nature_1",
    "Authorization: Bearer abcdefgh",
    "basic abc123.def456~ghi789",
    "ba\N{LATIN SMALL LETTER LONG S}ic abc123.def456~ghi789",
    "?key=abc",
    "postgresql://me:p%40ss@host/db",
    "-----BEGIN RSA PRIVATE KEY-----",
    "AKIAIOSFODNN7EXAMPLE",
    "xoxb-1234567890-abcdef",
    "A\N{KELVIN SIGN}IAIOSFODNN7EXAMPLE",
)


@given(st.lists(st.one_of(st.sampled_from(KEYS), st.text(max_size=12))), st.sampled_from(" \n-a&"))
def test_shapes_are_looked_for_wherever_they_may_be(pieces: list[str], between: str) -> None:
    """A letter for which all of them are looked for changes nothing of what is found."""
    text = between.join(pieces)
    before = "\N{LATIN SMALL LETTER DOTLESS I}\n"

    assert before + redacted(text, NOTHING) == redacted(before + text, NOTHING)


def test_a_token_of_ours_is_known_by_its_shape() -> None:
    """Alone, and as the subprotocol of a WebSocket."""
    token = tokens.new_token().text
    assert REDACTED == redacted(token, NOTHING)
    assert f"phantom.bearer.{REDACTED}" == redacted(f"phantom.bearer.{token}", NOTHING)


@pytest.mark.parametrize(
    "text",
    [
        "basic configuration of the bearer authentication",
        "Authorization: Bearer TOKEN",
        "sk-learn-like-names-stay",
        "the task-force and risk-based-approaches-2024",
        "phantom/4b1b5a63-3d1a-4bb8-8e5c-3a6c8f1b2d10",
        "https://github.com/owner/name.git?page=2",
        "postgresql://phantom@localhost/phantom",
        "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
        "-----BEGIN PUBLIC KEY-----",
        "",
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    """A log that nobody can read helps nobody."""
    assert text == redacted(text, NOTHING)


@given(value=PRINTABLE, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_known_value_never_comes_through(value: str, before: str, after: str) -> None:
    """In plain text, as JSON writes it, and as Python shows it."""
    known = Secrets([value])
    assert value not in redacted(f"{before}{value}{after}", known).replace(REDACTED, "")
    line = redacted(json.dumps({"a": f"{before} {value} {after}"}), known)
    assert json.dumps(value)[1:-1] not in line.replace(REDACTED, "")
    assert repr(value)[1:-1] not in redacted(repr(f"x{value}"), known).replace(REDACTED, "")


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=60), max_size=4))
def test_a_redacted_line_of_json_is_json_still(value: dict[str, str]) -> None:
    """Whatever stood in it: who reads the log by program goes on reading."""
    value = value | {"a": 'sk-a1b2c3d4e5f6g7h8 ?key=x" Bearer a1b2c3d4e5f6g7h8i9'}
    assert json.loads(redacted(json.dumps(value), NOTHING)).keys() == value.keys()


def test_a_value_that_begins_another_does_not_save_the_rest_of_it() -> None:
    """The longest comes first."""
    known = Secrets(["correct horse", "correct horse battery staple"])
    assert f"a {REDACTED} b" == redacted("a correct horse battery staple b", known)


@pytest.mark.parametrize("value", ["", "short", "1234567", "  a    "])
def test_a_short_value_is_not_looked_for(value: str) -> None:
    """It would take harmless words along."""
    assert not Secrets([value])


def test_the_environment_tells_by_its_names() -> None:
    """Variables named like secrets, each of several keys, and passwords in URLs."""
    known = Secrets()
    known.add_environment(
        {
            "OPENAI_API_KEY": "value-of-a-key",
            "GITHUB_TOKEN": "value-of-a-token",
            "PHANTOM_MASTER_KEY": "new-master-key,old-master-key",
            "DATABASE_URL": "postgresql://me:p%40ssword1@host/db",
            "REDIS_URL": "redis://:hunter2hunter2@host",
            "BROKEN_URL": "http://[",
            "KEYBOARD": "qwertyuiop",
            "PATH": "/usr/bin:/bin-directory",
        }
    )
    text = (
        "value-of-a-key value-of-a-token new-master-key old-master-key p%40ssword1 p@ssword1 "
        "hunter2hunter2"
    )
    assert " ".join([REDACTED] * 7) == redacted(text, known)
    assert "qwertyuiop /usr/bin:/bin-directory" == redacted(
        "qwertyuiop /usr/bin:/bin-directory", known
    )


def test_events_are_redacted_in_depth() -> None:
    """Names, lists and inner objects; figures stay."""
    known = Secrets(["open-sesame"])
    body = {"open-sesame": [{"b": "say open-sesame"}, 1, None, True]}
    assert {REDACTED: [{"b": f"say {REDACTED}"}, 1, None, True]} == redacted_json(body, known)


class Answer(BaseModel):
    """What an agent says."""

    content: str
    tokens: int


def test_an_answer_keeps_shapes_and_loses_known_values() -> None:
    """It may have to show what a key looks like."""
    answer = Answer(content="found sk-a1b2c3d4e5f6g7h8 and open-sesame", tokens=3)
    expected = Answer(content=f"found sk-a1b2c3d4e5f6g7h8 and {REDACTED}", tokens=3)
    assert expected == without_known(answer, Secrets(["open-sesame"]))
    assert answer is without_known(answer, Secrets())
