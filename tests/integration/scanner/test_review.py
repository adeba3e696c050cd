"""What waits for a person, over HTTP and real databases: asked, decided, judged and pushed, taken back, and closed by time."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from common.judging import Judgement, JudgeRequest
from scanner.store.store import open_store
from tests.integration.scanner.desks import Desks
from tests.unit.scanner.fakes import NOW, FakeJudge, in_days, item

DIFFERS = item("Acme QX100 Drill for $60", price="75.00", text="It was $90.")
UNCLEAR = item("Acme QX100 Drill: $1 ,299", text="It is sold at $99 today.")
TOO_GOOD = item("Acme QX100 Drill for $9")


@pytest.fixture
def desks(database_url: str) -> Desks:
    return Desks(database_url)


def test_where_feed_and_title_differ_a_person_picks_and_the_deal_goes_its_way(desks: Desks) -> None:
    with desks.running():
        found = desks.scan(DIFFERS)
        assert (found["new"], found["priced"], found["alerts"]) == (1, 0, 0)
        (review,) = desks.get("/review")["items"]
        assert (review["why"], review["state"], review["deal_id"]) == ("differ", "open", 1)
        assert review["reason"] == "the feed says 75.00 USD, the title says 60.00 USD: which is it?"
        assert [(each["number"], each["source"], each["price"]) for each in review["candidates"]] == [
            (1, "feed", 75.0),
            (2, "rules", 60.0),
        ]
        listed = desks.deal()
        assert (listed["state"], listed["review_id"], listed["references"]) == ("review", review["id"], [])
        desks.pass_by(hours=24)
        decided = desks.post(f"/review/{review['id']}", candidate=2)
        assert (decided["state"], decided["decision"]) == ("decided", {"price": 60.0, "currency": "USD", "condition": "new"})
        (told,) = desks.wait_pushed(1)
        assert (told.deal.price, told.deal.references[0].price, told.why_not) == (60.0, 90.0, None)
        listed = desks.wait_priced()
        assert (listed["price"], listed["price_source"], listed["review_id"]) == (60.0, "person", None)


def test_a_persons_price_outlives_an_edit_of_the_title_and_is_remembered(desks: Desks) -> None:
    with desks.running():
        desks.scan(DIFFERS)
        desks.post("/review/1", price=65.0)
        desks.wait_pushed(1)
        edited = desks.scan(item("Acme QX100 Drill for $60 + free shipping", price="75.00"))
        assert edited["new"] == 0
        assert desks.deal()["price"] == 65.0
        desks.pass_by(days=20)
        desks.scan(item("Acme QX100 Drill for $40", number=2, price="40.00", published=desks.now))
        assert [each.price for each in desks.judge.calls[-1][0].offer.seen] == [65.0]


def test_what_cannot_be_read_waits_with_the_amounts_that_it_names(desks: Desks) -> None:
    with desks.running():
        desks.scan(UNCLEAR)
        (review,) = desks.get("/review", state="open")["items"]
        assert (review["why"], review["price"]) == ("unclear", None)
        assert [(each["source"], each["price"], each["words"]) for each in review["candidates"]] == [
            ("text", 99.0, "It is sold at $99 today.")
        ]
        desks.post("/review/1", price=80.0, condition="refurbished")
        (told,) = desks.wait_pushed(1)
        assert (told.deal.price, told.deal.condition) == (80.0, "refurbished")


def test_what_is_too_good_to_be_true_is_pushed_once_a_person_confirms_it(desks: Desks) -> None:
    with desks.running():
        assert desks.scan(TOO_GOOD)["alerts"] == 0
        (review,) = desks.get("/review")["items"]
        assert (review["why"], review["estimate"], review["candidates"][0]["price"]) == ("too_good", 200.0, 9.0)
        (listed,) = desks.get("/opportunities")["items"]
        assert (listed["review"], listed["review_id"]) == (True, review["id"])
        desks.post(f"/review/{review['id']}", candidate=1)
        (told,) = desks.wait_pushed(1)
        assert (told.deal.price, told.review, told.why_not) == (9.0, False, None)
        (listed,) = desks.get("/opportunities")["items"]
        assert (listed["review"], listed["review_id"], listed["why_not"]) == (False, None, None)
        assert desks.get("/review", state="open")["items"] == []
        assert desks.scan(TOO_GOOD)["new"] == 0
        assert len(desks.pushed) == 1


def test_in_another_condition_it_is_in_the_ledger_as_that_product(desks: Desks) -> None:
    with desks.running():
        desks.scan(TOO_GOOD)
        desks.post("/review/1", price=60.0, condition="refurbished")
        (told,) = desks.wait_pushed(1)

    async def pushed() -> list[str | None]:
        store = await open_store(desks.url, lambda: None)
        found = [push.product for push, _ in await store.ledger.pushed(NOW - timedelta(days=1))]
        await store.aclose()
        return found

    assert asyncio.run(pushed()) == [told.product]


def test_a_too_good_price_that_was_another_is_judged_at_that(desks: Desks) -> None:
    with desks.running():
        desks.scan(TOO_GOOD)
        desks.post("/review/1", price=195.0)
        assert desks.wait_priced()["price"] == 195.0
        assert desks.get("/opportunities")["items"] == []  # it saves little
        assert desks.pushed == []


def test_what_is_dropped_goes_off_the_list_and_can_be_taken_up_again(desks: Desks) -> None:
    with desks.running():
        desks.scan(TOO_GOOD)
        dropped = desks.post("/review/1", drop=True, note="a sticker")
        assert (dropped["state"], dropped["note"]) == ("dropped", "a sticker")
        assert desks.get("/opportunities")["items"] == []
        assert [each["id"] for each in desks.get("/review", state="dropped")["items"]] == [1]
        assert desks.post("/review/1/reopen")["state"] == "open"
        assert len(desks.get("/opportunities")["items"]) == 1
        assert (desks.deal()["state"], desks.deal()["review_id"]) == ("review", 1)


def test_a_decision_is_taken_back_while_nothing_has_come_of_it(desks: Desks) -> None:
    desks.judge.down = True
    with desks.running():
        desks.scan(DIFFERS)
        desks.post("/review/1", price=65.0)
        assert (desks.deal()["state"], desks.deal()["price"]) == ("unpriced", 65.0)
        assert desks.post("/review/1/reopen")["state"] == "open"
        assert (desks.deal()["state"], desks.deal()["price"], desks.deal()["price_source"]) == ("review", 60.0, "rules")
        desks.post("/review/1", candidate=1)
        desks.judge.down = False
        desks.wait_pushed(1)
        problem = desks.post("/review/1/reopen", 422)
        assert "judged at that price" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "price"),
        ({"price": 0.0}, "price"),
        ({"price": -5.0}, "price"),
        ({"price": "60"}, "price"),
        ({"price": 1e9}, "price"),
        ({"price": 60.0, "currency": "dollar"}, "currency"),
        ({"price": 60.0, "currency": "XYZ"}, "currency"),
        ({"price": 60.0, "condition": "shiny"}, "condition"),
        ({"candidate": 3}, "candidate"),
        ({"candidate": 0}, "candidate"),
        ({"candidate": 1, "price": 60.0}, "price"),
        ({"drop": True, "price": 60.0}, "price"),
        ({"drop": True, "note": "x" * 501}, "note"),
        ({"price": 60.0, "note": "why"}, "note"),
        ({"prize": 60.0}, "prize"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(tmp_path: object, body: dict[str, object], field: str) -> None:
    desks = Desks(f"sqlite:///{tmp_path}/scanner.sqlite3")
    with desks.running():
        desks.scan(DIFFERS)
        before = desks.get("/review"), desks.get("/deals")
        problem = desks.post("/review/1", 422, **body)
        assert problem["errors"][0]["field"].endswith(field), problem
        assert (desks.get("/review"), desks.get("/deals")) == before


def test_what_is_not_there_or_decided_already_is_refused(desks: Desks) -> None:
    with desks.running():
        desks.scan(DIFFERS)
        desks.post("/review/7", 404, drop=True)
        assert desks.client.get("/review/7").status_code == 404
        desks.post("/review/1/reopen", 422)
        desks.post("/review/1", drop=True)
        assert "dropped already" in desks.post("/review/1", 422, price=60.0)["detail"]


def test_nobody_is_asked_any_more_after_a_fortnight_or_when_it_is_over(desks: Desks) -> None:
    over = item("Acme QX300 Saw for $50", number=3, price="90.00", extra=f"<dealnews:expires>{in_days(2)}</dealnews:expires>")
    with desks.running():
        desks.scan(DIFFERS, over)
        assert [each["id"] for each in desks.get("/review", state="open")["items"]] == [2, 1]
        desks.pass_by(days=3)
        assert [(each["id"], each["state"], each["note"]) for each in desks.get("/review")["items"]] == [
            (1, "open", None),
            (2, "dropped", "it is over"),
        ]
        desks.pass_by(days=12)
        desks.scan()
        assert desks.get("/review", state="open")["items"] == []
        assert (desks.deal(1)["state"], desks.deal(1)["reason"]) == ("skipped", "nobody looked within 14 days")
        assert "nobody looked" in desks.post("/review/1", 422, price=60.0)["detail"]


def test_what_waited_for_longer_than_news_is_news_is_listed_and_not_pushed(desks: Desks) -> None:
    with desks.running():
        desks.scan(DIFFERS)
        desks.pass_by(hours=80)
        desks.post("/review/1", candidate=2)
        assert desks.wait_priced()["reason"] == "it was seen 80 hours before its price was told"
        assert (len(desks.get("/opportunities")["items"]), desks.pushed) == (1, [])


def test_a_price_that_can_be_read_now_ends_the_question(desks: Desks) -> None:
    with desks.running():
        desks.scan(DIFFERS)
        desks.scan(item("Acme QX100 Drill for $55", price="55.00"))
        assert [each.deal.price for each in desks.wait_pushed(1)] == [55.0]
        (review,) = desks.get("/review")["items"]
        assert (review["state"], review["note"]) == ("dropped", "its entry says something else now")
        assert "something else" in desks.post("/review/1", 422, price=60.0)["detail"]
        desks.post("/review/1/reopen", 422)


def test_the_queue_is_paged_to_its_end_and_survives_a_restart(desks: Desks) -> None:
    items = [item(f"Acme QX{n}00 Drill for $60", number=n, price="75.00") for n in range(1, 8)]
    with desks.running():
        desks.scan(*items)
        desks.post("/review/2", drop=True)
    with desks.running():
        found, cursor = list[int](), None
        while True:
            page = desks.get("/review", limit=2, **({"cursor": cursor} if cursor else {}))
            found += [each["id"] for each in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert found == [7, 6, 5, 4, 3, 1, 2]
        assert desks.client.get("/review", params={"cursor": "nonsense"}).status_code == 422
        assert desks.client.get("/review", params={"state": "lost"}).status_code == 422


def test_what_a_person_picks_while_deals_are_judged_is_judged_at_that_price(desks: Desks) -> None:
    """The judge is asked at the former price, and answers only when the person has named another."""

    class SlowJudge(FakeJudge):
        async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
            answer = await super().judge(requests)
            if len(self.calls) == 1:
                await asyncio.to_thread(desks.post, "/deals/1/feedback", verdict="wrong_price", price=70.0)
            return answer

    desks.judge = SlowJudge()
    with desks.running():
        desks.scan(item("Acme QX100 Drill for $60"))
        (told,) = desks.wait_pushed(1)
        assert told.deal.price == 70.0
        assert desks.now - told.created < timedelta(minutes=1)
