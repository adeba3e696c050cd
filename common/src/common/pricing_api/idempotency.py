"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a repeated request gets the first one's answer.

Same key and body: the stored answer. Same key, other body: 422. Still being answered: 409 with Retry-After. Only complete answers
are kept: a refusal or failure, of all or of an item, may be tried again under the same key. Knows no HTTP and no Redis.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from common.errors import ConflictError, DeadlineExceededError, InvalidInputError, UnavailableError
from common.request_context import remaining
from common.ttl_cache import TtlCache

# A structured field string ("..."), or the bare token that many clients send.
KEY = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,255})')
MAX_BYTES = 64 * 1024 * 1024  # of answers in memory
MAX_ENTRIES = 1000
CLAIM_SECONDS = 600.0  # for which a claim holds at most; for less where the request's own deadline comes before


@dataclass(frozen=True)
class Entry:
    """What a key is taken for: the fingerprint of the first request, and its answer once there is one."""

    fingerprint: str
    answer: bytes | None


@dataclass(frozen=True)
class Made:
    """An answer. `is_complete`: whether another try would make no better one."""

    content: bytes
    is_complete: bool = True


class AnswerStore(Protocol):
    """Keeps answers for some time. Each method may raise UnavailableError: the store is away."""

    async def claim(self, key: str, fingerprint: str) -> Entry | None:
        """Take the key, and return None; or what it is taken for already. One step, so that one of two gets it."""
        ...

    async def keep(self, key: str, fingerprint: str, answer: bytes) -> None:
        """Keep the answer of a claimed key."""
        ...

    async def release(self, key: str) -> None:
        """Give a claimed key back: there is no answer."""
        ...


class MemoryAnswers:
    """Answers in this process, bounded in number and bytes. A claim is held until it is kept or released."""

    def __init__(self, seconds: float = 3600.0, max_bytes: int = MAX_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._claims: dict[str, Entry] = {}
        self._answers = TtlCache[str, Entry](
            MAX_ENTRIES, seconds, size=max_bytes, size_of=lambda entry: len(entry.answer or b""), clock=clock
        )

    async def claim(self, key: str, fingerprint: str) -> Entry | None:
        """See AnswerStore."""
        entry = self._claims.get(key) or self._answers.get(key)
        if entry is None:
            self._claims[key] = Entry(fingerprint, None)
        return entry

    async def keep(self, key: str, fingerprint: str, answer: bytes) -> None:
        """See AnswerStore."""
        self._claims.pop(key, None)
        self._answers.put(key, Entry(fingerprint, answer))

    async def release(self, key: str) -> None:
        """See AnswerStore."""
        self._claims.pop(key, None)
        self._answers.drop(key)


class SharedAnswers:
    """The shared store while it answers, else memory. What was begun in one may end in the other, and is found there."""

    def __init__(self, shared: AnswerStore, local: AnswerStore) -> None:
        self._shared, self._local = shared, local

    async def claim(self, key: str, fingerprint: str) -> Entry | None:
        """See AnswerStore. Memory first: it holds what could not be written to the shared store."""
        entry = await self._local.claim(key, fingerprint)
        if entry:
            return entry
        try:
            entry = await self._shared.claim(key, fingerprint)
        except UnavailableError as exc:
            structlog.get_logger().warning("idempotency_in_memory", why=str(exc))
            return None
        except BaseException:
            await self._local.release(key)
            raise
        if entry:
            await self._local.release(key)
        return entry

    async def keep(self, key: str, fingerprint: str, answer: bytes) -> None:
        """See AnswerStore."""
        try:
            await self._shared.keep(key, fingerprint, answer)
            await self._local.release(key)
        except UnavailableError as exc:
            structlog.get_logger().warning("idempotency_in_memory", why=str(exc))
            await self._local.keep(key, fingerprint, answer)

    async def release(self, key: str) -> None:
        """See AnswerStore."""
        await self._local.release(key)
        try:
            await self._shared.release(key)
        except UnavailableError as exc:
            structlog.get_logger().warning("idempotency_in_memory", why=str(exc))


async def answer_once(store: AnswerStore, key: str, body: bytes, answer: Callable[[], Awaitable[Made]]) -> tuple[bytes, bool]:
    """The answer to `body` under `key`, and whether it is a stored one.

    Raises InvalidInputError where the key belongs to another body, ConflictError where its first request is under way,
    DeadlineExceededError where its own has not come to an end when its caller waits no longer: nothing outlasts a claim.
    """
    fingerprint = hashlib.sha256(body).hexdigest()
    entry = await store.claim(key, fingerprint)
    if entry and entry.fingerprint != fingerprint:
        raise InvalidInputError("this key was used with another body", "Idempotency-Key")
    if entry and entry.answer is None:
        raise ConflictError("the first request with this key is still being answered")
    if entry and entry.answer is not None:
        return entry.answer, True
    try:
        made = await _within_claim(answer)
    except BaseException:
        await store.release(key)
        raise
    if made.is_complete:
        await store.keep(key, fingerprint, made.content)
    else:
        await store.release(key)
    return made.content, False


def claim_seconds() -> float:
    """For which the answer to the request being served may be in the making: until its own deadline."""
    return remaining(CLAIM_SECONDS)


async def _within_claim(answer: Callable[[], Awaitable[Made]]) -> Made:
    try:
        async with asyncio.timeout(claim_seconds()) as limit:
            return await answer()
    except TimeoutError as exc:
        if not limit.expired():
            raise
        raise DeadlineExceededError("the answer was not there when its caller waited no longer") from exc


def key_of(header: str, caller: str, path: str) -> str:
    """The name under which an answer is kept: nobody finds another caller's. InvalidInputError for a malformed header."""
    found = KEY.fullmatch(header.strip())
    if not found:
        raise InvalidInputError("1 to 255 printable ASCII characters, in double quotes or bare", "Idempotency-Key")
    return hashlib.sha256(f"{caller}\n{path}\n{found[1] or found[2]}".encode()).hexdigest()
