"""Which databases are taken, and the words for those that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.db.database import async_url
from phantom.errors import StartupError


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:////data/a.db", "sqlite+aiosqlite"),
        ("postgresql://u@h/d", "postgresql+asyncpg"),
        ("postgres://u@h/d", "postgresql+asyncpg"),
        ("postgresql+psycopg://u@h/d", "postgresql+asyncpg"),
    ],
)
def test_both_databases_get_their_asynchronous_driver(url: str, driver: str) -> None:
    """Whatever driver the user named, the one that Phantom uses is taken."""
    assert driver == async_url(url).drivername


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("mysql://u@h/d", "'mysql'"),
        ("oracle://u@h/d", "'oracle'"),
        ("nonsense", "not a URL"),
        ("", "not a URL"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(url: str, named: str) -> None:
    """The sentence says what is wrong and shows a URL that would do."""
    with pytest.raises(StartupError) as refused:
        async_url(url)
    assert named in str(refused.value)
    assert "sqlite:///path/to/file.db" in str(refused.value)


@given(st.text(min_size=1, max_size=20).filter(str.isalnum))
def test_a_refused_url_does_not_show_its_password(password: str) -> None:
    """A sentence may end up in a log; the password may not."""
    with pytest.raises(StartupError) as refused:
        async_url(f"mysql://user:{password}-secret@host/name")
    assert f"{password}-secret" not in str(refused.value)
