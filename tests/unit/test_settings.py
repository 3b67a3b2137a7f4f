"""Where a setting comes from, and what is said about a wrong one."""

from pathlib import Path

import pytest

from phantom.errors import StartupError
from phantom.settings import Settings, load


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory that `PHANTOM_HOME` names."""
    monkeypatch.setenv("PHANTOM_HOME", str(tmp_path))
    return tmp_path


def test_defaults_serve_loopback_only() -> None:
    """Without any configuration the server listens on 127.0.0.1:1336."""
    settings = load()
    assert ("127.0.0.1", 1336) == (settings.host, settings.port)
    assert (Path.cwd(),) == settings.roots


def test_the_default_home_follows_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data goes where the desktop's convention puts it."""
    assert Path.home() / ".local/share/phantom" == load().home
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert tmp_path / "phantom" == load().home


@pytest.mark.parametrize(
    ("flag", "environment", "toml", "expected"),
    [
        (1111, "2222", "port = 3333", 1111),
        (None, "2222", "port = 3333", 2222),
        (None, None, "port = 3333", 3333),
        (None, "", "port = 3333", 3333),
        (None, None, "", 1336),
    ],
)
def test_flag_beats_environment_beats_file_beats_default(  # noqa: PLR0917 - one a source
    flag: int | None,
    environment: str | None,
    toml: str,
    expected: int,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The nearest source wins; a flag that was not given and an empty variable do not count."""
    (home / "phantom.toml").write_text(toml)
    if environment is not None:
        monkeypatch.setenv("PHANTOM_PORT", environment)
    assert expected == load(port=flag).port


def test_the_home_flag_also_finds_the_file(home: Path, tmp_path: Path) -> None:
    """`--home DIR` means the `phantom.toml` in DIR, not the one of `PHANTOM_HOME`."""
    other = tmp_path / "other"
    other.mkdir()
    (home / "phantom.toml").write_text("port = 1")
    (other / "phantom.toml").write_text("port = 2")
    assert 2 == load(home=other).port


def test_phantom_config_names_another_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PHANTOM_CONFIG` replaces the file in the home directory."""
    (home / "phantom.toml").write_text("port = 1")
    (tmp_path / "elsewhere.toml").write_text("port = 2")
    monkeypatch.setenv("PHANTOM_CONFIG", str(tmp_path / "elsewhere.toml"))
    assert 2 == load().port


def test_database_and_redis_keep_their_usual_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """`DATABASE_URL` and `REDIS_URL` carry no prefix, as in the API reference."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/p")
    monkeypatch.setenv("REDIS_URL", "redis://localhost:6379")
    settings = load()
    assert "postgresql://localhost/p" == settings.effective_database_url
    assert "redis://localhost:6379" == settings.redis_url


def test_the_database_is_a_file_in_the_home_directory(home: Path) -> None:
    """Unset, the database is `phantom.db` in the home directory."""
    assert f"sqlite:///{home}/phantom.db" == load().effective_database_url


def test_lists_are_split_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Roots are separated as in PATH, host names by commas."""
    monkeypatch.setenv("PHANTOM_ROOTS", "/srv/a:/srv/b")
    monkeypatch.setenv("PHANTOM_ALLOWED_HOSTS", "one.example, two.example,")
    settings = load()
    assert (Path("/srv/a"), Path("/srv/b")) == settings.roots
    assert ("one.example", "two.example") == settings.allowed_hosts


def test_roots_are_resolved(tmp_path: Path) -> None:
    """A link to a root is the root: the jail compares resolved paths."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert (tmp_path.resolve() / "real",) == load(roots=(tmp_path / "link",)).roots


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('port = "many"', "port: input should be a valid integer"),
        ("port = 65536", "port: input should be less than or equal to 65535"),
        ("concurrency = 0", "concurrency: input should be greater than or equal to 1"),
        ('log_level = "loud"', "log_level: input should be 'debug', 'info'"),
        ("prot = 1336", "prot: extra inputs are not permitted"),
        ("port = [", "phantom.toml"),
    ],
)
def test_a_wrong_setting_is_named_in_a_sentence(toml: str, words: str, home: Path) -> None:
    """The error is one line that names the setting or the file."""
    (home / "phantom.toml").write_text(toml)
    with pytest.raises(StartupError) as caught:
        load()
    assert words in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())


def test_all_wrong_settings_are_named_at_once(home: Path) -> None:
    """Nobody mends one value only to hear of the next."""
    (home / "phantom.toml").write_text("port = -1\nconcurrency = 65")
    with pytest.raises(StartupError, match=r"port: .*; concurrency: "):
        load()


def test_a_named_file_that_is_missing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the default file may be absent; one that was asked for may not."""
    monkeypatch.setenv("PHANTOM_CONFIG", str(tmp_path / "typo.toml"))
    with pytest.raises(StartupError, match=r"typo\.toml, which is not a file"):
        load()


def test_a_file_that_cannot_be_read_is_an_error(home: Path) -> None:
    """Bytes that are not UTF-8 are reported, not raised as they are."""
    (home / "phantom.toml").write_bytes(b"\xff")
    with pytest.raises(StartupError, match=r"phantom\.toml"):
        load()


def test_settings_do_not_change(home: Path) -> None:
    """What a running server was started with stays true."""
    settings = Settings()
    assert home == settings.home
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
