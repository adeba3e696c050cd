"""Sends pushes through Apprise. One Target an address; a peer that hangs costs a deadline, never the event loop or another peer."""

import asyncio
import contextlib
import hashlib
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import apprise
import structlog

from notifier.message import Push
from notifier.notification import Sent

_ABANDONED_LIMIT = 4  # threads that may hang on one peer; past it, sends to it fail at once until one ends
_REST_AFTER_HANG = 10.0  # seconds in which a peer that hung is not tried
_TOO_MANY = re.compile(r"\b429\b|too many requests|rate.?limit", re.IGNORECASE)


class AppriseTarget:
    """One address. Sends to it go one after another, because Apprise's own throttle of a service is not made for threads."""

    def __init__(self, number: int, url: str, *, deadline: float, throttle_pause: float) -> None:
        self.key = hashlib.sha256(url.encode()).hexdigest()[:16]
        self.deadline, self.throttle_pause = deadline, throttle_pause
        self._secrets = _secrets_of(url)
        self._asset = apprise.AppriseAsset(service_timeout=0, storage_mode="memory", interpret_emojis=False, async_mode=False)
        service = _service_of(url, self._asset, deadline)
        self._apprise = apprise.Apprise([service] if service else [], asset=self._asset)
        self.is_usable = service is not None
        self.label = f"{service.service_name if service else _scheme(url)} ({number})"
        self._turn = asyncio.Lock()
        self._abandoned = 0
        self._rest: tuple[float, Sent] | None = None

    async def send(self, push: Push) -> Sent:
        """Send to this address. Failure is an answer, not an exception."""
        if not self.is_usable:
            return self._failure("Apprise does not understand this address")
        async with self._turn:
            resting = self._resting()
            if resting:
                return resting
            if self._abandoned >= _ABANDONED_LIMIT:
                return self._failure(f"{self._abandoned} earlier pushes to it still hang")
            return await self._send(push)

    async def _send(self, push: Push) -> Sent:
        try:
            async with asyncio.timeout(self.deadline):
                is_sent, complaint = await _in_daemon_thread(lambda: self._notify(push), self._count_abandoned)
        except TimeoutError:
            return self._pause(_REST_AFTER_HANG, self._failure(f"no answer within {self.deadline:g} s"))
        if is_sent:
            return Sent(self.label, is_sent=True)
        failure = self._failure(complaint)
        if _TOO_MANY.search(complaint):
            waiting = Sent(self.label, is_sent=False, error=failure.error, wait=self.throttle_pause)
            return self._pause(self.throttle_pause, waiting)
        return failure

    def _notify(self, push: Push) -> tuple[bool, str]:
        result = self._apprise.notify(title=push.title, body=push.body, body_format=apprise.NotifyFormat.TEXT)
        complaints = [entry.message for service in result for entry in service.logs()]
        return bool(result), complaints[-1] if complaints else "the service refused it"

    def _pause(self, seconds: float, answer: Sent) -> Sent:
        self._rest = (time.monotonic() + seconds, answer)
        return answer

    def _resting(self) -> Sent | None:
        """What the peer last said, while it is to be left alone; a 429's remainder does not count as an attempt."""
        if self._rest is None or time.monotonic() >= self._rest[0]:
            return None
        until, answer = self._rest
        return Sent(
            self.label, is_sent=False, error=answer.error, wait=answer.wait and until - time.monotonic(), is_tried=not answer.wait
        )

    def _failure(self, why: str) -> Sent:
        for secret in self._secrets:
            why = why.replace(secret, "****")
        return Sent(self.label, is_sent=False, error=why[:300])

    def _count_abandoned(self, change: int) -> None:
        self._abandoned += change


def targets_of(urls: Sequence[str], *, deadline: float, throttle_pause: float) -> list[AppriseTarget]:
    """A target for each address; one that Apprise does not understand is named in the log by its place: it may hold a secret."""
    unique = list(dict.fromkeys(urls))
    targets = [AppriseTarget(n, url, deadline=deadline, throttle_pause=throttle_pause) for n, url in enumerate(unique, 1)]
    for target in targets:
        if not target.is_usable:
            structlog.get_logger().error("notify_url_not_understood", target=target.label)
    return targets


def _service_of(url: str, asset: apprise.AppriseAsset, deadline: float) -> Any:
    try:
        service = apprise.Apprise.instantiate(url, asset=asset)
    except (apprise.exception.AppriseException, TypeError, ValueError):
        return None
    if service and "rto=" not in url:
        service.socket_read_timeout = deadline / 2  # a socket's patience; the deadline bounds the whole push, drip by drip
    return service


def _scheme(url: str) -> str:
    return url.partition("://")[0][:20] if "://" in url else "address"


def _secrets_of(url: str) -> list[str]:
    """Pieces of the address that could be tokens, longest first: Apprise's complaints quote some of them."""
    pieces = re.split(r"[/:@?&=,+\s]+", url.partition("://")[2])
    return sorted({piece for piece in pieces if len(piece) >= 5}, key=len, reverse=True)


async def _in_daemon_thread(call: Callable[[], tuple[bool, str]], count_abandoned: Callable[[int], None]) -> tuple[bool, str]:
    """Run `call` beside the loop. A daemon thread, unlike a pool's, cannot keep the process from ending when its peer hangs."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[bool, str]] = loop.create_future()

    def settle(result: tuple[bool, str]) -> None:
        if answer.cancelled():
            count_abandoned(-1)
        else:
            answer.set_result(result)

    def work() -> None:
        try:
            result = call()
        except Exception as exc:  # noqa: BLE001 (a worker: a plug-in's bug is that address's failure)
            result = (False, f"{type(exc).__name__}: {exc}")
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, result)

    threading.Thread(target=work, daemon=True, name="push").start()
    try:
        return await answer
    except asyncio.CancelledError:
        count_abandoned(+1)
        raise
