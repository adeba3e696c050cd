"""A dry run of a rule says what the rule did when it was lived with: a month of scans, on SQLite and on PostgreSQL."""

from typing import Any

import pytest

from tests.unit.scanner.rules.month import Life, living

RULES: list[dict[str, Any]] = [
    {"when": {"least_saving": 10, "least_chance": 0.9, "least_pricers": 2}},
    {"when": {"include": ["oled", "title:drill"], "exclude": ["bag"], "least_percent": 20}},
    {"when": {"retailers": ["bestbuy"], "conditions": ["refurbished", "used"], "max_price": 400}, "enabled": True},
    {},
]


@pytest.mark.parametrize(
    ("rule", "days"),
    list(zip(RULES, (30, 18, 18, 16), strict=True)),
    ids=["surely saves", "words", "shop and condition", "everything"],
)
def test_a_dry_run_finds_what_was_pushed_alive(database_url: str, rule: dict[str, Any], days: int) -> None:
    with living(database_url, max_alerts=2) as life:
        number = life.rule_alone(**rule)
        life.play(days)
        alive, found = life.pushed(number), _tried(life, number, 31)
        assert len(alive) > 5
        assert (found["pushes"], found["in_digest"]) == (
            list(alive.values()).count(False),
            list(alive.values()).count(True),
        )
        latest = {each["opportunity"]: each["digest"] for each in found["items"]}
        assert latest.items() <= alive.items()
        assert len(latest) == min(100, len(alive))
        assert found["judged"] == found["pushes"] + found["in_digest"] + sum(each["count"] for each in found["missed"])
        assert [each["when"] for each in found["items"]] == sorted((each["when"] for each in found["items"]), reverse=True)


def test_what_was_told_before_the_days_asked_for_is_not_told_again_in_them(database_url: str) -> None:
    with living(database_url) as life:
        number = life.rule_alone(when={"least_saving": 10, "least_chance": 0.9})
        life.play(24)  # ten days and the two weeks before, which a dry run knows
        end, alive = life.clock.now, life.pushed(number)
        found = _tried(life, number, 10)
        assert life.clock.now == end
        whole = _tried(life, number, 41)
        assert whole["pushes"] + whole["in_digest"] == len(alive)
        expected = [each for each in whole["items"] if each["when"] >= found["items"][-1]["when"]]
        assert found["items"] == expected
        assert 0 < found["pushes"] < whole["pushes"]


def _tried(life: Life, rule: int, days: int) -> dict[str, Any]:
    answer = life.client.post(f"/rules/{rule}/dry-run", params={"days": days})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
