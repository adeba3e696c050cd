"""How many prices a caller may ask for: the generic cell rate algorithm, in memory, or in Redis so that replicas share.

GCRA (ITU-T I.371) keeps one number per caller, the theoretical arrival time (TAT) of its next unit: a token bucket of `prices`
tokens that refills evenly. A request is admitted while one unit is free and then charged for all of its items; so a large batch
can run into debt, which the next requests wait out.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from common.errors import UnavailableError


@dataclass(frozen=True)
class Quota:
    """`prices` units in `seconds`, all of which may come at once."""

    prices: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Quota":
        """PRICES/SECONDS, such as 600/60. ValueError for anything else."""
        prices, _, seconds = text.partition("/")
        if not (prices.isascii() and prices.isdecimal() and seconds.isascii() and seconds.isdecimal()):
            raise ValueError(f"{text!r} is no limit: write PRICES/SECONDS, such as 600/60")
        if not (0 < int(prices) <= 10**9 and 0 < int(seconds) <= 86_400):
            raise ValueError(f"{text!r}: 1 to a milliard prices, in 1 to 86,400 seconds")
        return cls(int(prices), int(seconds))

    @property
    def interval(self) -> float:
        """Seconds that one unit takes to come back."""
        return self.seconds / self.prices


@dataclass(frozen=True)
class Standing:
    """Where a caller stands: whether it may, units left, seconds until one unit is free, and until all are."""

    allowed: bool
    remaining: int
    wait: float
    reset: float


class RateStore(Protocol):
    """Keeps the TAT of each caller."""

    async def charge(self, caller: str, quota: Quota, units: int, *, forced: bool = False) -> Standing:
        """Take `units` where one is free or `forced`; where the caller then stands. UnavailableError: the store is away."""
        ...


def decide(tat: float, now: float, quota: Quota, units: int, forced: bool) -> tuple[float, Standing]:
    """The new TAT and the standing; times in seconds on one clock."""
    burst = quota.seconds
    tat = max(tat, now)
    wait = tat + quota.interval - burst - now
    allowed = forced or wait <= 1e-6
    if allowed:
        tat += units * quota.interval
    left = max(0, math.floor((burst - (tat - now)) / quota.interval + 1e-6))
    return tat, Standing(allowed, left, max(0.0, tat + quota.interval - burst - now), tat - now)


class MemoryRates:
    """TATs in this process. At most one entry for each known key, so nothing grows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._tats: dict[str, float] = {}
        self._clock = clock

    async def charge(self, caller: str, quota: Quota, units: int, *, forced: bool = False) -> Standing:
        """See RateStore."""
        self._tats[caller], standing = decide(self._tats.get(caller, 0.0), self._clock(), quota, units, forced)
        return standing


class SharedRates:
    """The shared store while it answers, else memory: a limit that is kept by each replica alone is better than none or a 503."""

    def __init__(self, shared: RateStore, local: RateStore) -> None:
        self._shared, self._local, self._is_away = shared, local, False

    async def charge(self, caller: str, quota: Quota, units: int, *, forced: bool = False) -> Standing:
        """See RateStore; never raises for an absent store."""
        try:
            standing = await self._shared.charge(caller, quota, units, forced=forced)
        except UnavailableError as exc:
            if not self._is_away:
                structlog.get_logger().warning("rate_limits_in_memory", why=str(exc))
            self._is_away = True
            return await self._local.charge(caller, quota, units, forced=forced)
        if self._is_away:
            structlog.get_logger().info("rate_limits_shared_again")
        self._is_away = False
        return standing


def headers_of(quota: Quota, standing: Standing, policy: str = "prices") -> dict[str, str]:
    """RateLimit-Policy and RateLimit in the form of draft-ietf-httpapi-ratelimit-headers-10 (structured fields)."""
    return {
        "RateLimit-Policy": f'"{policy}";q={quota.prices};w={quota.seconds}',
        "RateLimit": f'"{policy}";r={standing.remaining};t={math.ceil(standing.reset if standing.remaining else standing.wait)}',
    }
