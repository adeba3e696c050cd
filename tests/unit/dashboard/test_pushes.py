"""The pages of pushes: by state and channel, where and when; what is to come; what could not be delivered, tried again."""

import re
from datetime import timedelta

import pytest

from tests.unit.dashboard.desk_world import NOW, DeskWorld, held, held_on
from tests.unit.dashboard.fakes import World, channel, notification, opportunity
from tests.unit.dashboard.test_forms import Browser
from tests.unit.dashboard.test_pages import client_of, page_of

DELIVERIES = [
    {"target": "phone", "stage": "sent", "attempts": 1, "error": "", "updated": NOW.isoformat()},
    {"target": "mail", "stage": "failed", "attempts": 5, "error": "answered 401", "updated": NOW.isoformat()},
    {"target": "night", "stage": "held", "attempts": 0, "error": "", "until": (NOW + timedelta(hours=3)).isoformat()},
]


def letter(number: int = 7, **changes: object) -> dict[str, object]:
    plain = {"id": f"{number}-0", "entry": "5-0", "reason": "no JSON", "buried": NOW.isoformat(), "opportunity": None}
    return plain | {"fields": {"opportunity": '{"id": 1'}} | changes


def test_a_push_shows_where_it_went_when_and_how_it_is_sent_again() -> None:
    world = World(notifications=[notification(1, state="failed", deliveries=DELIVERIES, warning="no channel has that name")])
    page = re.sub(r"\s+", " ", page_of(world, "/pushes"))
    for text in ("phone", "5 attempts · answered 401", "in 3 hours", "No channel has that name.", 'href="/opportunities/opp-1"'):
        assert text in page
    for label in (">Send once more<", ">Send<", ">Send now<", ">Send to all that lack it<"):
        assert label in page


def test_pushes_are_asked_for_by_state_and_channel_and_page_by_page() -> None:
    world = World(notifications=[notification()], channels=[channel("phone")], next="17")
    page = page_of(world, "/pushes?state=failed&channel=mail+%26+more&cursor=9")
    asked = next(path for _, path, _ in world.asked("GET") if path.startswith("/notifications"))
    assert asked == "/notifications?limit=25&state=failed&channel=mail+%26+more&cursor=9"
    assert "<option selected>failed</option>" in page
    assert "<option selected>mail &amp; more</option>" in page  # a channel of earlier can be asked for
    assert "/pushes?state=failed&amp;channel=mail+%26+more&amp;cursor=17" in page
    assert 'name="back" value="/pushes?state=failed&amp;channel=mail+%26+more&amp;cursor=9"' in page
    page_of(world, "/pushes?state=nonsense")
    assert world.asked("GET")[-2][1] == "/notifications?limit=25"


def test_sending_again_leads_back_to_the_page_from_which_it_was_asked() -> None:
    world = World(notifications=[notification(deliveries=DELIVERIES)])
    http = Browser(world).http
    sent = http.post("/notifications/opp-1/resend", data={"channel": "mail", "back": "/pushes?state=failed"})
    assert sent.headers["location"].startswith("/pushes?state=failed&flash=")
    assert http.get(sent.headers["location"]).text.count("It is being sent again.") == 1
    assert (
        http.post("/notifications/opp-1/resend", data={"back": "https://evil.example"}).headers["location"].startswith("/?flash=")
    )
    assert world.asked("POST")[0][1] == "/notifications/opp-1/resend?channel=mail"


def test_what_is_to_come_says_when_and_why_and_is_sent_now_by_channel_or_all() -> None:
    snoozed = held_on("mail", held(3, why="snoozed"))
    desk = DeskWorld(held=[held_on("phone", held(1), held(2, why="daily"), count=9), snoozed])
    world = World(desk=desk)
    page = re.sub(r"\s+", " ", page_of(world, "/pushes/held"))
    for text in (
        "quiet hours",
        "beyond this day&#39;s share",
        "snoozed",
        "Table saw 2",
        "and 7 more",
        "9, the first comes",
        "in 3 hours",
    ):
        assert text in page
    assert page.count('name="channel"') == 1  # what is snoozed alone is not sent
    browser = Browser(world)
    assert "2 come now, in one push." in browser.submit("/pushes/held/send", channel="phone")
    browser.submit("/pushes/held/send")
    assert [path for _, path, _ in world.asked("POST")] == ["/held/send?channel=phone", "/held/send"]
    assert "Nothing is held" in page_of(World(), "/pushes/held")


def test_dead_letters_show_what_they_hold_and_are_tried_again_one_by_one() -> None:
    world = World(dead=[letter(), letter(8, opportunity=opportunity(3, title="Lost deal"), fields={})])
    page = page_of(world, "/pushes/dead")
    for text in ("An entry that cannot be read", "<pre>{&#34;id&#34;: 1</pre>", "No JSON.", "Lost deal"):
        assert text in page
    assert page.count("What it holds") == 1
    http = Browser(world).http
    answer = http.post("/dead/7-0/replay", data={"back": "/pushes/dead"})
    assert answer.headers["location"].startswith("/pushes/dead?flash=")
    assert "Nothing is undeliverable" in page_of(World(), "/pushes/dead")


def test_all_dead_letters_are_tried_again_the_oldest_first_and_what_cannot_be_is_told() -> None:
    refusals: dict[str, tuple[int, str] | tuple[int, str, str]] = {"/dead/8-0/replay": (404, "there is no dead letter 8-0")}
    world = World(dead=[letter(9), letter(8), letter(7)], refusals=refusals, next="7-0")
    page = Browser(world).submit("/pushes/dead/replay")
    assert [path for _, path, _ in world.asked("POST")] == ["/dead/7-0/replay", "/dead/8-0/replay", "/dead/9-0/replay"]
    assert "2 are being tried again. There are more: press again." in page
    assert "An entry that cannot be read: there is no dead letter 8-0" in page


@pytest.mark.parametrize(
    ("path", "what"), [("/pushes", "list of pushes"), ("/pushes/held", "What is held"), ("/pushes/dead", "list")]
)
def test_a_notifier_that_is_away_costs_the_page_its_list(path: str, what: str) -> None:
    assert f"{what} cannot be shown." in page_of(World(down={"notifier"}), path)


@pytest.mark.parametrize("path", ["/pushes/held/send", "/pushes/dead/replay", "/notifications/1/resend"])
def test_a_notifier_that_is_away_is_said_after_the_form(path: str) -> None:
    assert "cannot be reached" in Browser(World(down={"notifier"})).submit(path)


def test_htmx_gets_the_message_and_what_has_changed() -> None:
    answer = client_of(World()).post("/pushes/dead/replay", headers={"HX-Request": "true"})
    assert answer.headers["hx-trigger"] == '{"live:pushes": ""}'
    assert "<html" not in answer.text


def test_the_first_page_leads_to_all_of_them() -> None:
    page = page_of(World(notifications=[notification()]))
    assert '<a href="/pushes">All pushes</a>' in page
    assert "could not be delivered" not in page


def test_hostile_text_in_each_field_of_a_push_is_shown_and_never_obeyed() -> None:
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    deliveries = [{"target": evil, "stage": evil, "error": evil}]
    told = opportunity(1, title=evil, retailer=evil, currency=evil)
    sent = notification(1, id=evil, opportunity=told, state=evil, error=evil, warning=evil, deliveries=deliveries)
    other = notification(2, opportunity=None, title=evil, kind=evil, error=evil, state="failed")
    dead = [letter(1, id=evil, entry=evil, reason=evil, fields={evil: evil}), letter(2, opportunity=told)]
    desk = DeskWorld(held=[held_on(evil, held(1, title=evil, why=evil, id=evil))])
    world = World(notifications=[sent, other], channels=[channel(evil)], dead=dead, desk=desk)
    for path in ("/pushes", "/pushes/held", "/pushes/dead", '/pushes?channel="><script>alert(1)</script>{{ 7*7 }}'):
        page = page_of(world, path)
        assert "<script>alert" not in page
        assert "{{ 7*7 }}" in page
