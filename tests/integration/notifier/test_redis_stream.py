"""The notifier's streams over a real Redis."""

import asyncio
from pathlib import Path

from notifier.redis_stream import RedisStream
from notifier.stream_data import DeadLetter
from tests.integration.notifier.peers import RedisProcess


def test_more_pages_at_once_than_connections_are_all_answered(tmp_path: Path) -> None:
    async def scenario() -> list[list[DeadLetter]]:
        stream = RedisStream(redis.url, "one")
        pages = await asyncio.gather(*(stream.page(None, 10) for _ in range(300)))
        await stream.aclose()
        return pages

    redis = RedisProcess(tmp_path / "redis")
    redis.start()
    try:
        assert asyncio.run(scenario()) == [[]] * 300
    finally:
        redis.close()
