"""What a scan did when is kept with it, what came of each item is found, and all of it is told as it happens."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from common.activity.entry import Entry
from common.activity.log import ActivityLog
from common.errors import NotFoundError
from scanner.app import Fakes, create_app
from scanner.deal_data import Judged, OutboxRow
from scanner.parsing.feed_entry import FeedError
from scanner.planner.plan_data import Plan, Step
from scanner.policy import Policy
from scanner.prices.price_reader import PriceReader
from scanner.references.reader import ReferenceReader
from scanner.scan_runner import ScanRunner
from scanner.service import Ports, Scanner
from scanner.settings import Settings
from scanner.store.store import Store
from scanner.tracing.observers import Observers
from scanner.tracing.outgoing import Outgoing
from scanner.tracing.telling import Telling
from scanner.tracing.trace import MOST_SPANS, Span, Trace
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, item, rss, store_in, stored, until

A, B = "https://a.example/rss", "https://b.example/rss"
DRILL = item("Acme Drill for $60 + free shipping", price="59.99")
DEAR = item("Acme Saw for $500", number=2, price="500")


class Clock:
    """One second later whenever it is asked."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


async def over(store: Store, scan: str) -> None:
    async def is_over() -> bool:
        return bool((await store.scans.get(scan))["state"] != "running")

    await until("the scan is over", is_over)


def told(log: ActivityLog) -> list[Entry]:
    return log.entries.after(None)[0]


def test_a_scan_keeps_its_steps_and_what_came_of_each_item(tmp_path: Path) -> None:
    async def play() -> None:
        store = await store_in(tmp_path, A, B)
        log, clock = ActivityLog("scanner"), Clock()
        telling = Telling(log)
        source = FakeSource({A: rss(DRILL, DEAR), B: FeedError("answered 503", status=503)})
        memory = store.feeds, store.deals, store.readings, store.offers
        ports = Ports(*memory, source, PriceReader(), ReferenceReader(), FakeJudge(), store.plans, products=store.products)
        scanner = Scanner(ports, Policy(), clock, telling)
        runner = ScanRunner(scanner, store.scans, store.feeds, Observers(telling=telling, traces=store.traces), now=clock)
        first = await runner.begin()
        await over(store, first)
        trace, _ = await store.traces.read(first, None, 10)
        steps = {each["step"] for each in trace["spans"] if each.get("of", "").endswith(A)}
        assert steps == {"fetch", "parse", "take in"}
        assert {"judge", "price", "decide", "choose", "store"} <= {each["step"] for each in trace["spans"]}
        failed = next(each for each in trace["spans"] if each["step"] == "fetch" and each.get("problem"))
        assert (failed["problem"], failed["facts"]) == ("answered 503", {"status": 503})
        assert all(0 <= each["start"] <= each["end"] for each in trace["spans"])
        items = (await store.traces.read(first, None, 10))[1].items
        assert [(each["title"], each["state"], each["alerted"]) for each in items] == [
            ("Acme Drill for $60 + free shipping", "priced", True),
            ("Acme Saw for $500", "priced", False),
        ]
        assert items[0]["queued"] is not None
        assert items[0]["pricers"][0]["pricer"] == "a"
        _, page = await store.traces.read(first, None, 1)
        assert [each["deal"] for each in (await store.traces.read(first, page.next, 1))[1].items] == [items[1]["deal"]]

        second = await runner.begin()
        await over(store, second)
        assert (await store.traces.read(second, None, 10))[1].items == []
        events = [(each.agent, each.event, each.level) for each in told(log)]
        for expected in (
            ("scanner", "scan_begun", "info"),
            ("scanner", "feed_failed", "warning"),
            ("scanner", "feed_read", "info"),
            ("scanner", "judging", "info"),
            ("scanner", "found", "info"),
            ("scanner", "scan_done", "info"),
        ):
            assert expected in events
        found = next(each for each in told(log) if each.event == "found")
        assert found.text.startswith("Acme Drill for $60 + free shipping at $59.99, worth $200.00, is pushed")
        assert "opportunities" in found.topics
        await runner.stop()
        await store.scans.prune(NOW + timedelta(days=400))
        with pytest.raises(NotFoundError):
            await store.traces.read(first, None, 10)
        await store.aclose()

    asyncio.run(play())


def test_a_scan_without_a_trace_says_so(tmp_path: Path) -> None:
    settings = Settings.model_validate({"DATABASE_URL": f"sqlite:///{tmp_path / 's.sqlite3'}", "FEEDS": A, "interval": 0})
    fakes = Fakes(source=FakeSource({A: rss(DRILL)}), judge=FakeJudge(), now=lambda: NOW)
    with TestClient(create_app(fakes, settings)) as client:
        for _ in range(400):
            if client.get("/readyz").status_code == 200:
                break
        answer = client.get("/scans/none/trace")
        assert (answer.status_code, answer.json()["detail"]) == (404, "there is no scan none")
        scan = client.post("/scan").json()["scan"]
        for _ in range(400):
            if client.get(f"/scans/{scan}").json()["state"] != "running":
                break
        trace = client.get(f"/scans/{scan}/trace").json()
        assert {"fetch", "parse", "take in", "judge", "store"} <= {each["step"] for each in trace["spans"]}
        assert [each["title"] for each in trace["items"]] == ["Acme Drill for $60 + free shipping"]
        assert client.get(f"/scans/{scan}/trace", params={"cursor": "x"}).status_code == 422
        assert client.get(f"/scans/{scan}/trace", params={"limit": 0}).status_code == 422


def test_a_trace_is_bounded() -> None:
    trace = Trace()
    for number in range(MOST_SPANS + 5):
        trace.add(Span("fetch", 0.0, 1.0, "x" * 500, "y" * 5000, {"number": number}))
    kept = trace.as_json()
    assert (len(kept["spans"]), kept["left_out"]) == (MOST_SPANS, 5)
    assert len(kept["spans"][0]["of"]) == 80


def test_a_step_that_fails_is_kept_with_why() -> None:
    trace = Trace()
    with pytest.raises(ValueError, match="broken"), trace.step("judge", deals=2):
        raise ValueError("broken")
    (span,) = trace.spans
    assert (span.step, span.problem, span.facts) == ("judge", "ValueError: broken", {"deals": 2})


def test_what_goes_out_is_told_whatever_its_kind() -> None:
    log = ActivityLog("scanner")
    bodies = [
        '{"id": "o1", "deal": {"title": "Acme Drill"}}',
        '{"id": "o1", "deal": {"title": "Acme Drill"}, "revision": 1, "withdrawn": "it has expired"}',
        '{"id": "o1", "deal": {"title": "Acme Drill"}, "revision": 2, "withdrawn": null}',
        '{"id": "n1", "kind": "feed", "title": "A feed fails"}',
        "no JSON",
        "[]",
    ]
    Outgoing(log).went_out([OutboxRow(number, body) for number, body in enumerate(bodies)])
    assert [each.text for each in told(log)] == [
        "Hands Acme Drill to the notifier",
        "Withdraws Acme Drill: it has expired",
        "Puts right what was said of Acme Drill",
        "Tells the notifier: A feed fails",
        "Something went out that cannot be read",
        "Something went out that cannot be read",
    ]


def test_the_planner_tells_each_step_with_tokens_and_dollars() -> None:
    log = ActivityLog("scanner")
    steps = (Step("scan", "{}", "[]", 900, 0.0004), Step("notify", '{"deal": 1}', "{}", 1800, 0.0009))
    telling = Telling(log)
    for step in steps:
        telling.stepped(step)
    telling.planned(Plan("p1", NOW, "done", frozenset({1}), steps, 2000, 0.001))
    entries = told(log)
    assert [(each.agent, each.event) for each in entries] == [("planner", "planner_step")] * 2 + [("planner", "planner_ended")]
    assert entries[1].fields == {"tokens": 1800, "dollars": 0.0009}
    assert entries[2].text == "The planner is done: 1 chosen in 2 steps, $0.0010"


def test_an_outage_of_the_judge_is_told_once_and_its_end_too() -> None:
    log = ActivityLog("scanner")
    telling = Telling(log)
    for _ in range(5):
        telling.asked(29)
        telling.stuck(29, "ensemble: down")
        telling.found([])
    assert [each.event for each in told(log)] == ["judging", "judgements_missing"]
    telling.found([Judged(stored(), None)])
    telling.asked(3)
    assert [each.event for each in told(log)][2:] == ["judging"]
