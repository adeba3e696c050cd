"""Sends pushes through Apprise: a Target a recipient, where Apprise sends to each of an address's recipients by itself.

A peer that hangs costs a deadline, never the event loop or another peer.
"""

import asyncio
import contextlib
import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from common.background import end
from notifier.channels.apprise_services import (
    TEXT,
    AddressError,
    demanded_service,
    facts_in,
    new_asset,
    scheme_of,
    sender_of,
    service_of,
)
from notifier.channels.channel import HIDDEN
from notifier.channels.marks import Marks
from notifier.channels.secrecy import masked, secrets_of
from notifier.exchange import Call, Exchange, explain, is_yes
from notifier.message import Push
from notifier.notification import OnUnknown, Outcome, Sent
from notifier.wire import watching

_ABANDONED_LIMIT = 4  # threads that may hang on one peer; past it, sends to it fail at once until one ends
_SECOND_LOOK = 0.5  # seconds after the deadline: a process that stood still finds the answer waiting, and the deadline over
_OF_THE_PUSH = (400, 413, 422)  # statuses that say something of this push, not of the peer
_BUSY = 429
_OPTION = re.compile(r"(?<=[?&])unknown=(repeat|after-crash|ask)(?:&|$)")  # ours, at the end of an address
_DROP_REPEATS = ("ntfy", "ntfys", "mailto", "mailtos")  # schemes of services that know a push's id, and show one of two


@dataclass(frozen=True)
class Manner:
    """How pushes are sent. `deadline`: seconds for one push; `throttle_pause`: seconds that a peer rests after a plain 429.

    `on_unknown`: what to do with a push that may have arrived; None: repeat it where the service knows its id, else after a crash.
    """

    deadline: float
    throttle_pause: float
    on_unknown: OnUnknown | None = None


class AppriseTarget:
    """One recipient. Sends go one after another, because Apprise's own throttle of a service is not made for threads.

    `service` is Apprise's, None where it does not understand the address; `name` may be shown, `place` tells it from all others.
    """

    def __init__(self, name: str, url: str, place: str, service: Any, manner: Manner) -> None:
        self.label, self.key = name, hashlib.sha256(place.encode()).hexdigest()[:16]
        self.deadline, self.throttle_pause = manner.deadline, manner.throttle_pause
        by_kind = OnUnknown.REPEAT if scheme_of(url) in _DROP_REPEATS else OnUnknown.AFTER_CRASH
        self.on_unknown = manner.on_unknown or by_kind
        self.shown = f"{scheme_of(url)}://{HIDDEN}"
        self._secrets = secrets_of(url)
        self._service, self._marks = service, Marks(service)
        self._apprise = sender_of(service)
        self._turn = asyncio.Lock()
        self._abandoned = 0

    @property
    def is_usable(self) -> bool:
        """Whether Apprise understands the address."""
        return self._service is not None

    async def send(self, push: Push) -> Sent:
        """Send to this address. Failure is an answer, not an exception."""
        if not self.is_usable:
            return Sent(self.label, Outcome.NOT_SENT, "Apprise does not understand this address")
        async with self._turn:
            if self._abandoned >= _ABANDONED_LIMIT:
                return Sent(self.label, Outcome.NOT_SENT, f"{self._abandoned} earlier pushes to it still hang")
            return await self._send(push)

    async def _send(self, push: Push) -> Sent:
        exchange = Exchange(push.id, link=push.link)
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
            early = exchange.early
            return Sent(self.label, Outcome.NOT_SENT, self._told(early) if early else masked(complaint, self._secrets))
        error = self._told(last) if not is_yes(last.status) else f"{self._told(last)} · {masked(complaint, self._secrets)}"[:300]
        if exchange.may_have_arrived:
            return Sent(self.label, Outcome.UNKNOWN, error)
        if last.status == _BUSY or last.retry_after:
            wait = self.throttle_pause if last.retry_after is None else last.retry_after
            return Sent(self.label, Outcome.NOT_SENT, error, wait)
        is_of_the_push = last.is_refused or last.status in _OF_THE_PUSH or (last.status is not None and last.status < 300)
        return Sent(self.label, Outcome.REFUSED if is_of_the_push else Outcome.NOT_SENT, error)

    def _notify(self, push: Push, exchange: Exchange) -> tuple[bool, str]:
        with watching(exchange):
            push = push.fitted(self._service.title_maxlen, self._service.body_maxlen)
            self._marks.put(push)
            result = self._apprise.notify(title=push.title, body=push.body, body_format=TEXT)
        complaints = [entry.message for service in result for entry in service.logs()]
        return bool(result), complaints[-1] if complaints else "the service refused it"

    def _told(self, call: Call) -> str:
        """What became of a call, with the host that was spoken to, which is no secret unless a token stands in it."""
        open_parts = re.split(r"[:\[\]]", call.host)
        return masked(explain(call), [each for each in self._secrets if each not in open_parts])

    def _count_abandoned(self, change: int) -> None:
        self._abandoned += change


def targets_of(urls: Sequence[str], manner: Manner) -> list[AppriseTarget]:
    """A target for each recipient; an address that Apprise does not understand is named in the log by its place in the list."""
    targets = [target for number, url in enumerate(dict.fromkeys(urls), 1) for target in _targets(number, url, manner)]
    for target in targets:
        if not target.is_usable:
            structlog.get_logger().error("notify_url_not_understood", target=target.label)
    return targets


def named_target(name: str, key: str, url: str, manner: Manner, sound: str = "") -> AppriseTarget:
    """The one target of a channel with a name and a key of its own. AddressError where Apprise makes none of its address."""
    bare, manner = _own_option(url, manner)
    service = demanded_service(bare, sound)
    if (several := len(_one_each(bare, service, service.asset))) > 1:
        raise AddressError(
            f"it has {several} recipients: give each a channel of its own, so that one who fails costs the others nothing"
        )
    target = AppriseTarget(name, bare, key, _prepared(bare, service, manner), manner)
    target.key = key
    return target


def _targets(number: int, url: str, manner: Manner) -> Iterator[AppriseTarget]:
    url, manner = _own_option(url, manner)
    asset = new_asset()
    service = service_of(url, asset)
    name = service.service_name if service else scheme_of(url)
    alone = _one_each(url, service, asset) if service else {}
    for place, (recipient, each) in enumerate(alone.items(), 1):
        yield AppriseTarget(f"{name} ({number}.{place})", url, f"{url} {recipient}", _prepared(url, each, manner), manner)
    if not alone:
        yield AppriseTarget(f"{name} ({number})", url, url, _prepared(url, service, manner) if service else None, manner)


def _one_each(url: str, service: Any, asset: Any) -> dict[str, Any]:
    """A service for each recipient by itself, so that one who fails, or takes long, costs the others nothing; {} for one alone."""
    facts = facts_in(url)
    words = [word for each in facts.get("targets") or [] for word in re.split(r"[,\s]+", each) if word]
    if len(service) < 2 or len(words) < 2:
        return {}
    alone = {word: service_of({**facts, "targets": [word]}, asset) for word in words}
    is_whole = all(alone.values()) and sum(map(len, alone.values())) == len(service)
    return alone if is_whole else {}


def _own_option(url: str, manner: Manner) -> tuple[str, Manner]:
    """The address without our option, so that its key does not change with it, and what the option says."""
    found = _OPTION.search(url)
    if found is None:
        return url, manner
    return _OPTION.sub("", url).rstrip("?&"), replace(manner, on_unknown=OnUnknown(found.group(1)))


def _prepared(url: str, service: Any, manner: Manner) -> Any:
    service.retry = 0  # it is the channel's worker that tries again
    if len(service) > 1:
        service.request_rate_per_sec = 0  # its pauses between recipients would use up the deadline of the push
    if "rto=" not in url:
        service.socket_read_timeout = manner.deadline * 0.9  # so that silence is heard before the deadline ends the whole push
    return service


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
