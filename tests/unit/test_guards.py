"""The guards of `tests/conftest.py` catch what they are there for."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from blockbuster import BlockingError

import phantom
from tests.support.network import LeftLoopback, NetworkGuard
from tests.support.repositories import GitRepoFactory


def phantom_function(source: str) -> Callable[[], object]:
    """`f` of `source`, compiled as if it stood in a module of Phantom's."""
    names: dict[str, object] = {"time": time}
    exec(compile(source, str(Path(phantom.__path__[0], "sleeper.py")), "exec"), names)
    found = names["f"]
    assert callable(found)
    return found


@pytest.mark.parametrize(
    "address", [("192.0.2.1", 80), ("10.0.0.1", 80), ("2001:db8::1", 80), ("169.254.169.254", 80)]
)
def test_connecting_anywhere_but_loopback_is_refused(
    address: tuple[str, int], network_guard: NetworkGuard
) -> None:
    """Public, private and link-local addresses are refused before a packet leaves."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as client, pytest.raises(LeftLoopback):
        client.connect(address)
    assert 1 == len(network_guard.attempts)
    network_guard.attempts.clear()


def test_sending_a_datagram_anywhere_but_loopback_is_refused(network_guard: NetworkGuard) -> None:
    """UDP needs no connection, so it has a check of its own."""
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(LeftLoopback):
        client.sendto(b"x", ("192.0.2.1", 53))
    network_guard.attempts.clear()


async def test_looking_up_a_name_is_refused_in_a_thread_too(network_guard: NetworkGuard) -> None:
    """asyncio looks names up in a thread; the guard is there as well."""
    with pytest.raises(LeftLoopback):
        await asyncio.get_running_loop().getaddrinfo("example.com", 80)
    assert ["socket.getaddrinfo example.com"] == network_guard.attempts
    network_guard.attempts.clear()


def test_a_swallowed_attempt_is_still_on_record(network_guard: NetworkGuard) -> None:
    """Code that suppresses OSError cannot hide that it tried."""
    with socket.socket() as client, contextlib.suppress(OSError):
        client.connect(("192.0.2.1", 80))
    assert ["socket.connect 192.0.2.1"] == network_guard.attempts
    network_guard.attempts.clear()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost"])
def test_loopback_stays_open(host: str, network_guard: NetworkGuard) -> None:
    """The guard leaves loopback alone, by number and by name."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
    assert [] == network_guard.attempts


async def test_phantom_may_not_block_the_event_loop() -> None:
    """A sleep in a function of Phantom's fails when the event loop runs it."""
    sleeper = phantom_function("def f():\n    time.sleep(0.001)\n")
    with pytest.raises(BlockingError):
        sleeper()


async def test_phantom_may_block_a_thread() -> None:
    """The same sleep is fine off the loop."""
    await asyncio.to_thread(phantom_function("def f():\n    time.sleep(0.001)\n"))


def test_the_environment_is_not_the_developers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """HOME is a new directory, and nothing set outside decides a test."""
    assert Path.home().is_relative_to(tmp_path_factory.getbasetemp())
    assert [] == [name for name in os.environ if name.startswith("PHANTOM_")]
    assert "DATABASE_URL" not in os.environ


def test_git_repo_makes_a_repository_with_a_commit(git_repo: GitRepoFactory) -> None:
    """The fixture's repository is a real one, on `main`, with the files committed."""
    root = git_repo({"src/a.py": "x = 1\n"})
    assert "src/a.py\n" == git_repo.git(root, "ls-tree", "-r", "--name-only", "main")
