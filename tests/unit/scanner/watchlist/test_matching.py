"""Which of the offers that words allow are the thing: meaning, conditions, words that a person adds, and the price."""

import time
from typing import Any

import pytest

from common.deals import Opportunity, PriceStanding
from scanner.policy import Policy
from scanner.watchlist.likeness import Comparison
from scanner.watchlist.matching import (
    Candidate,
    Offer,
    Sought,
    candidates,
    is_match,
    is_worth_telling,
    likeness,
    similarities,
    why_unwanted,
)
from tests.unit.scanner.fakes import NOW, judgement, stored
from tests.unit.scanner.watchlist.watches import watch


def offer(title: str = "Acme Drill", text: str = "", price: float = 50.0, condition: str = "new") -> Offer:
    return Offer.of(title, text, price, condition)


def why(text: str, given: Offer, **values: Any) -> str | None:
    return why_unwanted(Sought.of(watch(text, **values)), given)


def test_the_condition_must_do() -> None:
    assert why("drill", offer(condition="used")) == "it is used"
    assert why("drill, used", offer(condition="used")) is None
    assert why("drill", offer(condition="used"), conditions=("used", "new")) is None


def test_words_of_a_persons_must_and_must_not_stand_there() -> None:
    assert why("drill", offer("Acme Drill Kit"), forbidden=("kit",)) == "it says kit"
    assert why("drill", offer("Acme Drill"), required=("brushless",)) == "it does not say brushless"
    assert why("drill", offer("Acme Drill", "A brushless one."), required=("brushless",)) is None
    assert why("drill", offer("Acme Drill", "A brushless one."), required=("title:brushless",)) == "it does not say title:brushless"


def test_who_wants_the_tool_alone_is_not_told_of_kits() -> None:
    assert why("Acme drill, tool only", offer("Acme Drill Kit")) == "it is a kit"
    assert why("Acme drill, tool only", offer("Acme Drill (Tool Only)")) is None


def test_only_what_meets_the_target_is_a_candidate() -> None:
    sought = [Sought.of(watch("drill under 50"))]
    assert candidates(sought, [offer(price=50.0)])
    assert not candidates(sought, [offer(price=50.01)])
    assert candidates(sought, [offer(price=50.01)], at_any_price=True)


def candidate(comparison: Comparison, **values: Any) -> Candidate:
    return Candidate(0, Sought.of(watch("drill", **values)), comparison)


ALL = Comparison(None, share=1.0)
NO_KIND = Comparison(None, frozenset({"drill"}), is_kind_alone=True, share=0.5)
MEASURED = Comparison(None, frozenset({"drill"}), is_kind_alone=True, is_measured=True, share=0.6)
MODEL = Comparison(None, frozenset({"drill"}), is_kind_alone=True, is_measured=True, share=0.4, is_model=True)


@pytest.mark.parametrize(
    ("comparison", "similarity", "is_one"),
    [
        (ALL, 0.3, True),
        (ALL, 0.29, False),
        (NO_KIND, 0.6, True),
        (NO_KIND, 0.59, False),
        (MEASURED, 0.5, True),
        (MEASURED, 0.49, False),
        (MODEL, 0.3, True),
        (Comparison(None, frozenset({"drill"}), is_kind_alone=True, share=0.3), 0.9, False),
    ],
)
def test_the_less_is_said_the_nearer_it_must_be(comparison: Comparison, similarity: float, is_one: bool) -> None:
    assert is_match(candidate(comparison), similarity) is is_one


def test_without_meaning_words_and_attributes_must_say_all() -> None:
    assert [is_match(candidate(each), None) for each in (ALL, NO_KIND, MEASURED, MODEL)] == [True, False, False, True]


def test_a_person_may_ask_for_more_likeness() -> None:
    assert not is_match(candidate(ALL, least_similarity=0.8), 0.7)
    assert is_match(candidate(ALL, least_similarity=0.8), 0.8)


def opportunity(chance: float, standing: PriceStanding | None = None) -> Opportunity:
    found = Policy().candidate(stored(), judgement(chance=chance), NOW)
    assert found is not None
    return found.model_copy(update={"standing": standing})


def test_without_a_target_a_real_saving_or_a_new_low_is_told() -> None:
    lowest = PriceStanding(lowest=70, usual=90, last=80, points=30, score=10, is_lowest=True, low_confidence=False)
    wish = Sought.of(watch("drill")).wish
    assert is_worth_telling(wish, opportunity(0.5))
    assert not is_worth_telling(wish, opportunity(0.4))
    assert is_worth_telling(wish, opportunity(0.4, lowest))
    assert not is_worth_telling(wish, opportunity(0.4, lowest.model_copy(update={"low_confidence": True})))
    assert is_worth_telling(Sought.of(watch("drill under 100")).wish, opportunity(0.1))


def test_vectors_of_another_length_tell_nothing() -> None:
    assert likeness([0.6, 0.8], [0.6, 0.8]) == pytest.approx(1.0)
    assert likeness([0.6, 0.8], [1.0]) is None
    assert likeness(None, [1.0]) is None
    assert similarities([candidate(ALL)], {}, {}) == [None]


def test_five_hundred_watches_and_as_many_deals_take_a_second() -> None:
    things = ("drill", "laptop", "tv", "tent", "vacuum", "headphones", "camera", "monitor", "watch", "speaker")
    brands = ("Acme", "Lumen", "Nordic", "Volta", "Kestrel")
    soughts = [Sought.of(watch(f"{brands[n % 5]} {things[n % 10]} X{n}00 under {n + 50}", n + 1)) for n in range(500)]
    offers = [offer(f"{brands[n % 5]} X{n}00 {things[n % 10]} with extras number {n}", price=49.0) for n in range(500)]
    started = time.process_time()
    found = candidates(soughts, offers)
    assert time.process_time() - started < 5.0  # 0.3 s where nothing else runs
    assert {(each.at, each.sought.watch.id) for each in found} >= {(n, n + 1) for n in range(1, 500)}
