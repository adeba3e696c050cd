"""The doors to the feeds, over a real store and a clock that is set by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from scanner.deal_data import Feed, ReadFeed
from scanner.parsing.feed_entry import FeedError
from scanner.settings import Settings
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, FakeStream, item, rss
from tests.waiting import until, until_ready

A, B = "https://a.example/rss", "https://b.example/rss"
DRILL = item("Acme Drill for $60", published=NOW)


@dataclass
class Bench:
    """A running scanner, its clock, its source, and what it published."""

    client: TestClient
    source: FakeSource
    stream: FakeStream
    now: datetime = field(default=NOW)

    def scan(self, path: str = "/scan") -> dict[str, Any]:
        answer = self.client.post(path)
        assert answer.status_code == 202, answer.text
        where = f"/scans/{answer.json()['scan']}"
        until(lambda: self.client.get(where).json()["state"] != "running")
        found: dict[str, Any] = self.client.get(where).json()
        return found

    def feeds(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get("/feeds").json()["items"]
        return found


@contextmanager
def bench(folder: Path, source: FakeSource | None = None, **values: Any) -> Iterator[Bench]:
    given: dict[str, Any] = {"database_url": f"sqlite:///{folder / 'scanner.sqlite3'}", "feeds": A, "interval": 0} | values
    source, stream = source or FakeSource({A: rss(DRILL), B: rss()}), FakeStream()
    running: list[Bench] = []
    fakes = Fakes(source, FakeJudge(), stream, now=lambda: running[0].now if running else NOW)
    with TestClient(create_app(fakes, Settings(**given))) as client:
        running.append(Bench(client, source, stream))
        until_ready(client)
        yield running[0]


def test_a_feed_tells_how_it_fares(tmp_path: Path) -> None:
    with bench(tmp_path) as it:
        (new,) = it.feeds()
        assert (new["state"], new["next_try"], new["schedule"], new["schedule_words"]) == ("new", None, None, "on demand")
        it.scan()
        it.now += timedelta(hours=1)
        it.source.bodies[A] = FeedError("HTTP 500", status=500)
        it.scan()
        it.client.patch(f"/feeds/{new['id']}", json={"paused": False})  # which it was not: its failures stay
        found = it.client.get(f"/feeds/{new['id']}").json()
        first, second = "2026-11-21T12:00:00Z", "2026-11-21T13:00:00Z"
        assert (found["state"], found["failures"], found["last_status"], found["last_error"]) == ("failing", 1, 500, "HTTP 500")
        assert (found["last_fetched"], found["last_tried"], found["failing_since"]) == (first, second, second)
        assert (found["items"], found["items_seen"], found["last_new"]) == (1, 1, first)
        assert it.client.get("/feeds/77").status_code == 404


def test_what_stands_in_a_feed_at_first_is_listed_and_what_comes_is_pushed(tmp_path: Path) -> None:
    with bench(tmp_path) as it:
        assert (it.scan()["new"], it.client.get("/opportunities").json()["items"][0]["why_not"]) == (
            1,
            "it stood in its feed when that was read for the first time",
        )
        it.source.bodies[A] = rss(DRILL, item("Acme Saw for $40", number=2, published=NOW))
        assert (it.scan()["alerts"], len(it.client.get("/deals").json()["items"])) == (1, 2)


def test_a_feed_that_was_empty_at_first_has_been_read(tmp_path: Path) -> None:
    with bench(tmp_path, FakeSource({A: rss()})) as it:
        it.scan()
        it.source.bodies[A] = rss(DRILL)
        assert it.scan()["alerts"] == 1


def test_a_feed_is_added_with_its_settings_which_can_be_changed(tmp_path: Path) -> None:
    wanted = {
        "url": B,
        "title": "B",
        "currency": "AUD",
        "schedule": {"cron": "*/30 7-23 * * *", "zone": "Europe/Berlin"},
        "paused": True,
        "baseline": "recent",
        "max_age_hours": 12,
        "details": True,
    }
    with bench(tmp_path) as it:
        added = it.client.post("/feeds", json=wanted)
        assert (added.status_code, added.json()["state"], added.json()["next_try"]) == (201, "paused", None)
        found = added.json()
        assert found["schedule"] == {"every": None, "cron": "*/30 7-23 * * *", "zone": "Europe/Berlin"}
        assert {name: found[name] for name in wanted if name != "schedule"} == {
            name: value for name, value in wanted.items() if name != "schedule"
        }
        path = f"/feeds/{found['id']}"
        change = {"schedule": {"every": 3600}, "baseline": None, "max_age_hours": None, "details": False, "currency": "USD"}
        changed = it.client.patch(path, json=change).json()
        assert (changed["schedule_words"], changed["baseline"], changed["max_age_hours"]) == ("every hour", None, None)
        assert (changed["title"], changed["paused"], changed["details"], changed["currency"]) == ("B", True, False, "USD")
        assert it.client.patch(path, json={"title": None, "schedule": None}).json()["title"] == B
        assert it.client.patch(path, json={}).json() == it.client.get(path).json()
    with bench(tmp_path) as it:  # also after a restart
        assert it.client.get(path).json()["paused"] is True


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"schedule": {"every": 59}}, "schedule.every"),
        ({"schedule": {"every": "soon"}}, "schedule.every"),
        ({"schedule": {"cron": "* * *"}}, "schedule.cron"),
        ({"schedule": {"cron": "0 7 * * *", "zone": "Mars/Base"}}, "schedule.zone"),
        ({"schedule": {"every": 60, "cron": "0 7 * * *"}}, "schedule"),
        ({"schedule": {"every": 60, "zone": "UTC"}}, "schedule"),
        ({"schedule": {}}, "schedule"),
        ({"baseline": "loud"}, "baseline"),
        ({"max_age_hours": 0}, "max_age_hours"),
        ({"currency": "dollars"}, "currency"),
        ({"currency": None}, "currency"),
        ({"paused": None}, "paused"),
        ({"url": B}, "url"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_changes_nothing(tmp_path: Path, body: dict[str, object], name: str) -> None:
    with bench(tmp_path) as it:
        before = it.feeds()
        answer = it.client.patch(f"/feeds/{before[0]['id']}", json={"title": "Mine"} | body)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert answer.json()["errors"][0]["field"] == name
        assert it.feeds() == before


def test_of_two_who_change_a_feed_that_they_have_read_the_second_is_told_and_its_readings_are_no_change(tmp_path: Path) -> None:
    with bench(tmp_path) as it:
        it.scan()  # names it
        read = {"If-Match": it.client.get("/feeds/1").headers["etag"]}
        it.source.bodies[A] = rss(DRILL, item("Acme Saw for $40", number=2, published=NOW))
        it.scan()
        it.client.patch("/feeds/1", json={"paused": True}).raise_for_status()
        first = it.client.patch("/feeds/1", json={"title": "Saws", "details": True}, headers=read)
        assert (first.status_code, first.headers["etag"]) == (200, it.feeds()[0]["etag"])
        second = it.client.patch("/feeds/1", json={"title": "Drills"}, headers=read)
        assert (second.status_code, second.json()["detail"]) == (412, 'the feed "Saws" was changed since it was read')
        assert it.feeds()[0]["title"] == "Saws"
        assert it.client.patch("/feeds/1", json={"title": "Drills"}).json()["title"] == "Drills"  # who does not ask is last


def test_the_sample_feed_keeps_its_name_and_its_first_reading(tmp_path: Path) -> None:
    with bench(tmp_path, FakeSource({"demo": rss(DRILL)}), feeds="demo") as it:
        (demo,) = it.feeds()
        assert it.client.patch(f"/feeds/{demo['id']}", json={"title": "Real"}).status_code == 422
        assert it.scan()["alerts"] == 1


def test_a_paused_feed_is_not_read_and_one_alone_can_be(tmp_path: Path) -> None:
    with bench(tmp_path, feeds=f"{A},{B}") as it:
        first, second = it.feeds()
        it.client.patch(f"/feeds/{first['id']}", json={"paused": True})
        assert [each["url"] for each in it.scan()["feeds"]] == [B]
        refused = it.client.post(f"/scan?feed={first['id']}")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "feed")
        assert it.client.post("/scan?feed=77").status_code == 404
        it.client.patch(f"/feeds/{first['id']}", json={"paused": False})
        assert [each["url"] for each in it.scan(f"/scan?feed={first['id']}")["feeds"]] == [A]
        assert [each["url"] for each in it.scan()["feeds"]] == [A, B]
        assert second["state"] == "new"


def test_a_feed_that_is_gone_is_told_and_asked_no_more_until_it_is_resumed(tmp_path: Path) -> None:
    with bench(tmp_path, FakeSource({A: FeedError("HTTP 410", status=410)})) as it:
        it.scan()
        it.scan()
        (gone,) = it.feeds()
        assert (gone["state"], len(it.source.fetched)) == ("gone", 1)
        until(lambda: it.stream.rows)
        assert ['"kind":"feed-gone"' in row.body for row in it.stream.rows] == [True]
        it.source.bodies[A] = rss(DRILL)
        resumed = it.client.patch(f"/feeds/{gone['id']}", json={"paused": False}).json()
        assert (resumed["state"], resumed["failures"], resumed["failing_since"]) == ("new", 0, None)
        it.scan()
        assert it.feeds()[0]["state"] == "well"


def test_a_new_feed_is_read_at_once_and_then_when_it_is_due(tmp_path: Path) -> None:
    with bench(tmp_path, interval=900) as it:
        until(lambda: it.feeds()[0]["state"] == "well")
        it.client.post("/feeds", json={"url": B})
        until(lambda: [each["state"] for each in it.feeds()] == ["well", "well"])
        assert [feed.url for feed in it.source.fetched] == [A, B]
        it.now += timedelta(seconds=1000)
        it.client.patch(f"/feeds/{it.feeds()[1]['id']}", json={"details": True})  # which makes it look at once
        until(lambda: len(it.source.fetched) == 4)
        assert {feed.url for feed in it.source.fetched[2:]} == {A, B}


class MovedSource(FakeSource):
    """A feed that its server moved for good."""

    async def read(self, feed: Feed, now: datetime) -> ReadFeed:
        read = await super().read(feed, now)
        return replace(read, fetched=replace(read.fetched, moved_to=B)) if feed.address == A else read


def test_a_feed_that_moved_is_read_there_under_its_own_address_and_not_added_again(tmp_path: Path) -> None:
    with bench(tmp_path, MovedSource({A: rss(DRILL), B: rss()})) as it:
        report = it.scan()["feeds"][0]
        assert report["warning"] == f"moved for good to {B}"
        assert (it.feeds()[0]["url"], it.feeds()[0]["moved_to"]) == (A, B)
        it.scan()
        assert [feed.address for feed in it.source.fetched] == [A, B]
        assert it.client.post("/feeds", json={"url": B}).json()["errors"][0]["message"] == "this feed is listed already"
    with bench(tmp_path) as it:  # FEEDS names the first address still
        assert [each["moved_to"] for each in it.feeds()] == [B]


def test_feeds_are_tried_and_nothing_is_kept(tmp_path: Path) -> None:
    with bench(tmp_path) as it:
        found = it.client.post("/feeds/test", json={"url": A}).json()
        assert (found["ok"], found["kind"], found["sentence"]) == (True, "RSS", "1 item, 1 with a price, none with a date")
        assert found["examples"] == [{"title": "Acme Drill for $60", "price": 60.0, "currency": "USD", "kind": "priced"}]
        assert it.client.post("/feeds/test", json={"url": "https://c.example/"}).json()["sentence"] == "refused"
        assert it.client.post("/feeds/test", json={"url": "ftp://c.example/"}).status_code == 422
        assert (it.feeds()[0]["state"], it.client.get("/deals").json()["items"]) == ("new", [])


OPML = """<opml version="2.0" xmlns:p="urn:product-pricing-agent:feeds"><body><outline text="Deals">
<outline type="rss" text="B" xmlUrl="https://b.example/rss" p:every="3600" p:currency="AUD" p:paused="true"/>
<outline type="rss" text="B again" xmlUrl="https://b.example/rss"/>
<outline type="rss" text="A" xmlUrl="https://a.example/rss"/>{more}</outline></body></opml>"""
BAD = '<outline text="Bad" xmlUrl="ftp://c.example/"/><outline text="Fast" xmlUrl="https://d.example/" p:every="1"/>'


def send(it: Bench, text: str, query: str = "") -> Any:
    return it.client.post(f"/feeds/opml{query}", content=text.encode(), headers={"content-type": "text/x-opml"})


def test_a_list_of_feeds_is_imported_and_exported(tmp_path: Path) -> None:
    with bench(tmp_path) as it:
        answer = send(it, OPML.format(more="")).json()
        assert [(each["url"], each["schedule_words"], each["state"]) for each in answer["added"]] == [(B, "every hour", "paused")]
        assert [(each["outline"], each["reason"]) for each in answer["known"]] == [
            (3, "the same as outline 2"),
            (4, "listed already"),
        ]
        for path in ("/feeds.opml", "/feeds/export"):
            exported = it.client.get(path)
            assert exported.headers["content-type"].startswith("text/x-opml")
            assert 'pricing:every="3600"' in exported.text
        again = send(it, exported.text).json()
        assert (again["added"], len(again["known"])) == ([], 2)


def test_a_list_with_what_cannot_be_added_adds_nothing_unless_that_is_to_be_skipped(tmp_path: Path) -> None:
    with bench(tmp_path) as it:
        refused = send(it, OPML.format(more=BAD))
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "outline[5]")
        assert "outline 5 (Bad): url: must be an http or https address" in refused.json()["detail"]
        assert "outline 6 (Fast): schedule.every" in refused.json()["detail"]
        assert [each["url"] for each in it.feeds()] == [A]
        answer = send(it, OPML.format(more=BAD), "?skip=true").json()
        assert [each["outline"] for each in answer["refused"]] == [5, 6]
        assert [each["url"] for each in it.feeds()] == [A, B]


def test_more_than_there_is_room_for_is_refused_with_the_number(tmp_path: Path) -> None:
    many = "".join(f'<outline text="{n}" xmlUrl="https://{n}.example/"/>' for n in range(200))
    with bench(tmp_path) as it:
        refused = send(it, f"<opml><body>{many}</body></opml>")
        assert (refused.status_code, len(it.feeds())) == (422, 1)
        assert "200 new feeds, and there is room for 199" in refused.json()["detail"]


def test_a_huge_or_hostile_list_is_refused(tmp_path: Path) -> None:
    with bench(tmp_path) as it:
        assert send(it, "<opml>" + " " * 10_000_000).status_code == 413
        assert send(it, '<!DOCTYPE x [<!ENTITY a "b">]><opml>&a;</opml>').status_code == 422
        assert send(it, "").status_code == 422


def test_what_a_person_says_of_a_configured_feed_counts_until_the_configuration_says_otherwise(tmp_path: Path) -> None:
    with bench(tmp_path, feeds=f"{A}|AUD") as it:
        it.client.patch(f"/feeds/{it.feeds()[0]['id']}", json={"currency": "NZD"})
    with bench(tmp_path, feeds=f"{A}|AUD") as it:
        assert it.feeds()[0]["currency"] == "NZD"
    with bench(tmp_path, feeds=f"{A}|CAD") as it:
        assert it.feeds()[0]["currency"] == "CAD"


def test_moments_are_in_utc(tmp_path: Path) -> None:
    with bench(tmp_path) as it:
        it.scan()
        assert datetime.fromisoformat(it.feeds()[0]["last_fetched"]) == NOW.astimezone(UTC)
