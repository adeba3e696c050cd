"""Who leads works, who does not tries again; a lost lease ends the work, and what others were asked is taken up."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

import scanner.leading.leadership as leadership_module
from common.errors import UnavailableError
from scanner.deal_data import Feed
from scanner.leading.asking import Asking
from scanner.leading.leadership import Leadership
from scanner.leading.led_work import LedWork
from scanner.metrics import ScannerMetrics
from tests.waiting import eventually

NOW = datetime(2026, 1, 2, tzinfo=UTC)


class FakeLease:
    """Answers with what `takes` holds, the last for ever; `fails` says why it is lost, `hangs` that it never answers."""

    def __init__(self, *takes: bool) -> None:
        self.takes, self.fails, self.hangs, self.left, self.asked, self.kept = list(takes), "", False, 0, 0, 0

    async def take(self) -> bool:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        return self.takes.pop(0) if len(self.takes) > 1 else self.takes[0]

    async def keep(self) -> None:
        self.kept += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise UnavailableError(self.fails)

    async def leave(self) -> None:
        self.left += 1


class FakeWork:
    """Notes what it is told; `fails` at its next turn. `hangs`: where it waits for a database that is cut off."""

    def __init__(self, hangs: str = "") -> None:
        self.told: list[str] = []
        self.fails, self.hangs = False, hangs

    async def begin(self) -> None:
        self.told.append("begin")
        if self.hangs == "begin":
            await asyncio.Event().wait()

    async def turn(self) -> None:
        if self.fails:
            self.fails = False
            raise ValueError("odd")
        if self.hangs == "turn":
            await asyncio.Event().wait()
        if self.told[-1] != "turn":
            self.told.append("turn")

    async def end(self) -> None:
        self.told.append("end")


def led(lease: FakeLease, work: FakeWork) -> Leadership:
    return Leadership(lease, work, ScannerMetrics(), beat=0.01)


def test_who_gets_the_lease_works_until_it_is_stopped() -> None:
    async def run() -> None:
        lease, work = FakeLease(True), FakeWork()
        leadership = led(lease, work)
        await leadership.start()
        assert leadership.is_leading
        await eventually(lambda: "turn" in work.told)
        await leadership.stop()
        assert (work.told, leadership.is_leading, lease.left) == (["begin", "turn", "end"], False, 1)

    asyncio.run(run())


def test_who_does_not_tries_again_until_it_does() -> None:
    async def run() -> None:
        lease, work = FakeLease(False, False, True), FakeWork()
        leadership = led(lease, work)
        await leadership.start()
        assert (leadership.is_leading, work.told) == (False, [])
        await eventually(lambda: leadership.is_leading)
        assert lease.asked == 3
        await leadership.stop()

    asyncio.run(run())


def test_a_lost_lease_ends_the_work_and_another_try_begins_it_anew() -> None:
    async def run() -> None:
        lease, work = FakeLease(True, False, True), FakeWork()
        leadership = led(lease, work)
        await leadership.start()
        lease.fails = "another scanner leads"
        await eventually(lambda: "end" in work.told)
        lease.fails = ""
        await eventually(lambda: work.told.count("begin") == 2)
        await leadership.stop()

    asyncio.run(run())


class ShowingWork(FakeWork):
    """Shows what a leader sees, to its end."""

    def __init__(self, metrics: ScannerMetrics) -> None:
        super().__init__()
        self.metrics = metrics

    async def end(self) -> None:
        metrics = self.metrics
        for gauge in (metrics.next_scan, metrics.failed_feeds, metrics.unpriced, metrics.pending, metrics.stream_up):
            gauge.set(7)
        await super().end()


def test_who_leads_no_more_shows_nothing_of_a_leaders_work() -> None:
    registry = CollectorRegistry()
    gauges = ("leading", "next_scan_timestamp_seconds", "failed_feeds", "unpriced_deals", "outbox_pending", "stream_up")

    async def run() -> None:
        metrics = ScannerMetrics(registry)
        lease, work = FakeLease(True, False), ShowingWork(metrics)
        leadership = Leadership(lease, work, metrics, beat=0.01)
        await leadership.start()
        lease.fails = "another scanner leads"
        await eventually(lambda: lease.left > 0)
        assert "end" in work.told
        await leadership.stop()

    asyncio.run(run())
    assert [registry.get_sample_value(f"scanner_{name}") for name in gauges] == [0.0] * len(gauges)


def test_a_database_that_hangs_ends_the_work_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leadership_module, "ANSWER", 0.05)

    async def run() -> None:
        lease, work = FakeLease(True), FakeWork()
        leadership = led(lease, work)
        await leadership.start()
        lease.hangs = True
        await eventually(lambda: "end" in work.told)
        assert not leadership.is_leading
        await leadership.stop()

    asyncio.run(run())


@pytest.mark.parametrize("hangs", ["begin", "turn"])
def test_a_leader_whose_work_hangs_shows_that_it_lives_and_is_a_candidate_again_once_it_leads_no_more(hangs: str) -> None:
    async def run() -> None:
        lease, work = FakeLease(True, False), FakeWork(hangs)
        leadership = led(lease, work)
        starting = asyncio.create_task(leadership.start())
        await eventually(lambda: lease.kept > 2)
        assert (leadership.is_leading, work.told) == (True, ["begin"])
        lease.fails = "another scanner leads"
        await eventually(lambda: lease.asked > 1)
        await starting
        assert (leadership.is_leading, work.told) == (False, ["begin", "end"])
        await leadership.stop()

    asyncio.run(run())


def test_work_that_fails_is_begun_again() -> None:
    async def run() -> None:
        work = FakeWork()
        leadership = led(FakeLease(True), work)
        await leadership.start()
        work.fails = True
        await eventually(lambda: work.told.count("begin") == 2)
        await leadership.stop()
        assert work.told[-1] == "end"

    asyncio.run(run())


class FakeRunner:
    """Notes what runs."""

    def __init__(self, told: list[str]) -> None:
        self.told, self.taken, self.has_unpriced = told, dict[str, frozenset[int]](), False

    async def recover(self) -> None:
        self.told.append("recover")

    def start(self) -> None:
        self.told.append("start runner")

    async def stop(self) -> None:
        self.told.append("stop runner")

    async def begin(self, feed_id: int | None = None) -> str:
        return f"mine {feed_id}"

    async def take_up(self, scan_id: str, feeds: frozenset[int]) -> None:
        self.taken[scan_id] = feeds

    def note_unpriced(self) -> None:
        self.has_unpriced = True


class FakePart:
    """Something beside the runner."""

    def __init__(self, told: list[str]) -> None:
        self.told = told

    def start(self) -> None:
        self.told.append("start other")

    async def stop(self) -> None:
        self.told.append("stop other")


class FakeFeeds:
    """A list of one."""

    async def enabled(self) -> list[Feed]:
        return [Feed(7, "https://deals.example/rss", "Deals")]


class FakeBook:
    """What was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, frozenset[int]] = {}

    async def ask(self, scan_id: str, feeds: frozenset[int], now: datetime) -> None:
        self.asked[scan_id] = feeds

    async def take_asked(self, now: datetime) -> Mapping[str, frozenset[int]]:
        taken, self.asked = self.asked, {}
        return taken


def test_what_another_was_asked_is_taken_up_under_the_id_that_was_told() -> None:
    async def run() -> None:
        book, told = FakeBook(), list[str]()
        runner = FakeRunner(told)

        async def waits() -> bool:
            return True

        scan_id = await Asking(runner, FakeFeeds(), book, lambda: False, lambda: NOW).begin(7)
        work = LedWork(runner, (FakePart(told),), book, waits, lambda: NOW)
        await work.begin()
        await work.turn()
        await work.end()
        assert runner.taken == {scan_id: frozenset([7])}
        assert runner.has_unpriced
        assert told == ["recover", "start other", "start runner", "stop runner", "stop other"]
        assert await Asking(runner, FakeFeeds(), book, lambda: True, lambda: NOW).begin(7) == "mine 7"

    asyncio.run(run())
