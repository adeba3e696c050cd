"""Feeds from a server of our own, as a person adds and minds them: states, alarms, lists, forms and manners."""

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from scanner.rates.day_rates import DayRates
from tests.integration.alerts.world import FEED, World, offer, wait
from tests.integration.scanner.peers import HostileServer, reply
from tests.unit.scanner.fakes import FakeBank, rss

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
DRILL = "Makita XDT131 drill for $80"


def atom(title: str, now: datetime) -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><id>a</id><updated>{now.isoformat()}</updated><entry><id>a1</id>'
        f'<title>{title}</title><link href="https://shop.example/a1"/><updated>{now.isoformat()}</updated></entry></feed>'
    ).encode()


def rdf(title: str) -> bytes:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="c">'
        f'<title>C</title><link>https://shop.example</link></channel><item rdf:about="r1"><title>{title}</title>'
        "<link>https://shop.example/r1</link></item></rdf:RDF>"
    ).encode()


def json_feed(title: str) -> bytes:
    return (
        f'{{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{{"id": "j1", "title": "{title}",'
        ' "url": "https://shop.example/j1"}]}'
    ).encode()


@pytest.fixture
def server() -> Iterator[HostileServer]:
    running = HostileServer({})
    yield running
    running.close()


@pytest.fixture
def fed(still: World, server: HostileServer) -> World:
    """A world that really fetches, of a list with one feed of the server's."""
    still.fakes = {"source": None}
    server.answers["one"] = reply(rss(offer(DRILL, 1)(still.now)))
    return still.start(feeds=server.url("one"), allow_hosts=server.host, host_gap=0.0)


def only(world: World) -> dict[str, object]:
    (feed,) = world.get("/feeds")["items"]
    return dict(feed)


def test_the_first_reading_is_silent_and_what_comes_then_is_told(fed: World, server: HostileServer) -> None:
    assert (fed.phone.titles, fed.deal("Makita")["title"]) == ([], DRILL)
    server.answers["one"] = reply(rss(offer(DRILL, 1)(fed.now), offer("Bosch GSB18 drill for $60", 2)(fed.now)))
    fed.read()
    assert len(fed.phone.titles) == 1
    assert "Bosch" in fed.phone.titles[0]


def test_what_is_older_than_a_feeds_bound_is_listed_and_not_told(world: World) -> None:
    feed = next(each["id"] for each in world.get("/feeds")["items"] if each["url"] == FEED)
    world.patch(f"/feeds/{feed}", max_age_hours=2)
    old = offer(DRILL, 1)
    world.see(lambda now: old(now.replace(hour=8)))
    why = world.opportunity("Makita")["why_not"]
    assert world.phone.titles == []
    assert "old" in why or "hour" in why


def test_a_feed_that_fails_tells_its_state_and_a_person_after_a_day_and_when_it_is_well(fed: World, server: HostileServer) -> None:
    good, server.answers["one"] = server.answers["one"], reply(b"", status="500 Oops")
    fed.read()
    state = only(fed)
    assert (state["state"], state["failures"]) == ("failing", 1)
    assert "500" in str(state["last_error"])
    assert state["last_fetched"]
    for _ in range(27):
        fed.pass_by(hours=1)
        fed.read()
    wait(lambda: fed.phone.titles)
    assert len(fed.phone.titles) == 1
    assert "500" in fed.phone.texts[0]
    assert server.url("one") in fed.phone.texts[0]
    server.answers["one"] = good
    fed.read()
    wait(lambda: len(fed.phone.titles) == 2)
    assert (only(fed)["state"], only(fed)["failures"], only(fed)["failing_since"]) == ("well", 0, None)


def test_a_feed_that_is_gone_is_told_and_asked_no_more(fed: World, server: HostileServer) -> None:
    server.answers["one"] = reply(b"", status="410 Gone")
    fed.read()
    wait(lambda: fed.phone.titles)
    asked = len(server.requests)
    fed.pass_by(days=2)
    fed.read()
    assert (only(fed)["state"], len(server.requests)) == ("gone", asked)
    server.answers["one"] = reply(rss())
    fed.patch(f"/feeds/{only(fed)['id']}", paused=False)
    fed.read()
    assert only(fed)["state"] == "well"


def test_a_feed_that_moved_for_good_is_read_there_from_then_on(fed: World, server: HostileServer) -> None:
    server.answers |= {"one": reply(b"", "Location: /two", status="301 Moved"), "two": reply(rss())}
    fed.read()
    assert only(fed)["moved_to"] == server.url("two")
    server.requests.clear()
    fed.restart()
    fed.read()
    assert {path for path, _ in server.requests} == {"two"}


def test_a_paused_feed_is_left_alone(fed: World, server: HostileServer) -> None:
    fed.patch(f"/feeds/{only(fed)['id']}", paused=True)
    server.requests.clear()
    fed.read()
    assert (server.requests, only(fed)["state"]) == ([], "paused")


def test_a_feed_is_read_by_the_clock_of_its_zone(fed: World) -> None:
    fed.patch(f"/feeds/{only(fed)['id']}", schedule={"cron": "0 7 * * *", "zone": "America/New_York"})
    assert str(only(fed)["next_try"])[:16] == "2026-10-02T11:00"
    fed.until("2026-11-02T00:00:00")
    fed.read()
    assert str(only(fed)["next_try"])[:16] == "2026-11-02T12:00"


def test_a_feed_is_tested_before_it_is_added(fed: World, server: HostileServer) -> None:
    past = fed.now.replace(hour=9)
    server.answers["two"] = reply(rss(offer(DRILL, 1)(past), offer("News of drills", 2)(past)))
    found = fed.post("/feeds/test", url=server.url("two"))
    assert found["sentence"] == "2 items, 1 with a price, newest 3 h old"
    assert not fed.post("/feeds/test", url=server.url("html"))["ok"]
    assert "404" in fed.post("/feeds/test", url=server.url("nowhere"))["sentence"]
    assert len(fed.get("/feeds")["items"]) == 1


def test_every_form_of_feed_is_read(fed: World, server: HostileServer) -> None:
    server.answers |= {
        "atom": reply(atom("Bosch GSB18 drill for $60", fed.now)),
        "rdf": reply(rdf("DeWalt DCD777 drill for $70")),
        "json": reply(json_feed("Ryobi P209 drill for $50")),
    }
    for name in ("atom", "rdf", "json"):
        fed.post("/feeds", url=server.url(name))
    fed.read()
    wait(lambda: len(fed.get("/deals")["items"]) == 4)
    assert {each["price"] for each in fed.get("/deals")["items"]} == {80.0, 60.0, 70.0, 50.0}


def test_a_list_of_feeds_goes_out_and_comes_in_again_with_its_settings(fed: World) -> None:
    feed = only(fed)
    fed.patch(f"/feeds/{feed['id']}", schedule={"every": 3600}, max_age_hours=5, baseline="recent")
    file = fed.scanner.get("/feeds.opml").text
    fed.scanner.delete(f"/feeds/{feed['id']}")
    assert len(fed.upload("/feeds/opml", file, "text/x-opml")["added"]) == 1
    again = only(fed)
    assert (again["schedule"]["every"], again["max_age_hours"], again["baseline"]) == (3600, 5, "recent")  # type: ignore[index]


def test_wrong_feeds_schedules_and_lists_are_refused_and_change_nothing(fed: World, server: HostileServer) -> None:
    before = fed.get("/feeds")
    url = server.url("two")
    assert "url" in fed.refused("/feeds", url="ftp://x.example")
    assert "cron" in fed.refused("/feeds", url=url, schedule={"cron": "61 * * * *"})
    assert "zone" in fed.refused("/feeds", url=url, schedule={"cron": "0 7 * * *", "zone": "Mars/Olympus"})
    assert "every" in fed.refused("/feeds", url=url, schedule={"every": 1})
    assert "max_age_hours" in fed.refused("/feeds", url=url, max_age_hours=-1)
    outlines = f'<outline text="a" xmlUrl="{url}"/><outline text="b" xmlUrl="file:///etc/passwd"/>'
    for file in ("no xml", "<rss/>", f"<opml version='2.0'><body>{outlines}</body></opml>"):
        assert fed.refused("/feeds/opml", file, kind="text/x-opml")
    assert "not a public address" in fed.post("/feeds/test", url="http://169.254.169.254/feed")["sentence"]
    assert fed.get("/feeds") == before


def test_one_host_is_asked_one_request_at_a_time(still: World, server: HostileServer) -> None:
    still.fakes = {"source": None}
    names = [f"f{number}" for number in range(4)]
    server.answers |= {name: reply(rss()) for name in names}
    world = still.start(feeds=",".join(server.url(name) for name in names), allow_hosts=server.host, host_gap=0.5)
    begun = time.monotonic()
    world.read()
    assert time.monotonic() - begun > 1.4
    assert len(server.requests) == 8


def test_a_price_in_another_currency_is_told_by_the_banks_rate_and_where_it_is_away_by_ours(still: World) -> None:
    bank = FakeBank(DayRates(still.now.date(), {"USD": 1.0, "EUR": 1.2}, still.now.timestamp()))
    still.fakes = {"bank": bank}
    world = still.start(exchange_rates="EUR=1.0,AUD=0.5")
    world.see(offer("Makita XDT131 drill for €50", 1), offer("Bosch GSB18 drill for A$100", 2))
    assert {each["currency"]: (each["said_by"], each["dollars"]) for each in world.get("/rates")["items"]}["EUR"] == ("bank", 1.2)
    assert ("Makita" in "".join(world.phone.titles), "Bosch" in "".join(world.phone.titles)) == (True, True)
    assert "$60" in "".join(world.phone.texts)
    assert "$50" in "".join(world.phone.texts)
    calls = bank.calls
    world.restart()
    world.read()
    assert bank.calls == calls
