"""The home of a command line: its own, with the user's login linked into it and nothing else."""

import stat
from pathlib import Path

import pytest

from phantom.agents.cli import COMMANDS
from phantom.agents.cli.homes import Home, Session, environment, own_variables
from phantom.agents.port import Usage

LOGIN = COMMANDS[0].login


@pytest.fixture
def credentials() -> Path:
    """The user's own login, below HOME."""
    path = Path.home() / LOGIN.file
    path.parent.mkdir(parents=True)
    path.write_text("the user's token")
    return path


def test_the_login_is_linked_and_not_copied(tmp_path: Path, credentials: Path) -> None:
    """A token that the command line renews is then renewed for the user, too."""
    home = Home(tmp_path / "homes" / "claude")

    assert credentials == home.prepare(LOGIN)
    (home.path / LOGIN.linked).write_text("renewed")

    assert "renewed" == credentials.read_text()
    assert 0o700 == stat.S_IMODE(home.path.stat().st_mode)
    assert credentials == home.prepare(LOGIN)


def test_a_key_takes_the_login_away(tmp_path: Path, credentials: Path) -> None:
    """Else the command line might prefer it; the user keeps it."""
    home = Home(tmp_path / "claude")
    home.prepare(LOGIN)

    home.unlink(LOGIN)

    assert not (home.path / LOGIN.linked).exists()
    assert credentials.exists()


def test_without_a_login_the_vendors_own_variable_counts_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them, the first that there is."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "theirs")
    monkeypatch.setenv("OPENAI_API_KEY", "of another vendor")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")

    assert Home(tmp_path).prepare(LOGIN) is None
    assert {"ANTHROPIC_API_KEY": "theirs"} == own_variables(LOGIN)
    base = environment(tmp_path / "home", tmp_path / "scratch")
    assert "http://proxy:1" == base["HTTPS_PROXY"]
    assert not [name for name in base if name.endswith("_API_KEY")]


def test_a_session_belongs_to_its_workspace(tmp_path: Path) -> None:
    """Some command lines find it there alone, and one waits for ever elsewhere."""
    home, session = Home(tmp_path / "claude"), Session(workspace=Path("/w"), total=Usage(input=7))
    home.remember("abc-1", session)

    assert session == home.session("abc-1", Path("/w"))
    assert home.session("abc-1", Path("/elsewhere")) is None
    assert home.session("abc-2", Path("/w")) is None
    assert home.session(None, Path("/w")) is None
    assert not list((tmp_path / "claude").glob("**/*"))


@pytest.mark.parametrize("identifier", ["../../x", "--help me", "a/b", "", "x" * 101])
def test_an_identifier_that_could_be_something_else_is_none(
    tmp_path: Path, identifier: str
) -> None:
    """It comes from a program's output, and goes into an argument and a file's name."""
    home = Home(tmp_path / "claude")
    home.remember(identifier, Session(workspace=Path("/w")))
    assert home.session(identifier, Path("/w")) is None
    assert not list(tmp_path.rglob("*.json"))


def test_a_link_that_an_agent_left_leads_nowhere(tmp_path: Path) -> None:
    """It may write in its home; Phantom's settings must not be written through it elsewhere."""
    outside, home = tmp_path / "outside", Home(tmp_path / "gemini")
    outside.mkdir()
    (outside / "settings.json").write_text("the user's")
    home.prepare(None)
    (home.path / ".gemini").symlink_to(outside)

    home.write({".gemini/settings.json": {"a": 1}})
    (home.path / ".gemini" / "settings.json").unlink()
    (home.path / ".gemini" / "settings.json").symlink_to(outside / "settings.json")
    home.write({".gemini/settings.json": {"a": 2}})

    assert "the user's" == (outside / "settings.json").read_text()
    assert '{"a": 2}' == (home.path / ".gemini" / "settings.json").read_text()
