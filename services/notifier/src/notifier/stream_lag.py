"""How far the consumer group is behind, for /metrics. Redis before 7 does not tell, so the entries are counted up to a bound."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from common.deals import STREAM

_COUNTED = 1000  # entries


@dataclass(frozen=True)
class StreamLag:
    """`unread`: entries that no consumer has had; `pending`: had and not yet acknowledged."""

    unread: int
    pending: int


async def measure_lag(redis: Redis, group: str) -> StreamLag:
    """The lag of `group`."""
    groups: Any = await redis.xinfo_groups(STREAM)
    facts = next((found for found in groups if found["name"] == group.encode()), None)
    if facts is None:
        return StreamLag(0, 0)
    unread = facts.get("lag")
    if unread is None:
        last = facts["last-delivered-id"].decode()
        entries: Any = await redis.xrange(STREAM, min=f"({last}", max="+", count=_COUNTED)
        unread = len(entries)
    return StreamLag(int(unread), int(facts["pending"]))
