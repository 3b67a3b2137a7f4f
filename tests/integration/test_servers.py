"""The bundled database and Redis servers behind the fixtures."""

import stat
from pathlib import Path

import psutil
import psycopg
import redis

from tools.postgres import PostgresServer


def test_each_test_has_an_empty_postgresql_database_of_its_own(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    """Two databases of one server do not see each other's tables."""
    with postgres_server.database() as other:
        with psycopg.connect(postgres_url, autocommit=True) as here:
            here.execute("CREATE TABLE seen (id int)")
        with psycopg.connect(other) as there:
            found = there.execute("SELECT to_regclass('seen')").fetchone()
    assert (None,) == found


def test_postgresql_ends_with_its_context() -> None:
    """Neither a process nor a directory is left, and it never runs as root."""
    with PostgresServer() as server:
        assert server.pid
        process = psutil.Process(server.pid)
        data = Path(process.cwd())
        assert 0 != process.uids().real
        assert 0 == stat.S_IMODE(data.stat().st_mode) & 0o077
    assert not psutil.pid_exists(process.pid)
    assert not data.exists()


def test_redis_is_empty_and_answers(redis_url: str) -> None:
    """The fixture's Redis speaks the protocol and holds nothing."""
    with redis.Redis.from_url(redis_url) as client:
        assert 0 == client.dbsize()
        client.set("left", "over")


def test_redis_is_empty_again(redis_url: str) -> None:
    """What another test wrote is gone."""
    with redis.Redis.from_url(redis_url) as client:
        assert 0 == client.dbsize()


def test_database_url_comes_on_both_engines(database_url: str) -> None:
    """The parametrised fixture names one engine and then the other."""
    assert database_url.startswith(("sqlite:///", "postgresql://"))
