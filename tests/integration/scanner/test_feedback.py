"""What people say of deals, over HTTP and real databases: kept with what was said, put right, taken back, and given out."""

import json

import pytest

from tests.integration.scanner.desks import Desks
from tests.unit.scanner.fakes import item
from tests.waiting import until

DRILL = item("Acme QX100 Drill for $60", text="It was $90.")


@pytest.fixture
def desks(database_url: str) -> Desks:
    return Desks(database_url)


def opportunity(desks: Desks) -> str:
    (found,) = desks.get("/opportunities")["items"]
    return str(found["id"])


def test_a_verdict_is_kept_with_what_had_been_said(desks: Desks) -> None:
    with desks.running():
        desks.scan(DRILL)
        kept = desks.post("/deals/1/feedback", verdict="right", worth=180.0, note="  bought one in May ")
        assert (kept["verdict"], kept["worth"], kept["price"], kept["note"]) == ("right", 180.0, None, "bought one in May")
        assert (kept["deal_id"], kept["opportunity_id"], kept["replaced"]) == (1, opportunity(desks), None)
        said = kept["said"]
        assert {name: said[name] for name in ("price", "worth", "low", "high", "chance", "saving", "pushed")} == {
            "price": 60.0,
            "worth": 200.0,
            "low": 150.0,
            "high": 260.0,
            "chance": 0.95,
            "saving": 140.0,
            "pushed": True,
        }
        assert (said["evidence"], said["estimates"]) == (["estimate"], {"a": 200.0})
        assert (said["models"], said["rules"], said["watches"]) == ({"a": "fake@1", "judge": "judge@1"}, ["Good deals"], [])
        assert desks.get("/opportunities")["items"][0]["feedback"] == desks.deal()["feedback"] == "right"


def test_the_last_verdict_counts_and_the_others_are_history(desks: Desks) -> None:
    with desks.running():
        desks.scan(DRILL)
        desks.post("/deals/1/feedback", verdict="right")
        desks.post(f"/opportunities/{opportunity(desks)}/feedback", verdict="not_this_product")
    with desks.running():
        listed = desks.get("/feedback")
        assert ([each["verdict"] for each in listed["items"]], listed["counts"]) == (["not_this_product"], {"not_this_product": 1})
        both = desks.get("/feedback", history=True)["items"]
        assert [(each["verdict"], each["replaced"] is None) for each in both] == [("not_this_product", True), ("right", False)]
        assert desks.client.delete(f"/opportunities/{opportunity(desks)}/feedback").status_code == 204
        assert desks.get("/feedback") == {"items": [], "counts": {}, "next": None}
        assert len(desks.get("/feedback", history=True)["items"]) == 2
        assert desks.deal()["feedback"] is None
        assert desks.client.delete("/deals/1/feedback").status_code == 404


def test_a_wrong_price_is_put_right_where_the_alert_has_not_gone_out(desks: Desks) -> None:
    desks.stream.down = True
    with desks.running():
        desks.scan(DRILL)
        kept = desks.post("/deals/1/feedback", verdict="wrong_price", price=80.0)
        assert (kept["price"], kept["said"]["price"]) == (80.0, 60.0)
        assert desks.wait_priced()["price"] == 80.0
        (listed,) = desks.get("/opportunities")["items"]
        assert (listed["deal"]["price"], listed["why_not"]) == (80.0, None)
        desks.stream.down = False
        withdrawn, told = desks.wait_pushed(2)  # what was never appended needs not be
        assert (withdrawn.withdrawn, withdrawn.revision) == ("its price was read wrong", 1)
        assert (told.deal.price, told.withdrawn, told.revision, told.created) == (80.0, None, 2, withdrawn.created)


def test_what_saves_nothing_at_its_right_price_stays_withdrawn(desks: Desks) -> None:
    with desks.running():
        desks.scan(DRILL)
        desks.wait_pushed(1)
        desks.post("/deals/1/feedback", verdict="wrong_price", price=199.0)
        desks.wait_priced()
        first, withdrawn = desks.wait_pushed(2)
        assert (first.withdrawn, withdrawn.withdrawn, withdrawn.id) == (None, "its price was read wrong", first.id)
        assert desks.get("/opportunities")["items"] == []


def test_a_price_that_is_wrong_without_a_right_one_withdraws_its_alert_and_taking_it_back_tells_it_again(desks: Desks) -> None:
    with desks.running():
        desks.scan(DRILL)
        desks.wait_pushed(1)
        desks.post("/deals/1/feedback", verdict="wrong_price")
        assert desks.wait_pushed(2)[1].withdrawn == "its price was read wrong"
        assert desks.client.delete("/deals/1/feedback").status_code == 204
        again = desks.wait_pushed(3)[2]
        assert (again.withdrawn, again.deal.price, again.revision) == (None, 60.0, 2)
        assert (desks.deal()["price_source"], desks.deal()["state"]) == ("rules", "priced")


def test_another_verdict_puts_the_price_back_that_was_read(desks: Desks) -> None:
    with desks.running():
        desks.scan(DRILL)
        desks.post("/deals/1/feedback", verdict="wrong_price", price=80.0)
        desks.wait_priced()
        desks.post("/deals/1/feedback", verdict="wrong_price", price=85.0)
        assert desks.wait_priced()["price"] == 85.0
        kept = desks.post("/deals/1/feedback", verdict="bought")
        assert kept["said"]["price"] == 60.0
        found = desks.wait_priced()
        assert (found["price"], found["price_source"], found["references"][0]["price"]) == (60.0, "rules", 90.0)
        until(lambda: desks.pushed[-1].deal.price == 60.0)


def test_the_memory_of_the_product_is_put_right(desks: Desks) -> None:
    with desks.running():
        desks.scan(DRILL)
        desks.post("/deals/1/feedback", verdict="wrong_price", price=80.0)
        desks.wait_priced()
        desks.pass_by(days=20)
        desks.scan(item("Acme QX100 Drill for $40", number=2, published=desks.now))
        assert [each.price for each in desks.judge.calls[-1][0].offer.seen] == [80.0]


@pytest.mark.parametrize("verdict", ["right", "not_this_product", "not_worth_that", "bought"])
def test_other_verdicts_change_nothing_of_the_past(desks: Desks, verdict: str) -> None:
    with desks.running():
        desks.scan(DRILL)
        desks.wait_pushed(1)
        before = desks.deal()
        desks.post("/deals/1/feedback", verdict=verdict, worth=100.0)
        assert desks.deal() | {"feedback": None} == before
        assert len(desks.pushed) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "verdict"),
        ({"verdict": "great"}, "verdict"),
        ({"verdict": "right", "price": 60.0}, "price"),
        ({"verdict": "right", "currency": "USD"}, "currency"),
        ({"verdict": "wrong_price", "price": 0.0}, "price"),
        ({"verdict": "wrong_price", "price": 60.0}, "price"),
        ({"verdict": "wrong_price", "currency": "USD"}, "currency"),
        ({"verdict": "wrong_price", "price": 70.0, "currency": "XYZ"}, "currency"),
        ({"verdict": "right", "worth": -1.0}, "worth"),
        ({"verdict": "right", "worth": "100"}, "worth"),
        ({"verdict": "right", "note": "x" * 501}, "note"),
        ({"verdict": "right", "stars": 5}, "stars"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(tmp_path: object, body: dict[str, object], field: str) -> None:
    desks = Desks(f"sqlite:///{tmp_path}/scanner.sqlite3")
    with desks.running():
        desks.scan(DRILL)
        before = desks.get("/feedback", history=True), desks.get("/deals")
        problem = desks.post("/deals/1/feedback", 422, **body)
        assert problem["errors"][0]["field"].endswith(field), problem
        assert (desks.get("/feedback", history=True), desks.get("/deals")) == before


def test_what_is_not_there_is_not_found(desks: Desks) -> None:
    with desks.running():
        desks.scan(DRILL)
        desks.post("/deals/9/feedback", 404, verdict="right")
        desks.post("/opportunities/none/feedback", 404, verdict="right")
        assert desks.client.delete("/deals/1/feedback").status_code == 404


def test_what_was_said_lasts_when_the_deal_is_forgotten(desks: Desks) -> None:
    with desks.running():
        desks.scan(DRILL)
        name = opportunity(desks)
        desks.post("/deals/1/feedback", verdict="wrong_price", price=80.0)
        desks.wait_priced()
        desks.pass_by(days=200)
        desks.scan()
        until(lambda: desks.get("/deals")["items"] == [])  # what is old is forgotten after the scan has ended
        (kept,) = desks.get("/feedback")["items"]
        assert (kept["said"]["title"], kept["price"]) == ("Acme QX100 Drill for $60", 80.0)
        assert desks.client.delete(f"/opportunities/{name}/feedback").status_code == 204
        assert desks.get("/feedback")["items"] == []


def test_a_deal_without_a_price_gets_one_by_feedback(desks: Desks) -> None:
    with desks.running():
        desks.scan(item("Acme QX100 Drill from $60"))
        kept = desks.post("/deals/1/feedback", verdict="wrong_price", price=60.0)
        assert (kept["opportunity_id"], kept["said"]["price"], kept["said"]["why_not"]) == (
            None,
            None,
            "no price that can be relied on (from)",
        )
        assert [each.deal.price for each in desks.wait_pushed(1)] == [60.0]


def test_the_export_holds_every_verdict_that_counts_as_a_labelled_row(desks: Desks) -> None:
    items = [item(f"Acme QX{n}00 Drill for $60", number=n, text="It was $90.") for n in range(1, 4)]
    with desks.running():
        desks.scan(*items)
        desks.post("/deals/1/feedback", verdict="right")
        desks.post("/deals/1/feedback", verdict="not_worth_that", worth=70.0, note="Ünder 80")
        desks.post("/deals/2/feedback", verdict="bought")
        desks.post("/deals/3/feedback", verdict="wrong_price", price=80.0)
        answer = desks.client.get("/feedback/export")
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        first, second, third = map(json.loads, answer.text.splitlines())
        assert (first["market_price"], first["market_kind"], first["market_quote"]) == (70.0, "person", "Ünder 80")
        assert (first["title"], first["subject"], first["text"]) == (
            "Acme QX100 Drill for $60",
            "Acme QX100 Drill",
            "It was $90.",
        )
        assert (first["price"], first["currency"], first["condition"], first["source"]) == (
            60.0,
            "USD",
            "new or not stated",
            "feedback",
        )
        assert (first["said_chance"], first["said_worth"], first["pushed"], first["date"]) == (0.95, 200.0, True, "2026-11-21")
        assert "market_price" not in second
        assert (second["verdict"], third["verdict"], third["price"], third["said_price"]) == ("bought", "wrong_price", 80.0, 60.0)


def test_what_is_taken_back_of_a_deal_that_had_no_price_leaves_it_as_it_was(desks: Desks) -> None:
    with desks.running():
        desks.scan(item("Acme QX100 Drill from $60"), DRILL.replace("QX100", "QX200").replace("/1", "/2"))
        before = desks.deal(1)
        desks.post("/deals/1/feedback", verdict="wrong_price", price=60.0)
        desks.wait_pushed(2)
        assert desks.client.delete("/deals/1/feedback").status_code == 204
        assert desks.wait_pushed(3)[2].withdrawn == "its price was read wrong"
        assert desks.deal(1) == before
        assert [each["deal"]["title"] for each in desks.get("/opportunities")["items"]] == ["Acme QX200 Drill for $60"]


@pytest.mark.parametrize("is_judged_between", [False, True])
def test_what_is_taken_back_of_a_deal_that_waited_puts_it_into_the_queue_again(desks: Desks, is_judged_between: bool) -> None:
    desks.judge.down = not is_judged_between
    with desks.running():
        desks.scan(item("Acme QX100 Drill for $60", price="75.00"))
        desks.post("/deals/1/feedback", verdict="wrong_price", price=70.0)
        (review,) = desks.get("/review")["items"]
        assert (review["state"], review["note"]) == ("dropped", "its price was told as feedback")
        if is_judged_between:
            desks.wait_priced()
        assert desks.client.delete("/deals/1/feedback").status_code == 204
        (review,) = desks.get("/review")["items"]
        assert (review["state"], review["note"], review["price"]) == ("open", None, 60.0)
        assert (desks.deal()["state"], desks.deal()["review_id"], desks.deal()["price_source"]) == ("review", 1, "rules")
        desks.judge.down = False
        desks.post("/review/1", candidate=1)
        assert desks.wait_priced()["price"] == 75.0


def test_a_price_that_was_read_wrong_is_none_to_beat(desks: Desks) -> None:
    with desks.running():
        desks.scan(DRILL)
        desks.wait_pushed(1)
        desks.post("/deals/1/feedback", verdict="wrong_price", price=95.0)
        desks.wait_priced()
        (listed,) = desks.get("/opportunities")["items"]
        assert desks.get(f"/products/{listed['product']}")["told_price"] == 95.0
        desks.pass_by(days=2)
        again = item("Acme QX100 Drill for $61", number=2, published=desks.now)
        assert desks.scan(again)["alerts"] == 1


def test_what_else_was_pushed_of_a_product_is_to_beat_still(desks: Desks) -> None:
    with desks.running():
        desks.scan(item("Acme QX100 Drill for $80", number=2))
        desks.pass_by(days=1)
        desks.scan(item("Acme QX100 Drill for $80", number=2), DRILL)
        desks.wait_pushed(2)
        desks.post("/deals/2/feedback", verdict="wrong_price", price=95.0)
        desks.wait_priced(2)
        assert desks.get(f"/products/{desks.pushed[0].product}")["told_price"] == 80.0
        desks.pass_by(days=1)
        assert desks.scan(item("Acme QX100 Drill for $79", number=3, published=desks.now))["alerts"] == 0
