"""The cache that replicas share: Redis. Without it the ensemble works as if nothing were cached. Knows no prices."""

import time
from collections.abc import Mapping, Sequence

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

_PREFIX = "ensemble:price:"


class RedisCache:
    """`ttl`: seconds an answer is kept. `patience`: seconds a call may take; after a failure none is made for `rest` seconds."""

    def __init__(self, url: str, ttl: float, patience: float = 0.1, rest: float = 5.0) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            retry=Retry(NoBackoff(), 0),
            max_connections=64,
        )
        self.ttl, self.rest = ttl, rest
        self._away_until = 0.0

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        """See Cache.get."""
        if self._is_away():
            return [None] * len(keys)
        try:
            found = await self._redis.mget([_PREFIX + key for key in keys])
            return [each.encode() if isinstance(each, str) else each for each in found]
        except (RedisError, OSError) as exc:
            self._leave(exc)
            return [None] * len(keys)

    async def put(self, entries: Mapping[str, bytes]) -> None:
        """See Cache.put."""
        if self._is_away() or not entries:
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key, value in entries.items():
                    pipeline.set(_PREFIX + key, value, px=max(1, int(self.ttl * 1000)))
                await pipeline.execute()
        except (RedisError, OSError) as exc:
            self._leave(exc)

    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _leave(self, error: Exception) -> None:
        self._away_until = time.monotonic() + self.rest
        structlog.get_logger().warning("cache_away", why=str(error) or type(error).__name__, rest_s=self.rest)
