"""The cache that replicas share: Redis. Without it the ensemble works as if nothing were cached. Knows no prices."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from common.errors import UnavailableError
from common.pricing_api.turns import Turns

T = TypeVar("T")
_AT_ONCE = 64  # calls, and so connections
_PREFIX = "ensemble:price:"


class RedisCache:
    """`ttl`: seconds an answer is kept. `patience`: seconds a call may take; after a failure none is made for `rest` seconds.

    Where many calls are under way another waits for its turn, as patiently; where none comes it goes without.
    """

    def __init__(self, url: str, ttl: float, patience: float = 0.1, rest: float = 5.0) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            retry=Retry(NoBackoff(), 0),
            max_connections=_AT_ONCE,
        )
        self._turns = Turns(_AT_ONCE, patience)
        self.ttl, self.rest = ttl, rest
        self._away_until = 0.0

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        """See Cache.get."""
        found = await self._ask(lambda: self._redis.mget([_PREFIX + key for key in keys]))
        return [each.encode() if isinstance(each, str) else each for each in found or [None] * len(keys)]

    async def put(self, entries: Mapping[str, bytes]) -> None:
        """See Cache.put."""
        if entries:
            await self._ask(lambda: self._put(entries))

    async def _put(self, entries: Mapping[str, bytes]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for key, value in entries.items():
                pipeline.set(_PREFIX + key, value, px=max(1, int(self.ttl * 1000)))
            await pipeline.execute()

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """None where Redis is away, or where no turn came."""
        try:
            async with self._turns.turn():
                return None if self._is_away() else await call()
        except UnavailableError:  # no turn, which does not mean that Redis is away
            return None
        except (RedisError, OSError) as exc:
            self._leave(exc)
            return None

    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _leave(self, error: Exception) -> None:
        self._away_until = time.monotonic() + self.rest
        structlog.get_logger().warning("cache_away", why=str(error) or type(error).__name__, rest_s=self.rest)
