"""Cases are what a file's deals tell: the product without its price, what is read from the text, and what the thing costs."""

import math
from pathlib import Path
from typing import Any

import pytest

from ensemble.judge.service import price_request_of
from tests.unit.training.judge.own_deals import case, record, save
from training.data.rows import Row
from training.judge.cases import Case, by_kind, is_usable, read_cases, usual_cases
from training.judge.judging import request_of


def only(folder: Path, **others: Any) -> Case:
    (found,) = read_cases(save(folder, [record(**others)]))
    return found


def test_a_deal_tells_its_offer_its_market_price_and_what_its_text_states(tmp_path: Path) -> None:
    found = only(tmp_path)
    assert (found.offer.title, found.offer.price, found.offer.category) == ("Acme QX100 Lamp", 100.0, "Home")
    assert (found.offer.retailer, found.offer.condition) == ("Acme Store", "new")
    assert (found.market, found.kind, found.source) == (120.0, "next_best", "paper")
    assert [(each.kind, each.price) for each in found.references] == [("next_best", 120.0)]
    assert found.y == pytest.approx(math.log(1.2))
    assert found.is_trusted


@pytest.mark.parametrize(
    "others",
    [
        {"market_price": None},
        {"market_price": 0.0},
        {"price": None},
        {"currency": "CAD"},
        {"source": "ebay_deals"},
        {"source": "brand_stores_x"},
        {"basis": "new unit"},
        {"basis": "unclear, may be a new unit"},
    ],
    ids=str,
)
def test_what_does_not_tell_what_the_same_thing_costs_in_dollars_is_left_out(others: dict[str, Any], tmp_path: Path) -> None:
    assert read_cases(save(tmp_path, [record(**others), record()])) == read_cases(save(tmp_path, [record()]))


@pytest.mark.parametrize(
    ("others", "is_left_out"),
    [({"currency": "CAD"}, False), ({"source": "ebay_deals"}, False), ({"basis": "new unit"}, False), ({"price": None}, True)],
)
def test_all_takes_whatever_has_both_prices(others: dict[str, Any], *, is_left_out: bool) -> None:
    assert is_usable(record(**others), is_all=True) is not is_left_out


def test_a_row_that_does_not_say_its_basis_is_taken_as_of_the_same_unit() -> None:
    assert is_usable(record(basis=None))


@pytest.mark.parametrize(
    ("told", "condition"),
    [("new or not stated", "new"), (None, "new"), ("used", "used"), ("refurbished", "refurbished"), ("open box", "open-box")],
)
def test_conditions_are_those_of_offers(told: str | None, condition: str, tmp_path: Path) -> None:
    assert only(tmp_path, condition=told, basis="same condition").offer.condition == condition


def test_without_a_subject_the_title_is_taken_without_its_price(tmp_path: Path) -> None:
    assert only(tmp_path, subject=None).offer.title == "Acme QX100 Lamp"
    assert only(tmp_path, subject="Acme Lamp, blue").offer.title == "Acme Lamp, blue"


def test_a_sellers_claim_about_itself_is_not_trusted(tmp_path: Path) -> None:
    assert [only(tmp_path, market_kind=kind).is_trusted for kind in ("history", "regular", "list")] == [True, False, False]


def test_a_list_price_beside_the_text_is_stated_unless_the_market_price_was_taken_from_it(tmp_path: Path) -> None:
    told = only(tmp_path, market_kind="history", text="shirt, M", list_price=120.0).references
    assert [(each.kind, each.price, each.said_by) for each in told] == [("list", 120.0, "seller")]
    claimed = [only(tmp_path, market_kind=kind, text="shirt, M", list_price=120.0).references for kind in ("list", "regular")]
    assert claimed == [(), ()]


@pytest.mark.parametrize("amount", [None, "n/a", 80.0, 100.0, 150.4])
def test_a_list_price_that_is_told_or_no_more_than_is_asked_adds_nothing(amount: object, tmp_path: Path) -> None:
    text = "That is the lowest price we could find by $20. Its list price is $150."
    found = only(tmp_path, list_price=amount, text=text).references
    assert sorted((each.kind, each.price) for each in found) == [("list", 150.0), ("next_best", 120.0)]


@pytest.mark.parametrize("condition", ["new", "used", "refurbished", "open-box"])
def test_pricers_are_asked_as_the_service_asks_them(condition: str) -> None:
    deal = case(condition=condition)
    assert deal.request == price_request_of(request_of(deal, ()))
    assert "100" not in deal.request.description.replace("QX100", "")


def test_deals_of_one_product_share_their_fold(tmp_path: Path) -> None:
    titles = ["Acme QX100 Lamp", "Acme QX100 lamp, blue", *(f"Acme MK{i}00 Lamp" for i in range(40))]
    first, second, *others = read_cases(save(tmp_path, [record(subject=title) for title in titles]))
    assert first.product == second.product
    assert first.fold(5) == second.fold(5)
    assert {each.fold(5) for each in others} == set(range(5))
    assert len({each.product for each in others}) == 40


def test_goods_at_their_own_price_are_no_deals() -> None:
    rows = [
        Row("Acme QX100 Lamp", price=30.0, main_category="Home"),
        Row("Acme QX200 Lamp", price=20.0, extra={"condition": "used"}),
        Row("Acme QX300 Lamp"),
    ]
    (usual,) = usual_cases(rows)
    assert (usual.offer.price, usual.market, usual.y, usual.kind) == (30.0, 30.0, 0.0, "usual")
    assert (usual.offer.retailer, usual.offer.category, usual.references) == ("", "Home", ())
    assert not usual.is_trusted


def test_kinds_come_in_the_order_of_trust() -> None:
    cases = [case(kind=kind) for kind in ("usual", "list", "history", "list")]
    assert [(kind, len(chosen)) for kind, chosen in by_kind(cases)] == [("history", 1), ("list", 2), ("usual", 1)]


def test_a_row_of_the_four_keys_that_must_be_there_is_a_case(tmp_path: Path) -> None:
    (found,) = read_cases(save(tmp_path, [{"title": "Lamp for $50", "price": 50, "market_price": 80, "market_kind": "next_best"}]))
    assert (found.offer.price, found.market, found.is_trusted) == (50.0, 80.0, True)
