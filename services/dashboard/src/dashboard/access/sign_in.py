"""Who is signed in, and how often somebody may try: kept in this process, so that a sign-out and a restart end a session for good.

A cookie that holds the session itself, as Starlette's SessionMiddleware makes, could not be taken back.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from typing import Protocol

import structlog

from common.errors import OverloadedError, UnauthorizedError
from common.http.api_keys import KnownKeys, digest_of
from common.http.rate_limit import Quota, decide
from common.ttl_cache import TtlCache
from dashboard.access.password import PasswordHash

TRIES = Quota(5, 150)  # of one address: five at once, then one every 30 seconds
_SESSIONS = 1000  # at a time; the least recently used go first
_ADDRESSES = 10_000  # remembered at a time


class Secret(Protocol):
    """What a person must know to get in."""

    def matches(self, password: str) -> bool:
        """Whether `password` is it; may take a part of a second."""
        ...


class AnyKey:
    """An API key, where no password is set."""

    def __init__(self, keys: KnownKeys) -> None:
        self.keys = keys

    def matches(self, password: str) -> bool:
        """See Secret."""
        return self.keys.holds(password)


class SignIn:
    """Sessions of `seconds` for those who know the secret. Only a hash of a session's id is kept."""

    def __init__(self, secret: Secret, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.secret, self.seconds, self._clock = secret, seconds, clock
        self._sessions: TtlCache[bytes, bool] = TtlCache(_SESSIONS, seconds, clock=clock)
        self._tries: TtlCache[str, float] = TtlCache(_ADDRESSES, TRIES.seconds, clock=clock)
        self._one_at_a_time = asyncio.Lock()  # a guess takes memory and a core

    @property
    def asks_for_key(self) -> bool:
        """Whether it is an API key that lets in, as no password is set."""
        return isinstance(self.secret, AnyKey)

    async def enter(self, password: str, address: str) -> str:
        """The id of a new session. UnauthorizedError where the password is wrong, OverloadedError after too many from `address`."""
        place = network_of(address)
        self._count_try(place)
        async with self._one_at_a_time:
            is_right = await asyncio.to_thread(self.secret.matches, password)
        structlog.get_logger().info("signed_in" if is_right else "sign_in_refused", address=address)
        if not is_right:
            raise UnauthorizedError("That is not it.")
        self._tries.drop(place)
        identifier = secrets.token_urlsafe(32)
        self._sessions.put(digest_of(identifier), True)
        return identifier

    def knows(self, identifier: str) -> bool:
        """Whether it is a session that has not ended."""
        return bool(identifier) and self._sessions.get(digest_of(identifier)) is not None

    def leave(self, identifier: str) -> None:
        """End a session."""
        self._sessions.drop(digest_of(identifier))

    def _count_try(self, place: str) -> None:
        tat, standing = decide(self._tries.get(place) or 0.0, self._clock(), TRIES, 1, forced=False)
        if not standing.allowed:
            error = OverloadedError("Too many tries: wait a little before the next one.")
            error.retry_after = standing.wait
            raise error
        self._tries.put(place, tat)


def secret_of(password_hash: str, keys: Sequence[str] | None) -> Secret | None:
    """The password where one is set, else any of the API keys; None where those are None, too: nobody is asked."""
    if password_hash:
        return PasswordHash.parse(password_hash)
    return None if keys is None else AnyKey(KnownKeys(keys))


def network_of(address: str) -> str:
    """Whose tries are counted together: an address, or the 2**64 that anybody with IPv6 has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else address
