"""Answers are kept in memory, on disk and at Redis, within bounds; a broken layer is a miss."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from phantom.cache import Answer, AnswerCache, Layers, Question
from phantom.cache.disk import DiskLayer
from phantom.cache.memory import MemoryLayer
from phantom.cache.remote import RemoteLayer
from phantom.security.envelope import MasterKeys

ALL = Layers(memory=True, disk=True, remote=True, near=False, limit_bytes=10_000_000)
MEMORY = replace(ALL, disk=False, remote=False)
DISK = replace(ALL, memory=False, remote=False)
REMOTE = replace(ALL, memory=False, disk=False)
KEYS = MasterKeys.new()
ANSWER = Answer(content="done", patch="diff \xff", tree="t2", cost=0.25, tokens=100)


def question(**changes: str) -> Question:
    """A question with some fields of its own."""
    fields = {"project_id": "p", "agent": "claude_main", "fingerprint": "claude 1", "tree": "t1"}
    fields |= {"prompt": "Fix the tests", "context": ""}
    return Question.model_validate(fields | changes)


@pytest.fixture
async def cache(tmp_path: Path, redis_url: str) -> AsyncIterator[AnswerCache]:
    """All three layers."""
    cache = AnswerCache(DiskLayer(tmp_path / "answers.db"), RemoteLayer(redis_url, lambda: KEYS))
    yield cache
    await cache.close()


@pytest.mark.parametrize("layers", [MEMORY, DISK, REMOTE], ids=["memory", "disk", "remote"])
async def test_what_was_kept_is_found(cache: AnswerCache, layers: Layers):
    """By the very same question, and by no other."""
    assert await cache.keep(question(), ANSWER, layers)

    hit = await cache.find(question(), layers)
    assert hit is not None
    assert (ANSWER, True) == (hit.answer, hit.exact)
    for name in Question.model_fields:
        if name not in {"files", "rules"}:
            assert await cache.find(question(**{name: "other"}), layers) is None


async def test_a_like_question_is_answered_only_where_that_is_allowed(cache: AnswerCache):
    """And told apart from the same one."""
    like = question(prompt="  fix the TESTS.")
    await cache.keep(question(), ANSWER, MEMORY)

    assert await cache.find(like, MEMORY) is None
    hit = await cache.find(like, replace(MEMORY, near=True))
    assert hit is not None
    assert not hit.exact
    assert {"miss": 1, "near_hit": 1} == cache.looked_up


async def test_an_answer_on_disk_outlives_the_server(tmp_path: Path):
    """Its file can be read by its owner alone."""
    path = tmp_path / "answers.db"
    for _ in range(2):
        cache = AnswerCache(DiskLayer(path))
        await cache.keep(question(), ANSWER, DISK)
        await cache.close()

    again = AnswerCache(DiskLayer(path))
    assert await again.find(question(), DISK) is not None
    await again.close()
    assert 0o600 == path.stat().st_mode & 0o777


async def test_an_answer_from_redis_is_kept_nearer(cache: AnswerCache):
    """The next look-up needs no network."""
    await cache.keep(question(), ANSWER, REMOTE)

    assert await cache.find(question(), ALL) is not None
    assert await cache.find(question(), DISK) is not None
    assert await cache.find(question(), MEMORY) is not None


async def test_what_did_not_stand_the_test_is_forgotten(cache: AnswerCache):
    """In all layers."""
    await cache.keep(question(), ANSWER, ALL)

    await cache.forget(question())

    assert await cache.find(question(), replace(ALL, near=True)) is None


@pytest.mark.parametrize(
    "fields", [{"content": "sk-live-4f1c9b7e2d8a6053"}, {"patch": "x" * 6_000_000}]
)
async def test_secrets_and_giants_are_not_kept(cache: AnswerCache, fields: dict[str, str]):
    """And it is said so."""
    assert not await cache.keep(question(), ANSWER.model_copy(update=fields), ALL)
    assert await cache.find(question(), ALL) is None


async def test_a_full_layer_lets_go_of_what_was_not_used_for_longest(tmp_path: Path):
    """On disk and in memory alike; what is over the limit by itself takes nothing's place."""
    disk, memory = DiskLayer(tmp_path / "answers.db"), MemoryLayer()

    def fill(layer: DiskLayer | MemoryLayer) -> list[str]:
        for name in ("a", "b", "c"):
            layer.put(name, bytes(100), limit_bytes=300)
        layer.get("a")
        layer.put("d", bytes(100), limit_bytes=300)
        layer.put("e", bytes(301), limit_bytes=300)
        return [name for name in "abcde" if layer.get(name) is not None]

    assert ["a", "c", "d"] == fill(memory)
    assert ["a", "c", "d"] == await asyncio.to_thread(fill, disk)
    assert 300 == memory.size_bytes
    await asyncio.to_thread(disk.close)


@pytest.mark.parametrize("planted", [b"\x80\x04K\x01.", b'["x"]', b'{"content": 1}', b""])
async def test_what_others_wrote_to_redis_is_a_miss(
    cache: AnswerCache, redis_url: str, planted: bytes
):
    """A pickle and a foreign JSON open nothing."""
    client = Redis.from_url(redis_url, driver_info=None)
    await client.set(f"phantom:answer:{question().key}", planted)
    await client.aclose()

    assert await cache.find(question(), REMOTE) is None


async def test_an_entry_moved_to_another_key_does_not_open(cache: AnswerCache, redis_url: str):
    """Whoever can write to Redis cannot answer one question with the answer to another."""
    await cache.keep(question(), ANSWER, REMOTE)
    client = Redis.from_url(redis_url, driver_info=None)
    stolen = await client.get(f"phantom:answer:{question().key}")
    await client.set(f"phantom:answer:{question(tree='t9').key}", stolen)
    await client.aclose()

    assert await cache.find(question(tree="t9"), REMOTE) is None


async def test_redis_out_of_reach_and_a_broken_file_are_misses(tmp_path: Path):
    """The task goes on without."""
    path = tmp_path / "answers.db"
    path.write_bytes(b"this is no database" * 100)
    remote = RemoteLayer("redis://127.0.0.1:1/0", lambda: KEYS)
    cache = AnswerCache(DiskLayer(path), remote)

    assert await cache.keep(question(), ANSWER, replace(ALL, memory=False))
    assert await cache.find(question(), replace(ALL, memory=False)) is None
    await cache.close()


async def test_an_entry_that_cannot_be_read_is_a_miss(tmp_path: Path):
    """Such as one of another version."""
    path = tmp_path / "answers.db"
    cache = AnswerCache(DiskLayer(path))
    await cache.keep(question(), ANSWER, DISK)
    await cache.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE answers SET entry = ?", (b"\x80\x04K\x01.",))
    connection.close()

    assert await cache.find(question(), DISK) is None
    await cache.close()
