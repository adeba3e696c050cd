"""Replicas share quotas and idempotent answers through a real Redis, and go on alone when it dies."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis

from common.errors import UnavailableError
from common.http.rate_limit import MemoryRates, Quota, SharedRates
from common.pricing_api.redis_store import RedisStore
from tests.integration.common.front_doors import SlowPricer, serving
from tests.integration.notifier.peers import RedisProcess
from tests.waiting import until

BATCH = {"items": [{"description": "abc"}]}


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisProcess]:
    server = RedisProcess(tmp_path / "redis")
    server.start()
    yield server
    server.close()


@pytest.fixture
def replicas(redis_server: RedisProcess) -> Iterator[tuple[int, int, SlowPricer]]:
    pricer, settings = SlowPricer(), {"redis_url": redis_server.url, "api_keys": "one", "api_rate_limit": "6/600"}
    with serving(pricer, **settings) as one, serving(pricer, **settings) as two:
        pricer.begun = 0
        yield one, two, pricer


def batch(port: int, key: str | None = None, body: object = None) -> Any:
    headers = {"X-API-Key": "one"} | ({"Idempotency-Key": key} if key else {})
    return httpx2.post(f"http://127.0.0.1:{port}/price/batch", json=body or BATCH, headers=headers, timeout=30)


def test_replicas_share_a_quota(replicas: tuple[int, int, SlowPricer]) -> None:
    one, two, _ = replicas
    assert [batch(port).status_code for port in (one, two) * 4] == [200] * 6 + [429] * 2


def test_replicas_share_answers(replicas: tuple[int, int, SlowPricer]) -> None:
    one, two, pricer = replicas
    answers = [batch(port, "k") for port in (one, two, one)]
    assert [each.headers.get("idempotent-replayed") for each in answers] == [None, "true", "true"]
    assert (len({each.content for each in answers}), pricer.begun) == (1, 1)
    assert batch(two, "k", {"items": [{"description": "other"}]}).status_code == 422


def test_the_other_replica_knows_what_is_under_way(replicas: tuple[int, int, SlowPricer]) -> None:
    one, two, pricer = replicas
    pricer.seconds = 1.0
    first = threading.Thread(target=batch, args=(one, "k"))
    first.start()
    until(lambda: pricer.begun == 1)
    answer = batch(two, "k")
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "1")
    first.join()
    assert batch(two, "k").headers["idempotent-replayed"] == "true"


def test_redis_dying_costs_neither_answers_nor_quotas(replicas: tuple[int, int, SlowPricer], redis_server: RedisProcess) -> None:
    one, _, pricer = replicas
    assert batch(one, "before").status_code == 200
    pricer.seconds = 1.0
    found: list[Any] = []
    between = threading.Thread(target=lambda: found.append(batch(one, "between")))
    between.start()
    until(lambda: pricer.begun == 2)
    redis_server.stop()
    between.join()
    pricer.seconds = 0.0
    assert found[0].status_code == 200
    assert batch(one, "between").content == found[0].content  # kept in memory, where Redis could not take it
    assert [batch(one).status_code for _ in range(7)].count(429) >= 2
    redis_server.start()


@pytest.mark.parametrize(("told", "least", "most"), [("2000", 0.0, 7.0), (None, 590.0, 605.0)])
def test_a_claim_that_nobody_gives_back_ends_soon_after_its_caller_stops_waiting(
    replicas: tuple[int, int, SlowPricer], redis_server: RedisProcess, told: str | None, least: float, most: float
) -> None:
    """Where Redis or the process is lost between, and nobody could release it: until then the key is answered 409."""
    one, _, pricer = replicas
    pricer.seconds = 1.0
    headers = {"X-API-Key": "one", "Idempotency-Key": "k"} | ({"X-Deadline-Ms": told} if told else {})
    first = threading.Thread(
        target=httpx2.post, args=(f"http://127.0.0.1:{one}/price/batch",), kwargs={"json": BATCH, "headers": headers, "timeout": 30}
    )
    first.start()
    until(lambda: pricer.begun == 1)
    with Redis.from_url(redis_server.url) as redis:
        (claim,) = redis.keys("pricer:slow:answer:*")
        seconds = redis.pttl(claim) / 1000
    first.join()
    assert least < seconds <= most


def test_answers_in_redis_are_bounded_and_expire(redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.pricing_api.redis_store.MAX_ANSWERS", 3)

    async def scene() -> None:
        store = RedisStore(redis_server.url, "test", 100)
        for number in range(6):
            assert await store.claim(f"k{number}", "f") is None
            await store.keep(f"k{number}", "f", b"answer")
        kept = [await store.claim(f"k{number}", "f") for number in range(6)]
        assert [bool(each and each.answer == b"answer") for each in kept].count(True) == 3
        await store.release("k5")
        assert await store.claim("k5", "f") is None
        await store.aclose()

    asyncio.run(scene())
    assert all(0 < redis_server.client.ttl(name) <= 605 for name in redis_server.client.keys("pricer:test:answer:*"))  # type: ignore[operator, union-attr]


def test_redis_counts_as_memory_does(redis_server: RedisProcess) -> None:
    async def scene() -> None:
        quota, store, local = Quota(5, 500), RedisStore(redis_server.url, "test"), MemoryRates()
        for units, forced in [(1, False), (3, False), (0, False), (1, False), (1, False), (20, True), (1, False)]:
            theirs = await store.charge("shop", quota, units, forced=forced)
            ours = await local.charge("shop", quota, units, forced=forced)
            assert (theirs.allowed, theirs.remaining) == (ours.allowed, ours.remaining)
            assert theirs.wait == pytest.approx(ours.wait, abs=5)
        await store.aclose()

    asyncio.run(scene())


def test_more_charges_at_once_than_connections_all_count(redis_server: RedisProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.pricing_api.redis_store.TIMEOUT", 20.0)

    async def scene() -> list[bool]:
        store, quota = RedisStore(redis_server.url, "test"), Quota(200, 86_400)
        found = await asyncio.gather(*(store.charge("shop", quota, 1) for _ in range(300)))
        await store.aclose()
        return [each.allowed for each in found]

    assert asyncio.run(scene()).count(True) == 200


def test_a_redis_that_hangs_costs_one_short_wait() -> None:
    async def scene(port: int) -> None:
        store, quota = RedisStore(f"redis://127.0.0.1:{port}/0", "test"), Quota(2, 600)
        rates, loop = SharedRates(store, MemoryRates()), asyncio.get_running_loop()
        started = loop.time()
        assert [(await rates.charge("shop", quota, 1)).allowed for _ in range(3)] == [True, True, False]
        assert loop.time() - started < 20
        with pytest.raises(UnavailableError, match="a moment ago"):
            await store.claim("k", "f")
        await store.aclose()

    with socket.create_server(("127.0.0.1", 0)) as silent:  # connects, and never says a word
        asyncio.run(scene(silent.getsockname()[1]))
