"""The scanner's HTTP interface over a real store and fakes for the outer world."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from common.judging import Judgement, JudgeRequest
from common.request_context import outgoing_headers
from scanner import service
from scanner.app import Fakes, create_app
from scanner.rates.bank_file import BankError
from scanner.rates.day_rates import DayRates
from scanner.settings import Settings
from tests.unit.scanner.fakes import FakeBank, FakeJudge, FakePages, FakeSource, FakeStream, item_of_today, rss
from tests.waiting import until, until_ready

A = "https://a.example/rss"
ITEMS = [item_of_today(f"Acme Drill D{n} for ${30 + n}", number=n) for n in range(1, 6)]


def settings(folder: Path, **values: Any) -> Settings:
    given: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'scanner.sqlite3'}",
        "feeds": A,
        "interval": 0,
        "baseline": "recent",
    } | values
    return Settings(**given)


class TracedJudge(FakeJudge):
    """Notes what a client of the ensemble would pass on."""

    def __init__(self) -> None:
        super().__init__()
        self.traces: list[str | None] = []

    async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
        self.traces.append(outgoing_headers().get("traceparent"))
        return await super().judge(requests)


@contextmanager
def running(
    folder: Path,
    source: FakeSource | None = None,
    stream: FakeStream | None = None,
    judge: FakeJudge | None = None,
    **values: Any,
) -> Iterator[TestClient]:
    fakes = Fakes(source or FakeSource({A: rss(*ITEMS)}), judge or FakeJudge(), stream or FakeStream())
    with TestClient(create_app(fakes, settings(folder, **values))) as client:
        until_ready(client)
        yield client


def scan(client: TestClient) -> dict[str, Any]:
    answer = client.post("/scan")
    assert answer.status_code == 202
    path = f"/scans/{answer.json()['scan']}"
    until(lambda: client.get(path).json()["state"] != "running")
    found: dict[str, Any] = client.get(path).json()
    return found


def test_a_scan_reports_each_feed_and_its_counts(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        found = scan(client)
        assert (found["state"], found["new"], found["priced"], found["alerts"], found["failed"]) == ("done", 5, 5, 5, 0)
        assert found["feeds"][0]["items"] == 5
        assert found["started"] <= found["finished"]
        assert client.get("/scans").json()["items"][0]["id"] == found["id"]


def test_all_that_waits_is_judged_without_another_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PENDING", 3)
    with running(tmp_path) as client:
        found = scan(client)
        assert (found["new"], found["priced"], found["unpriced"]) == (5, 3, 2)
        until(lambda: client.get(f"/scans/{found['id']}").json()["priced"] == 5)
        assert client.get(f"/scans/{found['id']}").json()["unpriced"] == 0
        assert [each["id"] for each in client.get("/scans").json()["items"]] == [found["id"]]


def test_two_scans_never_run_at_once(tmp_path: Path) -> None:
    hold = asyncio.Event()
    source = FakeSource({A: rss(*ITEMS)}, hold)
    with running(tmp_path, source) as client:
        first, second = client.post("/scan").json(), client.post("/scan").json()
        assert first == second
        assert client.get(f"/scans/{first['scan']}").json()["state"] == "running"
        assert client.portal is not None
        client.portal.call(hold.set)
        until(lambda: client.get(f"/scans/{first['scan']}").json()["state"] == "done")
        assert scan(client)["id"] != first["scan"]


def test_periodic_scans_begin_at_once(tmp_path: Path) -> None:
    with running(tmp_path, interval=3600) as client:
        until(lambda: len(client.get("/deals").json()["items"]) == 5)


def test_lists_are_paged_to_the_end(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        scan(client)
        for path, key in (("/deals", "title"), ("/opportunities", "discount")):
            whole = client.get(path).json()
            assert whole["next"] is None
            found, cursor = [], None
            while True:
                page = client.get(path, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
                found += page["items"]
                cursor = page["next"]
                if cursor is None:
                    break
            assert [each[key] for each in found] == [each[key] for each in whole["items"]]
            assert len(found) == 5
        discounts = [each["discount"] for each in client.get("/opportunities").json()["items"]]
        assert discounts == sorted(discounts, reverse=True)


def test_a_deal_shows_what_was_read_and_what_became_of_it(tmp_path: Path) -> None:
    extra = "<dealnews:expires>2036-12-01T00:00:00Z</dealnews:expires><dealnews:retailer>Acme</dealnews:retailer>"
    published = datetime.now(UTC).replace(microsecond=0)
    drill = item_of_today("Acme Drill for $60", price="59.99", extra=extra, published=published)
    with running(tmp_path, FakeSource({A: rss(drill)})) as client:
        scan(client)
        assert client.get("/deals").json() == {
            "items": [
                {
                    "id": 1,
                    "title": "Acme Drill for $60",
                    "description": "A sturdy thing.",
                    "price": 59.99,
                    "currency": "USD",
                    "url": "https://deals.example/1.html?iref=rss",
                    "retailer": "Acme",
                    "feed": "Deals",
                    "published": published.isoformat(),
                    "expires": "2036-12-01T00:00:00+00:00",
                    "condition": "new",
                    "category": "",
                    "list_price": None,
                    "kind": "priced",
                    "price_source": "feed",
                    "state": "priced",
                    "reason": None,
                    "estimate": 200.0,
                    "low": 150.0,
                    "high": 260.0,
                    "chance": 0.95,
                    "references": [],
                    "shipping": None,
                    "unit_price": None,
                    "page": None,
                    "review_id": None,
                    "feedback": None,
                }
            ],
            "next": None,
        }


def test_a_dismissed_opportunity_is_no_longer_listed(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        scan(client)
        first = client.get("/opportunities").json()["items"][0]["id"]
        assert client.post(f"/opportunities/{first}/dismiss").status_code == 204
        assert first not in [each["id"] for each in client.get("/opportunities").json()["items"]]
        assert first in [each["id"] for each in client.get("/opportunities", params={"all": "true"}).json()["items"]]


def test_one_opportunity_can_be_asked_for_also_where_it_is_dismissed(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        scan(client)
        first = client.get("/opportunities").json()["items"][0]
        assert client.post(f"/opportunities/{first['id']}/dismiss").status_code == 204
        assert client.get(f"/opportunities/{first['id']}").json() == first | {"dismissed": True}


def test_a_restored_opportunity_stands_where_it_was(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        scan(client)
        before = client.get("/opportunities").json()["items"]
        for _ in range(2):
            assert client.post(f"/opportunities/{before[0]['id']}/dismiss").status_code == 204
            assert client.post(f"/opportunities/{before[0]['id']}/restore").status_code == 204
        assert client.get("/opportunities").json()["items"] == before


def test_opportunities_of_a_demo_that_is_switched_off_are_hidden(tmp_path: Path) -> None:
    with running(tmp_path, FakeSource({"demo": rss(*ITEMS)}), feeds="demo") as client:
        scan(client)
        found = client.get("/opportunities").json()["items"]
        assert len(found) == 5
        assert all(each["deal"]["feed"].startswith("demo") for each in found)
    with running(tmp_path, FakeSource({A: rss()})) as client:
        assert client.get("/opportunities").json()["items"] == []


def test_feeds_are_added_and_removed(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        added = client.post("/feeds", json={"url": "https://b.example/rss", "title": "B", "currency": "AUD"})
        assert (added.status_code, added.json()["currency"]) == (201, "AUD")
        assert [feed["url"] for feed in client.get("/feeds").json()["items"]] == [A, "https://b.example/rss"]
        assert client.delete(f"/feeds/{added.json()['id']}").status_code == 204
        assert [feed["url"] for feed in client.get("/feeds").json()["items"]] == [A]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "ftp://a.example"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://user:secret@a.example"}, "url"),
        ({"url": "http://[bad"}, "url"),
        ({"url": "https://a.example:99999/"}, "url"),
        ({"url": 7}, "url"),
        ({"url": A}, "url"),
        ({"url": "https://c.example", "currency": "dollars"}, "currency"),
        ({"url": "https://c.example", "title": ""}, "title"),
        ({"url": "https://c.example", "colour": "red"}, "colour"),
    ],
)
def test_a_bad_feed_is_refused_naming_the_field(tmp_path: Path, body: dict[str, object], field: str) -> None:
    with running(tmp_path) as client:
        answer = client.post("/feeds", json=body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("cursor", ["x", "%%%", "WzFd", "bnVsbA", "WyJhIl0", "W251bGwsIDFd", "é"])
@pytest.mark.parametrize("path", ["/deals", "/opportunities"])
def test_a_foreign_cursor_is_refused_or_harmless(tmp_path: Path, path: str, cursor: str) -> None:
    with running(tmp_path) as client:
        answer = client.get(path, params={"cursor": cursor})
        assert (
            answer.status_code == 200 if (path, cursor) == ("/deals", "WzFd") else answer.json()["errors"][0]["field"] == "cursor"
        )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/scans/none", 404),
        ("DELETE", "/feeds/17", 404),
        ("DELETE", "/feeds/x", 404),
        ("DELETE", f"/feeds/{10**30}", 422),
        ("GET", "/opportunities/none", 404),
        ("POST", "/opportunities/none/dismiss", 404),
        ("POST", "/opportunities/none/restore", 404),
        ("GET", "/deals?limit=0", 422),
        ("GET", "/deals?limit=100000", 422),
    ],
)
def test_what_does_not_exist_is_said(tmp_path: Path, method: str, path: str, status: int) -> None:
    with running(tmp_path) as client:
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_the_service_is_ready_and_scans_while_the_stream_is_down(tmp_path: Path) -> None:
    stream = FakeStream(down=True)
    with running(tmp_path, stream=stream) as client:
        assert scan(client)["alerts"] == 5
        until(lambda: "scanner_outbox_pending 5.0" in client.get("/metrics").text)
        stream.down = False
        until(lambda: len(stream.rows) == 5)


def test_a_restart_neither_loses_nor_repeats(tmp_path: Path) -> None:
    with running(tmp_path, stream=FakeStream(down=True)) as client:
        assert scan(client)["alerts"] == 5
    stream = FakeStream()
    with running(tmp_path, stream=stream) as client:
        assert (scan(client)["new"], scan(client)["alerts"]) == (0, 0)
        until(lambda: len(stream.rows) == 5)
        assert len(client.get("/opportunities").json()["items"]) == 5


def test_a_scan_that_was_cut_off_is_not_running_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, FakeSource({A: rss(*ITEMS)}, asyncio.Event())) as client:
        identifier = client.post("/scan").json()["scan"]
    with running(tmp_path) as client:
        assert client.get(f"/scans/{identifier}").json()["state"] in ("failed", "interrupted")
        assert scan(client)["new"] == 5


def test_a_trace_is_passed_on_to_the_ensemble(tmp_path: Path) -> None:
    judge = TracedJudge()
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with running(tmp_path, judge=judge) as client:
        client.post("/scan", headers={"traceparent": trace})
        until(lambda: judge.traces)
    assert judge.traces == [trace]


def test_rates_that_cannot_be_read_stop_the_service_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"AUD=0\.66"):
        settings(tmp_path, exchange_rates="AUD")


def test_rates_that_count_now_are_shown_with_whose_word_they_are(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    bank = FakeBank(DayRates(today, {"AUD": 0.65, "EUR": 1.1}))
    fakes = Fakes(FakeSource({A: rss(*ITEMS)}), FakeJudge(), FakeStream(), bank=bank)
    with TestClient(create_app(fakes, settings(tmp_path, exchange_rates="ISK=0.007,AUD=0.7"))) as client:
        until_ready(client)
        fixed = {"currency": "ISK", "dollars": 0.007, "said_by": "setting", "day": None}
        assert client.get("/rates").json()["items"] == [fixed | {"currency": "AUD", "dollars": 0.7}, fixed]
        scan(client)
        found = client.get("/rates").json()
        told = {"currency": "AUD", "dollars": 0.65, "said_by": "bank", "day": today.isoformat()}
        assert found["items"] == [told, told | {"currency": "EUR", "dollars": 1.1}, fixed]
        assert (found["problem"], found["asked"] is not None) == (None, True)


def test_no_bank_is_asked_for_the_demo(tmp_path: Path) -> None:
    bank = FakeBank(BankError("away"))
    fakes = Fakes(FakeSource({"demo": rss(*ITEMS)}), FakeJudge(), FakeStream(), bank=bank)
    with TestClient(create_app(fakes, settings(tmp_path, feeds="demo"))) as client:
        until_ready(client)
        scan(client)
    assert bank.calls == 0


def test_a_bank_that_is_away_stops_no_scan(tmp_path: Path) -> None:
    fakes = Fakes(FakeSource({A: rss(*ITEMS)}), FakeJudge(), FakeStream(), bank=FakeBank(BankError("away")))
    with TestClient(create_app(fakes, settings(tmp_path))) as client:
        until_ready(client)
        assert scan(client)["state"] == "done"
        assert client.get("/rates").json()["problem"] == "away"


def test_winners_are_looked_at_where_that_is_asked_for(tmp_path: Path) -> None:
    for is_on in (False, True):
        folder, pages = tmp_path / str(is_on), FakePages({})
        folder.mkdir()
        fakes = Fakes(FakeSource({A: rss(*ITEMS)}), FakeJudge(), FakeStream(), pages=pages)
        with TestClient(create_app(fakes, settings(folder, market_check=is_on))) as client:
            until_ready(client)
            assert scan(client)["alerts"] == (0 if is_on else 5)
            whys = {each["why_not"] for each in client.get("/opportunities").json()["items"]}
        assert whys == ({"its page is gone"} if is_on else {None})
        assert len(pages.asked) == (5 if is_on else 0)
