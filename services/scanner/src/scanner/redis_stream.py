"""The stream port over Redis: XADD with the opportunity's JSON."""

from collections.abc import Sequence

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from common.deals import STREAM, STREAM_FIELD
from common.errors import UnavailableError
from scanner.deal_data import OutboxRow

_TIMEOUT = 5.0  # seconds
MAX_LENGTH = 10_000  # entries that the stream keeps, roughly: it must not fill Redis when nobody reads it


class RedisStream:
    """Appends to the stream `opportunities`."""

    def __init__(self, url: str) -> None:
        # No retries below us: the relay is the layer that tries again.
        retry = Retry(NoBackoff(), 0)
        self._redis = Redis.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=retry)

    async def append(self, rows: Sequence[OutboxRow]) -> None:
        """All rows, in order; without any, ask whether Redis answers. UnavailableError: some may have been appended."""
        try:
            if not rows:
                await self._redis.ping()
                return
            async with self._redis.pipeline(transaction=True) as pipeline:
                for row in rows:
                    pipeline.xadd(STREAM, {STREAM_FIELD: row.body}, maxlen=MAX_LENGTH, approximate=True)
                await pipeline.execute()
        except (RedisError, OSError) as exc:
            raise UnavailableError(f"Redis does not answer: {exc}") from exc

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
