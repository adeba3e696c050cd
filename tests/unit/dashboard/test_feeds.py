"""The pages of feeds: tried before they are added, paused, set, snoozed, and carried in and out as lists."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest

from common.errors import InvalidInputError
from dashboard.feeds.forms import FeedForm
from dashboard.feeds.opml_text import text_of
from dashboard.feeds.schemas import Feed
from tests.unit.dashboard.desk_world import FINDINGS, NOW, DeskWorld
from tests.unit.dashboard.fakes import World, feed
from tests.unit.dashboard.test_forms import Browser
from tests.unit.dashboard.test_pages import client_of, page_of

EVIL = '"><script>alert(1)</script>{{ 7*7 }}'
FAILING = {
    "state": "failing",
    "failures": 4,
    "last_error": "answered 503",
    "failing_since": (NOW - timedelta(hours=5)).isoformat(),
    "next_try": (NOW + timedelta(hours=2)).isoformat(),
    "schedule_words": "every hour",
    "last_fetched": (NOW - timedelta(hours=6)).isoformat(),
}


def test_a_feed_shows_its_state_its_last_success_its_failures_its_next_try_and_why() -> None:
    well = {"state": "well", "items": 25, "last_new": NOW.isoformat(), "details": True, "currency": "AUD"}
    gone = {"state": "gone", "last_error": "answered 410"}
    page = re.sub(r"\s+", " ", page_of(World(feeds=[feed(1, **FAILING), feed(2, **well), feed(3, **gone)]), "/feeds"))
    for text in (
        "fails, 4 times in a row, since",
        "5 hours ago",
        "answered 503",
        "6 hours ago",
        "in 2 hours",
        "every hour",
        "works",
    ):
        assert text in page
    for text in ("25 items", "detail pages", "AUD", "gone for good, says its server"):
        assert text in page
    assert page.count('/resume"') == 2  # of the one that is gone: its form's action and hx-post
    assert page.count("/pause") == 4


def test_an_address_is_tried_before_it_is_added_and_what_was_typed_stays() -> None:
    world = World()
    page = client_of(world).post("/feeds/test", data={"url": "https://a.example/x", "title": "Mine", "currency": "eur"}).text
    assert world.asked("POST") == [("scanner", "/feeds/test", {"url": "https://a.example/x", "currency": "EUR"})]
    for text in ("25 items, 19 with a price, newest 3 h old.", "A saw for $20", "$20.00", "priced", 'value="Mine"', "</html>"):
        assert text in page
    assert 'value="https://a.example/x"' in page


def test_a_try_by_htmx_is_answered_by_its_findings_alone() -> None:
    linked = FINDINGS | {
        "ok": False,
        "sentence": "that is a web page",
        "feeds_found": ["https://a.example/rss", "javascript:alert(1)"],
    }
    world = World(desk=DeskWorld(findings=linked))
    page = client_of(world).post("/feeds/test", data={"url": "https://a.example"}, headers={"HX-Request": "true"}).text
    assert "<html" not in page
    assert "That is a web page." in page
    assert page.count('value="https://a.example/rss"') == 2  # to be tried, and to be added
    assert 'href="javascript' not in page


def test_a_try_that_is_refused_says_so_beside_the_address() -> None:
    world = World(refusals={"/feeds/test": (422, "must be an http or https address")})
    answer = client_of(world).post("/feeds/test", data={"url": "ftp://a.example/x"})
    assert answer.status_code == 422
    assert re.search(r'value="ftp://a.example/x" aria-invalid="true"', answer.text)
    piece = client_of(world).post("/feeds/test", data={"url": "x"}, headers={"HX-Request": "true"}).text
    assert "must be an http or https address" in piece
    assert "<html" not in piece


def test_a_feed_is_added_with_its_settings() -> None:
    world = World()
    fields = {
        "url": " https://a.example/rss ",
        "when": "every",
        "every": "1.5",
        "unit": "hours",
        "details": "on",
        "max_age_hours": "12",
    }
    assert "Added. It is read now" in Browser(world).submit("/feeds", **fields)
    body = {
        "url": "https://a.example/rss",
        "currency": "USD",
        "schedule": {"every": 5400.0},
        "details": True,
        "max_age_hours": 12.0,
    }
    assert world.asked("POST") == [("scanner", "/feeds", body)]


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        ({"when": "every", "every": "often"}, "every", "type an amount, as 99.95"),
        ({"max_age_hours": "-1"}, "max_age_hours", "type an amount, as 99.95"),
        ({"url": "ftp://a.example/x"}, "url", "must be an http or https address"),
    ],
)
def test_a_feed_that_cannot_be_is_refused_beside_its_field_and_nothing_is_lost(
    fields: dict[str, str], field: str, why: str
) -> None:
    world = World(refusals={"/feeds": (422, "must be an http or https address")})
    typed = {"url": "https://a.example/rss", "title": "Mine", **fields}
    answer = client_of(world).post("/feeds", data=typed)
    assert answer.status_code == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true" aria-describedby="problem"', answer.text)
    assert f'<p class="problem" id="problem">{why}</p>' in answer.text
    for value in typed.values():
        assert f'value="{value}"' in answer.text


def test_a_feed_s_own_page_has_its_settings_as_they_are() -> None:
    cron = {"schedule": {"every": None, "cron": "0 7 * * *", "zone": "Europe/Berlin"}, "max_age_hours": 12.0, "baseline": "recent"}
    page = page_of(World(feeds=[feed(5, **cron, **FAILING)]), "/feeds/5")
    for text in ('value="cron" checked', 'value="0 7 * * *"', 'value="Europe/Berlin"', 'value="12"', 'value="recent" selected'):
        assert text in page
    assert "Failures in a row" in page
    assert client_of(World()).get("/feeds/77").status_code == 404


@pytest.mark.parametrize(
    ("fields", "schedule"),
    [
        ({"when": "all"}, None),
        ({"when": "every", "every": "90", "unit": "minutes"}, {"every": 5400.0}),
        (
            {"when": "cron", "cron": "*/30 7-23 * * *", "zone": "Europe/Berlin"},
            {"cron": "*/30 7-23 * * *", "zone": "Europe/Berlin"},
        ),
        ({"when": "cron", "cron": "0 7 * * *"}, {"cron": "0 7 * * *"}),
    ],
)
def test_a_feed_is_set_anew_and_what_is_left_empty_is_as_for_all(fields: dict[str, str], schedule: object) -> None:
    world = World()
    assert "Saved." in Browser(world).submit("/feeds/1", title="Tools", currency="cad", **fields)
    body = {"title": "Tools", "currency": "CAD", "schedule": schedule, "baseline": None, "max_age_hours": None, "details": False}
    assert world.asked("PATCH") == [("scanner", "/feeds/1", body)]


def test_a_feed_that_somebody_else_has_set_meanwhile_is_shown_as_it_is_beside_what_was_typed() -> None:
    world = World(feeds=[feed(1, title="Theirs", currency="AUD", etag='"2"', schedule={"every": 3600})])
    world.refusals["/feeds/1"] = (412, "the feed was changed since it was read")
    typed = {"title": "Mine", "currency": "AUD", "when": "all", "etag": '"1"'}
    answer = client_of(world).post("/feeds/1", data=typed)
    assert answer.status_code == 412
    page = answer.text
    assert "This feed has changed meanwhile: somebody else saved it, or its first reading named it." in page
    assert "<li>title: Theirs</li><li>when: every</li><li>every: 1</li><li>unit: hours</li>" in page
    assert 'name="title" maxlength="200" value="Mine"' in page
    assert 'name="etag" value="&#34;2&#34;"' in page


def test_the_sample_feed_keeps_its_name() -> None:
    world = World(feeds=[feed(1, demo=True, url="demo")])
    Browser(world).submit("/feeds/1", title="Other")
    ((_, _, body),) = world.asked("PATCH")
    assert "title" not in body


def test_settings_that_the_scanner_refuses_are_marked_and_kept() -> None:
    why = "cron '0 7' must have five fields"
    world = World(refusals={"/feeds/1": (422, why, "schedule.cron")})
    answer = client_of(world).post("/feeds/1", data={"when": "cron", "cron": "0 7", "title": "Mine"})
    assert answer.status_code == 422
    assert re.search(r'name="cron"[^>]*value="0 7" aria-invalid="true"', answer.text)
    assert 'value="Mine"' in answer.text


@pytest.mark.parametrize(
    ("schedule", "typed"),
    [
        ({"every": 5400.0}, ("every", "90", "minutes")),
        ({"every": 7200.0}, ("every", "2", "hours")),
        ({"every": 86_400.0}, ("every", "1", "days")),
        (None, ("all", "", "minutes")),
    ],
)
def test_an_interval_is_shown_in_the_unit_that_a_person_would_use(schedule: Any, typed: tuple[str, str, str]) -> None:
    form = FeedForm.of(Feed.model_validate(feed(1, schedule=schedule)))
    assert (form.when, form.every, form.unit) == typed


def test_a_feed_is_paused_resumed_read_and_snoozed() -> None:
    snooze = {"id": 4, "subject": "feed", "target": "1", "until": (NOW + timedelta(hours=8)).isoformat()}
    world = World(
        feeds=[feed(1, paused=True, state="paused")], desk=DeskWorld(snoozes=[snooze | {"id": 3, "subject": "rule"}, snooze])
    )
    browser = Browser(world)
    assert "Paused." in browser.submit("/feeds/1/pause")
    assert "It is read again." in browser.submit("/feeds/1/resume")
    assert [body for _, _, body in world.asked("PATCH")] == [{"paused": True}, {"paused": False}]
    assert "It is being read." in browser.submit("/feeds/1/read")
    assert "Snoozed." in browser.submit("/feeds/1/snooze", hours="72")
    assert "snoozed, ends in 8 hours" in browser.http.get("/feeds").text
    assert "You hear of it again." in browser.submit("/feeds/1/wake")
    assert world.asked("POST") == [
        ("scanner", "/scan?feed=1", None),
        ("notifier", "/snoozes", {"subject": "feed", "id": 1, "hours": 72.0}),
    ]
    assert world.asked("DELETE") == [("notifier", "/snoozes/4", None)]
    world.desk.snoozes.clear()
    assert "it is not snoozed" in browser.submit("/feeds/1/wake")


def test_a_notifier_that_is_away_costs_the_pages_of_feeds_nothing_but_snoozes() -> None:
    for path in ("/feeds", "/feeds/1"):
        assert "Deals 1" in page_of(World(down={"notifier"}), path)


def test_feeds_go_out_as_a_file() -> None:
    answer = client_of(World()).get("/feeds/export")
    assert answer.text == '<opml version="2.0"/>'
    assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="feeds.opml"'
    assert client_of(World(down={"scanner"})).get("/feeds/export").status_code == 503


IMPORTED = {
    "added": [feed(9, title="New one")],
    "known": [{"outline": 2, "url": "https://b.example/", "title": "Known", "reason": "listed already"}],
    "refused": [{"outline": 3, "url": "ftp://c.example/", "title": "", "reason": "url: must be an http or https address"}],
}


def test_a_list_is_taken_from_a_file_or_pasted_and_what_became_of_each_is_told() -> None:
    world = World(desk=DeskWorld(imported=IMPORTED))
    http = Browser(world).http
    text = '<?xml version="1.0" encoding="iso-8859-1"?><opml><body><outline text="Bücher"/></body></opml>'
    answer = http.post("/feeds/import", files={"file": ("a.opml", text.encode("latin-1"))}, data={"skip": "yes"})
    page = http.get(answer.headers["location"]).text
    for line in (
        "1 added, 1 known already, 1 skipped.",
        "New one: added",
        "Known: listed already",
        "ftp://c.example/: url: must be",
    ):
        assert line in page
    assert world.asked("POST") == [("scanner", "/feeds/opml?skip=true", text.replace(' encoding="iso-8859-1"', ""))]
    http.post("/feeds/import", files={"file": ("", b"")}, data={"text": "<opml/>"})
    assert world.asked("POST")[-1] == ("scanner", "/feeds/opml", "<opml/>")


def test_a_list_that_cannot_be_taken_says_why_and_keeps_what_was_pasted() -> None:
    world = World(refusals={"/feeds/opml": (422, "nothing is imported, as 1 cannot be: outline 3", "outline[3]")})
    answer = client_of(world).post("/feeds/import", data={"text": "<opml>mine"})
    assert answer.status_code == 422
    assert "nothing is imported, as 1 cannot be: outline 3" in answer.text
    assert "&lt;opml&gt;mine</textarea>" in answer.text
    assert "choose a file, or paste a list" in client_of(World()).post("/feeds/import", data={"text": " "}).text
    garbage = client_of(World()).post("/feeds/import", files={"file": ("a", b"\xff\xfe\x00")})
    assert "its encoding cannot be read" in garbage.text


def test_a_list_may_be_as_large_as_the_scanner_takes_it_and_no_larger() -> None:
    world = World()
    whole = b"<opml>" + b" " * 1_000_000 + b"</opml>"
    assert client_of(world).post("/feeds/import", files={"file": ("a", whole)}).status_code == 303
    assert client_of(world).post("/feeds/import", files={"file": ("a", whole * 3)}).status_code == 413


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<opml>ü</opml>".encode(), "<opml>ü</opml>"),
        ("\ufeff<opml>ü</opml>".encode(), "<opml>ü</opml>"),
        ('<?xml version="1.0" encoding="utf-16"?><opml>ü</opml>'.encode("utf-16"), '<?xml version="1.0"?><opml>ü</opml>'),
        (b"<?xml version='1.0' encoding='windows-1252'?><opml>\x80</opml>", "<?xml version='1.0'?><opml>€</opml>"),
    ],
)
def test_a_list_is_read_in_the_encoding_that_it_names(body: bytes, text: str) -> None:
    assert text_of(body) == text


def test_no_list_takes_long_to_be_decoded() -> None:
    began = time.perf_counter()
    assert text_of(b"<?xml" + b" " * 1_000_000 + b"!").endswith(" !")
    for encoding in (b"punycode", b"idna"):
        with pytest.raises(InvalidInputError, match="is none of files"):
            text_of(b"<?xml version='1.0' encoding='" + encoding + b"'?>xn--" + b"a9b8" * 250_000)
    assert time.perf_counter() - began < 5


def test_hostile_text_in_each_field_of_a_feed_is_shown_and_never_obeyed() -> None:
    names = ("title", "currency", "last_error", "state", "schedule_words", "last_status", "baseline")
    schedule = {"every": None, "cron": EVIL, "zone": EVIL}
    bad = feed(1, **dict.fromkeys(names, EVIL), url="javascript:alert(1)", moved_to="javascript:alert(1)", schedule=schedule)
    found = {"sentence": EVIL, "title": EVIL, "kind": EVIL, "warning": EVIL, "feeds_found": [EVIL]}
    found["examples"] = [{"title": EVIL, "price": 1.0, "currency": EVIL, "kind": EVIL}]
    imported = {"known": [{"url": EVIL, "title": EVIL, "reason": EVIL}], "refused": [{"url": EVIL, "reason": EVIL}]}
    world = World(feeds=[bad], desk=DeskWorld(findings=FINDINGS | found, imported=imported))
    client = client_of(world)
    pages = [
        page_of(world, "/feeds"),
        page_of(world, "/feeds/1"),
        client.post("/feeds/test", data={"url": EVIL, "title": EVIL}).text,
    ]
    pages.append(client.get(client.post("/feeds/import", data={"text": "<opml/>"}).headers["location"]).text)
    for page in pages:
        assert "<script>alert" not in page
        assert "{{ 7*7 }}" in page
        assert not re.search(r'(?:href|src|action)="javascript', page)
