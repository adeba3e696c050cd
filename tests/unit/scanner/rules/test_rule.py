"""Which rule an offer comes under, and what that leads to."""

from typing import Any

import pytest

from common.alerts.conditions import Conditions
from common.deals import Priority
from scanner.alert_rule import AlertRule
from scanner.deal_data import Judged
from scanner.policy import Policy
from scanner.rules.rule import Rule, RuleBook, default_rule
from tests.unit.scanner.fakes import NOW, judgement, stored


def rule(
    number: int = 1, name: str = "drills", *, channels: tuple[str, ...] = (), priority: Priority = "normal", **when: Any
) -> Rule:
    return Rule(number, name, Conditions.model_validate(when), channels, priority)


def judged(*rules: Rule, mode: Any = "first", deal: dict[str, object] | None = None, **values: Any) -> Judged:
    return Policy().judge(stored(**(deal or {})), judgement(**values), NOW, RuleBook(rules, mode))


def matches(found: Judged) -> list[str]:
    return [each.name for each in found.opportunity.matches] if found.opportunity else []


def test_without_a_rule_of_a_persons_what_surely_saves_is_pushed() -> None:
    assert (default_rule().evidence, default_rule(AlertRule(5, 30.0, 1)).evidence) == (
        AlertRule(10, 10.0, 2),
        AlertRule(5, 30.0, 1, least_support=0.8),
    )
    assert matches(Policy().judge(stored(), judgement(), NOW)) == ["Good deals"]


def test_the_first_that_matches_counts_or_all_of_them() -> None:
    rules = (
        rule(1, "saws", include=["saw"]),
        rule(2, "drills", include=["drill"], channels=("phone",), priority="high"),
        rule(3, "all", channels=("mail",), priority="low"),
    )
    first, every = judged(*rules), judged(*rules, mode="all")
    assert (matches(first), matches(every)) == (["drills"], ["drills", "all"])
    assert first.opportunity
    assert (first.opportunity.channels, first.opportunity.priority) == (["phone"], "high")
    assert every.opportunity
    assert (every.opportunity.channels, every.opportunity.priority) == (["phone", "mail"], "high")


def test_a_rule_for_all_channels_takes_in_those_of_the_others() -> None:
    found = judged(rule(1, "a", channels=("phone",)), rule(2, "b"), mode="all")
    assert found.opportunity
    assert found.opportunity.channels == []


def test_a_rule_that_is_off_matches_nothing() -> None:
    off = Rule(1, "off", Conditions(), enabled=False)
    found = judged(off)
    assert (found.is_alert, found.opportunity and found.opportunity.why_not) == (False, "no rule is on")


def test_a_rule_that_asks_for_no_chance_pushes_what_the_judge_is_not_sure_of() -> None:
    doubtful = {"chance": 0.2, "support": 0.1, "saving": 1.0, "known": False}
    assert judged(rule(include=["drill"]), **doubtful).is_alert
    assert not judged(rule(include=["drill"], least_chance=0.3), **doubtful).is_alert
    assert judged(rule(include=["drill"], least_chance=0.3), chance=0.4, support=0.35).is_alert


@pytest.mark.parametrize(
    "deal", [{"price": 1.0}, {"has_variants": True}, {"title": "Acme Drill for parts $60"}, {"why_no_news": "old"}]
)
def test_no_rule_pushes_what_is_unsound_or_no_news(deal: dict[str, object]) -> None:
    found = Policy().judge(stored(**deal), judgement(200.0, 1.0), NOW, RuleBook((rule(),)))
    assert not found.is_alert


def test_where_several_rules_do_not_match_each_says_why() -> None:
    found = judged(rule(1, "saws", include=["saw"]), rule(2, "cheap", max_price=50), chance=0.6)
    assert found.opportunity
    assert found.opportunity.why_not == "saws: it does not say saw; cheap: $60.00 is more than $50.00"


def test_a_percent_of_worth_is_asked_for_beside_dollars() -> None:
    assert judged(rule(least_percent=70, least_saving=140)).is_alert
    assert not judged(rule(least_percent=71)).is_alert
