"""Bounds on requests in flight, and how honest Retry-After is."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from common.http.admission import LONGEST_RETRY, AdmissionMiddleware, Bodies, BodyMiddleware, read_length
from common.http.disconnect import CLOSED


class Gate:
    """An application that answers once it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.opened.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class Caller:
    """Keeps what it was answered. Sends `pieces` of a body with a pause before each but the first, then leaves.

    `leaves_early`: more of the body was to come.
    """

    def __init__(self, *pieces: bytes, pause: float = 0.0, leaves_early: bool = False) -> None:
        self.pieces, self.pause, self.started, self.body = list(pieces or [b""]), pause, dict[str, object](), b""
        self.sent, self.leaves_early = 0, leaves_early

    async def receive(self) -> Message:
        if self.sent:
            await asyncio.sleep(self.pause)
        if self.sent == len(self.pieces):
            return {"type": "http.disconnect"}
        self.sent += 1
        return {"type": "http.request", "body": self.pieces[self.sent - 1], "more_body": self._has_more}

    @property
    def _has_more(self) -> bool:
        return self.leaves_early or self.sent < len(self.pieces)

    async def send(self, message: Message) -> None:
        self.started = self.started or dict(message)
        self.body += message.get("body", b"")

    @property
    def status(self) -> object:
        return self.started.get("status")

    def header(self, name: str) -> str:
        headers = self.started["headers"]
        assert isinstance(headers, list)
        return str(dict(headers)[name.encode()].decode())


SCOPE: Scope = {"type": "http", "method": "POST", "path": "/price", "headers": [(b"content-type", b"application/json")]}


def test_past_the_bound_nobody_waits_and_places_come_free() -> None:
    async def scene() -> None:
        gate = Gate()
        admission = AdmissionMiddleware(gate, 2)
        inside = [asyncio.create_task(admission(SCOPE, Caller().receive, Caller().send)) for _ in range(2)]
        await asyncio.sleep(0)
        refused = Caller()
        await admission(SCOPE, refused.receive, refused.send)
        assert (refused.status, refused.header("retry-after")) == (429, "1")
        gate.opened.set()
        await asyncio.gather(*inside)
        late = Caller()
        await admission(SCOPE, late.receive, late.send)
        assert late.status == 200

    asyncio.run(scene())


def test_who_is_refused_later_is_told_a_later_time_and_answers_bring_it_forward() -> None:
    admission = AdmissionMiddleware(Gate(), 4)
    admission.seconds = 8.0  # four places: one comes free every two seconds
    assert admission.retry_after == pytest.approx(2)
    admission.sent_away = 5
    assert admission.retry_after == pytest.approx(12)
    admission.sent_away = 10_000
    assert admission.retry_after == LONGEST_RETRY


def test_streams_tell_nothing_of_service_times() -> None:
    async def scene() -> None:
        gate = Gate()
        gate.opened.set()
        admission = AdmissionMiddleware(gate, 2, frozenset({"/price/stream"}))
        caller = Caller()
        await admission(SCOPE | {"path": "/price/stream"}, caller.receive, caller.send)
        assert admission.seconds == 0.0
        await admission(SCOPE, caller.receive, caller.send)
        assert admission.seconds > 0.0

    asyncio.run(scene())


def test_a_body_that_trickles_in_is_given_up_and_its_connection_closed() -> None:
    async def scene() -> None:
        slow = Caller(*[b"x"] * 1000, pause=0.02)
        await BodyMiddleware(Gate(), Bodies(), seconds=0.1)(SCOPE, slow.receive, slow.send)
        assert (slow.status, slow.header("connection")) == (408, "close")
        assert slow.sent < 1000

    asyncio.run(scene())


def test_a_large_body_at_a_fair_pace_gets_the_time_it_needs() -> None:
    async def scene() -> None:
        gate = Gate()
        gate.opened.set()
        steady = Caller(*[b"x" * 8192] * 10, pause=0.02)  # some 400 kB a second, 0.2 s in all
        await BodyMiddleware(gate, Bodies(), seconds=0.1)(SCOPE, steady.receive, steady.send)
        assert steady.status == 200

    asyncio.run(scene())


@pytest.mark.parametrize("pieces", [(b"",), (b"text=drill&target=12",), (b"text=drill&", b"target=12")])
def test_a_body_whose_end_never_comes_is_acted_upon_by_nobody(pieces: tuple[bytes, ...]) -> None:
    reached: list[str] = []

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["path"])

    async def scene() -> None:
        gone = Caller(*pieces, leaves_early=True)
        await BodyMiddleware(door, Bodies(json_only=False))(SCOPE, gone.receive, gone.send)
        assert gone.status == CLOSED

    asyncio.run(scene())
    assert reached == []


@pytest.mark.parametrize(("declared", "status"), [("0" * 5000 + "3", 200), ("0" * 5000 + "1001", 413), ("1001", 413)])
def test_a_declared_length_is_read_however_it_is_written(declared: str, status: int) -> None:
    async def scene() -> None:
        gate = Gate()
        gate.opened.set()
        caller = Caller(b"{} ")
        scope = SCOPE | {"headers": [*SCOPE["headers"], (b"content-length", declared.encode())]}
        await BodyMiddleware(gate, Bodies(default=1000))(scope, caller.receive, caller.send)
        assert caller.status == status

    asyncio.run(scene())


def test_a_body_without_a_declared_length_is_cut_off_at_the_limit() -> None:
    async def scene() -> None:
        large = Caller(*[b"x" * 100] * 100)
        await BodyMiddleware(Gate(), Bodies(default=1000))(SCOPE, large.receive, large.send)
        assert (large.status, large.sent) == (413, 11)

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("header", "length"),
    [
        ("0", 0),
        ("262144", 262_144),
        ("0029", 29),
        ("0" * 5_000 + "29", 29),
        ("9" * 18, 10**18 - 1),
        ("9" * 5_000, None),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1_0", None),
        ("²", None),
        ("٣", None),
    ],
)
def test_a_length_is_a_whole_number_of_bytes_or_none(header: str, length: int | None) -> None:
    assert read_length(header) == length
