"""The review queue: one deal after the other, each price with the words that say so, and the way back."""

import re

import pytest

from dashboard.html.amounts import amount
from dashboard.review.marked_text import Piece, marked
from tests.unit.dashboard.desk_world import DeskWorld, decided, review
from tests.unit.dashboard.fakes import World
from tests.unit.dashboard.test_forms import Browser
from tests.unit.dashboard.test_pages import client_of, page_of


def world_of(*reviews: dict[str, object], **changes: object) -> World:
    return World(desk=DeskWorld(reviews=list(reviews)), **changes)  # type: ignore[arg-type]


def test_the_first_that_waits_is_asked_of_with_each_price_and_the_words_that_say_so() -> None:
    page = page_of(world_of(review(2), review(1)), "/review")
    assert page.count('class="card asked"') == 1
    assert 'action="/review/2"' in page
    for text in ("$89.00", "the feed&#39;s own price", "$129.99", "<q>now $129.99</q>", "The feed says $89.00, the title $129.99."):
        assert text in page
    assert "<mark>now $129.99</mark> with the coupon" in page
    assert page.count('type="radio"') == 4  # two prices, another one, none
    assert page.count("autofocus") == 1
    assert re.search(r"2\s+wait\b", page)


def test_a_candidate_is_picked_and_the_next_one_is_asked_of_with_a_way_back() -> None:
    world = world_of(review(2), review(1))
    browser = Browser(world)
    page = browser.submit("/review/2", choice="2", condition="new", was="new", then="1")
    assert world.asked("POST") == [("scanner", "/review/2", {"candidate": 2})]
    assert "It goes on its way at that price: Bench grinder 2" in page
    assert 'action="/review/1"' in page
    assert 'action="/review/2/reopen"' in page
    page = browser.submit("/review/2/reopen")
    assert "It waits again." in page
    assert 'action="/review/2"' in page


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"choice": "price", "price": "$1,299.50", "currency": "aud"}, {"price": 1299.5, "currency": "AUD"}),
        ({"choice": "", "price": "99"}, {"price": 99.0}),
        ({"choice": "1", "condition": "used", "was": "new", "price": "99"}, {"candidate": 1, "condition": "used"}),
        (
            {"choice": "drop", "note": " a sticker of it ", "condition": "used", "was": "new"},
            {"drop": True, "note": "a sticker of it"},
        ),
        ({"choice": "drop"}, {"drop": True}),
    ],
)
def test_what_is_chosen_is_what_the_scanner_is_told(fields: dict[str, str], body: dict[str, object]) -> None:
    world = world_of(review(1))
    Browser(world).submit("/review/1", **fields)
    assert world.asked("POST") == [("scanner", "/review/1", body)]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"choice": ""}, "choose a price, type one, or say that it is no offer"),
        ({"choice": "²"}, "choose a price, type one, or say that it is no offer"),
        ({"choice": "price", "price": "cheap"}, "type an amount, as 99.95"),
        ({"choice": "price", "price": "0"}, "type an amount, as 99.95"),
        ({"choice": "price", "price": "nan"}, "type an amount, as 99.95"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_lost(fields: dict[str, str], why: str) -> None:
    world = world_of(review(1))
    answer = client_of(world).post("/review/1", data={"note": "my note", **fields})
    assert answer.status_code == 422
    assert f'<p class="problem" id="problem">{why}</p>' in answer.text
    assert 'aria-invalid="true" aria-describedby="problem"' in answer.text
    assert 'value="my note"' in answer.text
    assert f'value="{fields.get("price", "")}"' in answer.text
    assert world.asked("POST") == []


def test_what_the_scanner_refuses_is_said_beside_its_field() -> None:
    world = world_of(review(1), refusals={"/review/1": (422, "must be three capital letters", "currency")})
    answer = client_of(world).post("/review/1", data={"choice": "price", "price": "5", "currency": "X"})
    assert answer.status_code == 422
    assert re.search(r'name="currency"[^>]*value="X" aria-invalid="true"', answer.text)


def test_a_review_that_is_gone_is_a_page_that_says_so() -> None:
    assert client_of(world_of()).get("/review/7").status_code == 404
    assert client_of(world_of()).post("/review/7", data={"choice": "1"}).status_code == 404


def test_what_was_judged_meanwhile_is_put_right_and_not_taken_back() -> None:
    world = world_of(decided(3, estimate=140.0, opportunity_id="opp-3"), decided(4))
    browser = Browser(world)
    page = browser.http.get("/review").text
    assert 'action="/review/4/reopen"' in page
    assert 'action="/review/3/reopen"' not in page
    assert "Put right. It is judged anew." in browser.submit("/review/3/correct", deal="103", price="79.90")
    assert world.asked("POST") == [("scanner", "/deals/103/feedback", {"verdict": "wrong_price", "price": 79.9})]
    assert "type an amount" in browser.submit("/review/3/correct", deal="103", price="dear")
    assert 'href="/opportunities/opp-3"' in browser.http.get("/review/3").text


def test_a_decision_that_cannot_be_taken_back_says_why() -> None:
    why = "it was judged at that price: say wrong_price of the deal instead"
    world = world_of(decided(3), refusals={"/review/3/reopen": (422, why, "review_id")})
    assert why in Browser(world).submit("/review/3/reopen")


def test_an_empty_queue_and_a_scanner_that_is_away_say_so() -> None:
    assert "Nothing waits" in page_of(world_of(), "/review")
    away = page_of(World(down={"scanner"}), "/review")
    assert "The queue cannot be shown." in away
    assert "Nothing waits" not in away


def test_hostile_text_in_each_field_of_a_review_is_shown_and_never_obeyed() -> None:
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    texts = dict.fromkeys(("title", "description", "retailer", "feed", "reason", "condition", "currency", "note", "why"), evil)
    candidate = {"number": 1, "price": 1.0, "currency": evil, "source": evil, "words": evil}
    mine = review(1, **texts, url="javascript:alert(1)", candidates=[candidate])
    closed = decided(2, **texts, url="javascript:alert(1)", opportunity_id=evil, estimate=1.0)
    world = world_of(mine, closed, refusals={"/review/1": (422, evil, "price")})
    pages = [page_of(world, "/review"), page_of(world, "/review/2")]
    pages.append(
        client_of(world).post("/review/1", data=dict.fromkeys(("choice", "note"), evil) | {"price": "5", "choice": "price"}).text
    )
    for page in pages:
        assert "<script>alert" not in page
        assert "javascript:" not in page
        assert "{{ 7*7 }}" in page


def test_words_are_marked_wherever_they_stand_and_the_text_stays_whole() -> None:
    text = "Now $20 (was $20.50). NOW $20!"
    pieces = marked(text, ["now $20", "$20.50", " ", "(was"])
    assert "".join(each.text for each in pieces) == text
    assert [each.text for each in pieces if each.is_marked] == ["Now $20", "(was", "$20.50", "NOW $20"]
    assert marked("plain", []) == [Piece("plain")]
    assert marked("", ["x"]) == []


def test_amounts_are_read_as_people_type_them() -> None:
    assert [amount(typed, "price") for typed in ("$1,299.00", " 12.5 ", "7", ".5")] == [1299.0, 12.5, 7.0, 0.5]
