"""Reasons in their general form, whether they come from an offer or from its figures alone."""

from datetime import timedelta
from typing import Any

import pytest

from common.alerts.conditions import Conditions
from scanner.deal_data import Feed, Told, ToldProduct
from scanner.intake.novelty import NoveltyRule
from scanner.policy import Policy
from scanner.rules import reasons
from scanner.rules.reasons import Screen, in_general, screen_of
from scanner.rules.rule import Rule
from tests.unit.scanner.fakes import NOW, answer, judgement, stored


def why(when: dict[str, Any], deal: dict[str, object] | None = None, **values: Any) -> tuple[Screen, str]:
    """What a rule asks of figures, and why it does not push an offer at 60 dollars that is worth 200."""
    rule, price = Rule(1, "r", Conditions.model_validate(when)), 60.0
    said = judgement(200.0, price, **values)
    found = Policy().candidate(stored(**(deal or {})), said, NOW)
    assert found
    return screen_of(rule), in_general(rule.why_not(found, said) or "")


@pytest.mark.parametrize(
    ("when", "values", "name"),
    [
        ({"least_saving": 150}, {}, "saves_little"),
        ({}, {"saving": -5.0}, "saves_little"),
        ({"least_percent": 71}, {}, "saves_small_part"),
        ({"least_chance": 0.9}, {"chance": 0.7}, "doubtful"),
        ({"min_price": 61}, {}, "cheap"),
        ({"max_price": 59.5}, {}, "dear"),
    ],
)
def test_figures_and_offers_give_the_same_reason(when: dict[str, Any], values: dict[str, Any], name: str) -> None:
    screen, found = why(when, **values)
    assert found == getattr(screen, name)


@pytest.mark.parametrize(
    ("when", "deal", "values", "general"),
    [
        ({"least_chance": 0.9}, {}, {"support": 0.4}, reasons.UNSUPPORTED),
        ({"conditions": ["new"]}, {"condition": "open-box"}, {}, reasons.OTHER_CONDITION),
        ({}, {"price": 2.0}, {}, reasons.INCREDIBLE),
        ({"categories": ["toys"]}, {}, {}, "it is of another category"),
        ({"retailers": ["walmart"]}, {}, {}, "it is sold by another shop"),
        ({"feeds": ["other"]}, {}, {}, "it is from another feed"),
        ({"include": ["saw"]}, {}, {}, "it does not say saw"),
        ({"exclude": ["drill"]}, {}, {}, "it says drill"),
        ({"least_pricers": 2}, {}, {"answer": answer(pricers=1)}, "it rests on too few pricers"),
        (
            {"least_pricers": 2, "least_chance": 0.5},
            {},
            {"known": False},
            "nothing like it is known, and its text states no other price",
        ),
    ],
)
def test_a_reason_leaves_out_what_is_told_of_one_offer(
    when: dict[str, Any], deal: dict[str, object], values: dict[str, Any], general: str
) -> None:
    assert why(when, deal, **values)[1] == general


def test_what_is_no_news_and_what_was_told_are_one_reason_each() -> None:
    rule, told = NoveltyRule(), Told("e", "Acme Drill X9", "new", 60.0)
    olds = [
        rule.why_stale(NOW - timedelta(hours=73), NOW),
        rule.why_stale(NOW - timedelta(days=9), NOW),
        rule.why_old(NOW - timedelta(hours=30), NOW, Feed(1, "https://a.example", "A")),
        NoveltyRule(baseline="silent").why_old(NOW, NOW, Feed(1, "https://a.example", "A")),
        rule.why_no_new_low(60.0, [50.0]),
        rule.why_no_new_low(49.0, [50.0]),
    ]
    assert {in_general(each or "") for each in olds} == {reasons.NO_NEWS}
    assert in_general(rule.why_told(told, told) or "") == reasons.TOLD
    product = ToldProduct(60.0, NOW - timedelta(days=60))
    assert in_general(rule.why_told_before(60.0, product, NOW) or "") == reasons.TOLD
    assert in_general(rule.why_told_before(60.0, ToldProduct(muted=True), NOW) or "") == reasons.TOLD
