"""A deal's own page: what it shows, and what a person does there."""

from typing import Any
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from dashboard.app import Fakes, create_app
from tests.unit.dashboard.fakes import World, channel, history, notification, opportunity

PATH = "/opportunities/opp-1"


def client_of(world: World) -> TestClient:
    return TestClient(create_app(Fakes(world.clients())), base_url="http://127.0.0.1", follow_redirects=False)


def page_of(world: World) -> str:
    answer = client_of(world).get(PATH)
    assert answer.status_code == 200, answer.text
    return answer.text


def world_of(**changes: Any) -> World:
    return World(opportunities=[opportunity(1, **changes)])


def test_claims_are_marked_plausible_or_inflated() -> None:
    claims = [("list", 999.0), ("was", 150.0), ("next_best", 999.0)]
    references = [{"kind": kind, "price": price, "said_by": "seller"} for kind, price in claims]
    page = page_of(world_of(references=references, low=98.0, high=171.25))
    assert page.count(">inflated<") == 1
    assert page.count(">plausible<") == 1


def test_of_the_highest_claim_the_judge_says_it_itself() -> None:
    verdict = {"price": 999.0, "verdict": "plausible", "chance": 0.5}
    page = page_of(world_of(references=[{"kind": "list", "price": 999.0, "said_by": "seller"}], list_price=verdict))
    assert ">inflated<" not in page
    assert ">plausible<" in page


def test_the_history_is_a_plot_and_a_table() -> None:
    world = world_of(product="p1")
    world.history = history(59.99, 79.0, 89.0)
    page = page_of(world)
    assert f'data-figure="{PATH}/history.json"' in page
    for text in ("lowest $59.99", "usual $79.00", "$89.00", "low confidence"):
        assert text in page
    figure = client_of(world).get(f"{PATH}/history.json").json()
    (dots,) = figure["data"]
    assert dots["y"] == [89.0, 79.0, 59.99]
    assert [shape["label"]["text"] for shape in figure["layout"]["shapes"]] == ["Usual $79.00", "Asked now $59.99"]


def test_without_a_history_the_page_says_so_and_there_is_no_figure() -> None:
    assert "No other offer of this product was seen yet." in page_of(world_of())
    assert client_of(world_of()).get(f"{PATH}/history.json").status_code == 404


def test_what_was_pushed_stands_by_channel_and_can_be_sent_again() -> None:
    world = world_of()
    world.channels = [channel("Phone"), channel("Mail")]
    deliveries = [{"target": "Phone", "stage": "failed", "error": "401 from host"}]
    world.notifications = [notification(1, state="failed", deliveries=deliveries)]
    page = page_of(world)
    assert "401 from host" in page
    assert "Send to Mail" in page
    answer = client_of(world).post("/notifications/opp-1/resend", data={"channel": "Mail", "back": PATH})
    assert answer.headers["location"].startswith(f"{PATH}?flash=")
    assert ("notifier", "/notifications/opp-1/resend?channel=Mail", None) in world.asked("POST")


def test_what_was_not_pushed_says_why() -> None:
    assert "It was not pushed: no rule wants it." in page_of(world_of(why_not="no rule wants it", pushed=False))


@pytest.mark.parametrize("name", ["notifier", "scanner"])
def test_a_service_that_is_away_costs_its_part_alone(name: str) -> None:
    world = world_of()
    world.down = {name}
    answer = client_of(world).get(PATH)
    assert answer.status_code == (503 if name == "scanner" else 200)
    assert ("retry-after" in answer.headers) == (name == "scanner")
    assert "cannot be reached" in answer.text


SAID = [
    ("feedback", {"verdict": "right"}, ("scanner", f"{PATH}/feedback", {"verdict": "right"})),
    (
        "feedback",
        {"verdict": "wrong_price", "amount": "$1,099.50", "note": " of two "},
        ("scanner", f"{PATH}/feedback", {"verdict": "wrong_price", "price": 1099.5, "note": "of two"}),
    ),
    (
        "feedback",
        {"verdict": "not_worth_that", "amount": "80"},
        ("scanner", f"{PATH}/feedback", {"verdict": "not_worth_that", "worth": 80.0}),
    ),
    (
        "snooze",
        {"subject": "product", "target": "p1", "days": "7"},
        ("notifier", "/snoozes", {"subject": "product", "id": "p1", "days": 7.0}),
    ),
    ("watch", {"text": " a drill ", "target_price": "55"}, ("scanner", "/watchlist", {"text": "a drill", "target_price": 55.0})),
    ("watch", {"text": "a drill", "target_price": ""}, ("scanner", "/watchlist", {"text": "a drill"})),
]


@pytest.mark.parametrize(("act", "form", "expected"), SAID)
def test_what_a_person_says_reaches_the_service_that_keeps_it(
    act: str, form: dict[str, str], expected: tuple[str, str, Any]
) -> None:
    world = world_of()
    answer = client_of(world).post(f"{PATH}/{act}", data=form)
    assert answer.status_code == 303
    assert unquote(answer.headers["location"]).startswith(f"{PATH}?flash=")
    assert world.asked("POST") == [expected]


@pytest.mark.parametrize("form", [{"verdict": "wrong_price", "amount": "some"}, {"verdict": "odd"}, {}])
def test_a_judgement_that_is_none_is_refused_and_reaches_nobody(form: dict[str, str]) -> None:
    world = world_of()
    answer = client_of(world).post(f"{PATH}/feedback", data=form, headers={"HX-Request": "true"})
    assert "bad" in answer.text
    assert world.asked("POST") == []


@pytest.mark.parametrize("days", ["inf", "nan", "-1", "0", "1e9", "long"])
def test_a_snooze_without_an_end_is_refused_and_reaches_nobody(days: str) -> None:
    world = world_of()
    answer = client_of(world).post(f"{PATH}/snooze", data={"subject": "product", "target": "p1", "days": days})
    assert answer.status_code == 422
    assert world.asked("POST") == []


def test_an_address_without_end_is_refused_and_is_no_error_of_ours() -> None:
    assert client_of(world_of()).get(f"/opportunities/{'!' * 30_000}").status_code == 422


def test_a_price_beyond_any_is_refused_and_reaches_nobody() -> None:
    world = world_of()
    form = {"text": "a drill", "target_price": "9" * 400}
    answer = client_of(world).post(f"{PATH}/watch", data=form, headers={"HX-Request": "true"})
    assert "at most 10,000,000" in answer.text
    assert world.asked("POST") == []


def test_a_judgement_can_be_taken_back_from_its_message() -> None:
    world = world_of()
    client = client_of(world)
    answer = client.post(f"{PATH}/feedback", data={"verdict": "bought"}, headers={"HX-Request": "true"})
    assert f'action="{PATH}/feedback/undo"' in answer.text
    assert "live:opportunities" in answer.headers["hx-trigger"]
    assert client.post(f"{PATH}/feedback/undo").status_code == 303
    assert world.asked("DELETE") == [("scanner", f"{PATH}/feedback", None)]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil", "javascript:alert(1)", ""])
def test_a_form_leads_back_to_a_page_of_ours_alone(back: str) -> None:
    answer = client_of(world_of()).post(f"{PATH}/dismiss", data={"back": back})
    assert answer.headers["location"].startswith("/?flash=")


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_hostile_words_in_every_field_stay_words() -> None:
    texts = dict.fromkeys(("title", "description", "url", "retailer", "feed", "condition", "category"), HOSTILE)
    references = [{"kind": "list", "price": 150.0, "said_by": "seller", "words": HOSTILE, "start": 0, "end": 9}]
    evidence = [{"kind": "list", "price": 82.0, "weight": 0.5, "words": HOSTILE}]
    similar = [{"title": HOSTILE, "price": 1.0, "similarity": 0.5}]
    pricers = [{"pricer": HOSTILE, "price": 1.0, "low": 1.0, "high": 2.0, "model": HOSTILE, "ms": 1.0}]
    matches = [{"kind": "rule", "id": 1, "name": HOSTILE}]
    more = {"references": references, "evidence": evidence, "similar": similar, "estimates": pricers, "matches": matches}
    world = world_of(**texts, **more, why_not=HOSTILE, feedback=HOSTILE, withdrawn=HOSTILE, product=HOSTILE, review=True)
    world.history = history(59.99, 79.0) | {
        "items": [{"price": 1.0, "retailer": HOSTILE, "offered": "2026-11-01T00:00:00Z", "opportunity": HOSTILE}] * 2
    }
    world.channels = [channel(HOSTILE)]
    world.views = [{"name": HOSTILE, "query": HOSTILE}]
    deliveries = [{"target": HOSTILE, "stage": HOSTILE, "error": HOSTILE}]
    world.notifications = [notification(1, deliveries=deliveries, error=HOSTILE)]
    for page in (page_of(world), client_of(world).get(f"/?q={HOSTILE}&retailer={HOSTILE}").text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript:' not in page
