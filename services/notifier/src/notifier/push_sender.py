"""Sends pushes through Apprise. One Target an address; a peer that hangs costs a deadline, never the event loop or another peer."""

import asyncio
import contextlib
import hashlib
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

import apprise
import structlog

from common.background import end
from notifier.exchange import Exchange, explain, watching
from notifier.message import Push
from notifier.notification import OnUnknown, Outcome, Sent

_ABANDONED_LIMIT = 4  # threads that may hang on one peer; past it, sends to it fail at once until one ends
_SECOND_LOOK = 0.5  # seconds after the deadline: a process that stood still finds the answer waiting, and the deadline over
_OF_THE_PUSH = (400, 413, 422)  # statuses that say something of this push, not of the peer
_BUSY = 429
_OPTION = re.compile(r"(?<=[?&])unknown=(repeat|ask)(?:&|$)")  # ours, at the end of an address


class AppriseTarget:
    """One address. Sends to it go one after another, because Apprise's own throttle of a service is not made for threads."""

    def __init__(self, number: int, url: str, *, deadline: float, throttle_pause: float, on_unknown: OnUnknown) -> None:
        url, self.on_unknown = _own_option(url, on_unknown)
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

    async def send(self, push: Push) -> Sent:
        """Send to this address. Failure is an answer, not an exception."""
        if not self.is_usable:
            return Sent(self.label, Outcome.NOT_SENT, "Apprise does not understand this address")
        async with self._turn:
            if self._abandoned >= _ABANDONED_LIMIT:
                return Sent(self.label, Outcome.NOT_SENT, f"{self._abandoned} earlier pushes to it still hang")
            return await self._send(push)

    async def _send(self, push: Push) -> Sent:
        exchange = Exchange(push.id)
        sending = asyncio.ensure_future(_in_daemon_thread(lambda: self._notify(push, exchange), self._count_abandoned))
        try:
            await asyncio.wait([sending], timeout=self.deadline)
            if not sending.done():
                exchange.is_given_up = True  # what is not on the wire by now stays here
                await asyncio.wait([sending], timeout=_SECOND_LOOK)
            if not sending.done():
                outcome = Outcome.UNKNOWN if exchange.calls else Outcome.NOT_SENT
                return Sent(self.label, outcome, f"no answer within {self.deadline:g} s")
        finally:
            await end([sending])
        is_sent, complaint = sending.result()
        return Sent(self.label, Outcome.SENT) if is_sent else self._judge(exchange, complaint)

    def _judge(self, exchange: Exchange, complaint: str) -> Sent:
        """What a no of Apprise's means, by what went on the wire."""
        last = exchange.last
        if last is None:  # nothing was sent: a login failed, or the plug-in speaks a way of its own
            return Sent(self.label, Outcome.NOT_SENT, self._masked(complaint))
        if exchange.may_have_arrived:
            return Sent(self.label, Outcome.UNKNOWN, explain(last))
        error = f"{explain(last)} · {self._masked(complaint)}"[:300]
        if last.status == _BUSY or last.retry_after:
            wait = self.throttle_pause if last.retry_after is None else last.retry_after
            return Sent(self.label, Outcome.NOT_SENT, error, wait)
        is_of_the_push = last.is_refused or last.status in _OF_THE_PUSH or (last.status is not None and last.status < 300)
        return Sent(self.label, Outcome.REFUSED if is_of_the_push else Outcome.NOT_SENT, error)

    def _notify(self, push: Push, exchange: Exchange) -> tuple[bool, str]:
        with watching(exchange):
            result = self._apprise.notify(title=push.title, body=push.body, body_format=apprise.NotifyFormat.TEXT)
        complaints = [entry.message for service in result for entry in service.logs()]
        return bool(result), complaints[-1] if complaints else "the service refused it"

    def _masked(self, complaint: str) -> str:
        for secret in self._secrets:
            # A short piece is masked as a word of its own, or each letter of that kind would be.
            whole = rf"(?<!\w){re.escape(secret)}(?!\w)" if len(secret) < 5 else re.escape(secret)
            complaint = re.sub(whole, "****", complaint)
        return complaint[:300]

    def _count_abandoned(self, change: int) -> None:
        self._abandoned += change


def targets_of(urls: Sequence[str], *, deadline: float, throttle_pause: float, on_unknown: OnUnknown) -> list[AppriseTarget]:
    """A target for each address; one that Apprise does not understand is named in the log by its place: it may hold a secret."""
    unique = list(dict.fromkeys(urls))
    options: Any = {"deadline": deadline, "throttle_pause": throttle_pause, "on_unknown": on_unknown}
    targets = [AppriseTarget(n, url, **options) for n, url in enumerate(unique, 1)]
    for target in targets:
        if not target.is_usable:
            structlog.get_logger().error("notify_url_not_understood", target=target.label)
    return targets


def _own_option(url: str, default: OnUnknown) -> tuple[str, OnUnknown]:
    """The address without our option, so that its key does not change with it, and what the option says."""
    found = _OPTION.search(url)
    if found is None:
        return url, default
    return _OPTION.sub("", url).rstrip("?&"), OnUnknown(found.group(1))


def _service_of(url: str, asset: apprise.AppriseAsset, deadline: float) -> Any:
    try:
        service = apprise.Apprise.instantiate(url, asset=asset)
    except (apprise.exception.AppriseException, TypeError, ValueError):
        return None
    if service and "rto=" not in url:
        service.socket_read_timeout = deadline * 0.9  # so that silence is heard before the deadline ends the whole push
    return service


def _scheme(url: str) -> str:
    return url.partition("://")[0][:20] if "://" in url else "address"


def _secrets_of(url: str) -> list[str]:
    """Pieces of the address that could be tokens, longest first: Apprise's complaints quote some of them."""
    pieces = re.split(r"[/:@?&=,+\s]+", url.partition("://")[2])
    return sorted({piece for piece in pieces if piece}, key=len, reverse=True)


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
