"""What replicas share through Redis: rate limits and idempotent answers. The only file of common that knows redis.

A Redis that is away costs one short timeout every few seconds, not one a request; one that many ask at once is waited for, and is
not away. Nothing is tried again: a claim whose answer got lost would find itself taken. Keys begin with pricer:.
"""

import math
import time
import zlib
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from common.errors import UnavailableError
from common.http.rate_limit import Quota, Standing
from common.pricing_api.idempotency import Entry, claim_seconds
from common.pricing_api.turns import Turns

T = TypeVar("T")
TIMEOUT = 0.5  # seconds for one command, and for its turn
AT_ONCE = 64  # commands, and so connections
PAUSE = 3.0  # seconds before an absent Redis is asked again
MAX_ANSWERS = 500  # answers kept: Redis never evicts here, so what is written must be bounded
MAX_PACKED = 4 * 1024 * 1024  # bytes of one packed answer
KEEPING = 5.0  # seconds that a claim outlasts the work for it, within which its answer is kept; then its process must have died

# The same arithmetic as rate_limit.decide, on the server's clock, in one step for all replicas.
_CHARGE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local burst, interval, units = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local allowed = ARGV[4] == '1' or tat + interval - burst - now <= 1e-6
if allowed then
  tat = tat + units * interval
  redis.call('SET', KEYS[1], string.format('%.6f', tat), 'PX', math.ceil((tat - now) * 1000) + 1000)
end
return {allowed and 1 or 0, string.format('%.6f', tat - now)}
"""
# Keep an answer and forget the oldest past the bound.
_KEEP = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZADD', KEYS[2], redis.call('TIME')[1], KEYS[1])
while redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[3]) do
  redis.call('DEL', redis.call('ZPOPMIN', KEYS[2])[1])
end
return 1
"""


class RedisStore:
    """Both stores over one connection pool."""

    def __init__(self, url: str, service: str, answer_seconds: int = 3600) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, max_connections=AT_ONCE, retry=Retry(NoBackoff(), 0)
        )
        self._turns = Turns(AT_ONCE, TIMEOUT)
        self._charge, self._keep = self._redis.register_script(_CHARGE), self._redis.register_script(_KEEP)
        self._prefix, self._answer_seconds, self._away_until = f"pricer:{service}", answer_seconds, 0.0

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def charge(self, caller: str, quota: Quota, units: int, *, forced: bool = False) -> Standing:
        """See common.http.rate_limit.RateStore."""
        arguments = [quota.seconds, quota.interval, units, int(forced)]
        found = await self._ask(lambda: self._charge(keys=[f"{self._prefix}:rate:{caller}"], args=arguments))
        allowed, reset = cast(list[bytes], found)
        ahead = float(reset)
        left = max(0, int((quota.seconds - ahead) / quota.interval + 1e-6))
        return Standing(bool(int(allowed)), left, max(0.0, ahead + quota.interval - quota.seconds), ahead)

    async def claim(self, key: str, fingerprint: str) -> Entry | None:
        """See common.pricing_api.idempotency.AnswerStore."""
        name, mine = self._answer(key), fingerprint.encode() + b"\n"
        milliseconds = math.ceil((claim_seconds() + KEEPING) * 1000)
        is_mine = await self._ask(lambda: self._redis.set(name, mine, nx=True, px=milliseconds))
        if is_mine:
            return None
        found = cast(bytes | None, await self._ask(lambda: self._redis.get(name)))
        if found is None:  # expired between the two commands
            return await self.claim(key, fingerprint)
        theirs, _, packed = found.partition(b"\n")
        return Entry(theirs.decode(), zlib.decompress(packed) if packed else None)

    async def keep(self, key: str, fingerprint: str, answer: bytes) -> None:
        """See common.pricing_api.idempotency.AnswerStore. One that is too large is not kept: a repetition is computed again."""
        packed = zlib.compress(answer, 1)
        if len(packed) > MAX_PACKED:
            await self.release(key)
            return
        names = [self._answer(key), f"{self._prefix}:answers"]
        arguments: list[bytes | int] = [fingerprint.encode() + b"\n" + packed, self._answer_seconds, MAX_ANSWERS]
        await self._ask(lambda: self._keep(keys=names, args=arguments))

    async def release(self, key: str) -> None:
        """See common.pricing_api.idempotency.AnswerStore."""
        await self._ask(lambda: self._redis.delete(self._answer(key)))

    def _answer(self, key: str) -> str:
        return f"{self._prefix}:answer:{key}"

    async def _ask(self, command: Callable[[], Awaitable[T]]) -> T:
        async with self._turns.turn():
            if time.monotonic() < self._away_until:
                raise UnavailableError("Redis did not answer a moment ago")
            try:
                return await command()
            except (RedisError, OSError) as exc:
                self._away_until = time.monotonic() + PAUSE
                raise UnavailableError(f"Redis does not answer: {exc or type(exc).__name__}") from exc
