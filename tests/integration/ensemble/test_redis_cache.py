"""The shared cache against a real Redis that goes away and comes back."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.redis_cache import RedisCache
from tests.integration.notifier.peers import RedisProcess


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisProcess]:
    server = RedisProcess(tmp_path / "redis")
    yield server
    server.close()


def test_what_one_replica_put_another_finds_until_its_time_is_over(redis: RedisProcess) -> None:
    async def scenario() -> None:
        one, other = RedisCache(redis.url, ttl=60, patience=5.0), RedisCache(redis.url, ttl=60, patience=5.0)
        await one.put({"a": b"1", "b": b"2"})
        assert await other.get(["a", "none", "b"]) == [b"1", None, b"2"]
        await one.aclose()
        await other.aclose()

    redis.start()
    asyncio.run(scenario())
    assert 0 < int(redis.client.pttl("ensemble:price:a")) <= 60_000  # type: ignore[arg-type]


def test_without_redis_nothing_is_found_and_nothing_fails_and_it_is_not_asked_again_at_once(redis: RedisProcess) -> None:
    async def scenario() -> None:
        cache = RedisCache(redis.url, ttl=60, patience=5.0, rest=0.2)
        assert await cache.get(["a"]) == [None]
        redis.start()
        await cache.put({"a": b"1"})
        assert await cache.get(["a"]) == [None], "it rests"
        await asyncio.sleep(0.25)
        await cache.put({"a": b"1"})
        assert await cache.get(["a"]) == [b"1"]
        await cache.aclose()

    asyncio.run(scenario())


def test_more_calls_at_once_than_connections_all_find_what_is_there(redis: RedisProcess) -> None:
    async def scenario() -> list[list[bytes | None]]:
        cache = RedisCache(redis.url, ttl=60, patience=20.0, rest=600)
        await cache.put({"a": b"1"})
        found = await asyncio.gather(*(cache.get(["a"]) for _ in range(300)))
        await cache.aclose()
        return found

    redis.start()
    assert asyncio.run(scenario()) == [[b"1"]] * 300


def test_a_redis_that_hangs_costs_its_patience_once() -> None:
    async def scenario() -> float:
        server = await asyncio.start_server(_hang, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        cache = RedisCache(f"redis://127.0.0.1:{port}/0", ttl=60, patience=0.2, rest=600)
        started = time.monotonic()
        for _ in range(200):
            assert await cache.get(["a"]) == [None]
            await cache.put({"a": b"1"})
        took = time.monotonic() - started
        await cache.aclose()
        server.close()
        return took

    async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    assert asyncio.run(scenario()) < 20.0
