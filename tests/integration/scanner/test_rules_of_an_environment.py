"""The environment's rule over restarts, several instances that change the rules, and a database from before there were any."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from common.alerts.conditions import Conditions
from common.database import asynchronous
from common.errors import InvalidInputError
from scanner.feeds.feed_list import WantedFeed
from scanner.policy import Policy
from scanner.rules import edits
from scanner.rules.dry_run import DryRun
from scanner.rules.rule import Rule, default_rule
from scanner.store.store import Store, open_store
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, item, rss, scanner_over
from tests.unit.scanner.rules.month import living

A = "https://a.example/rss"


def whens(database_url: str, **values: Any) -> list[tuple[str, Any]]:
    """Name and least saving of each rule after a start in this environment."""
    with living(database_url, **values) as life:
        return [(each["name"], each["when"].get("least_saving")) for each in life.client.get("/rules").json()["items"]]


def test_the_environments_rule_follows_it_until_a_person_edits_it(database_url: str) -> None:
    assert whens(database_url, push_saving=30) == [("Good deals", 30)]
    assert whens(database_url, push_saving=5, list_saving=7) == [("Good deals", 7)]
    with living(database_url) as life:
        assert life.client.patch("/rules/1", json={"when": {"least_saving": 44}}).status_code == 200
    with structlog.testing.capture_logs() as logs:
        assert whens(database_url, push_saving=50) == [("Good deals", 44)]
    (said,) = (each for each in logs if each["event"] == "rule_left_to_person")
    assert "SCANNER_PUSH_SAVING" in said["why"]


def test_the_environments_rule_stays_away_once_it_is_deleted(database_url: str) -> None:
    with living(database_url) as life:
        assert life.client.delete("/rules/1").status_code == 204
    assert whens(database_url) == []


def test_a_rule_of_the_environment_that_is_off_or_elsewhere_still_follows_it(database_url: str) -> None:
    with living(database_url) as life:
        life.client.post("/rules", json={"name": "drills"})
        life.client.put("/rules/order", json={"ids": [2, 1]})
    assert whens(database_url, push_saving=20) == [("drills", None), ("Good deals", 20)]


def over_two(url: str, work: Callable[[Store, Store], Awaitable[None]]) -> None:
    """Two instances over one database."""

    async def run() -> None:
        first, second = await open_store(url, lambda: None), await open_store(url, lambda: None)
        try:
            await work(first, second)
        finally:
            await first.aclose()
            await second.aclose()

    asyncio.run(run())


def test_what_one_instance_changes_the_other_goes_by_at_once(database_url: str) -> None:
    async def work(first: Store, second: Store) -> None:
        await first.rules.follow(default_rule())
        assert [each.name for each in (await second.rules.book()).rules] == ["Good deals"]
        await first.rules.change(edits.changed(1, lambda _: Rule(0, "mine", Conditions())))
        assert [each.name for each in (await second.rules.book()).rules] == ["mine"]
        assert await second.rules.book() is await second.rules.book()

    over_two(database_url, work)


def test_two_instances_that_start_together_make_one_rule(database_url: str) -> None:
    async def work(first: Store, second: Store) -> None:
        assert await asyncio.gather(*(each.rules.follow(default_rule()) for each in (first, second))) == [True, True]
        assert len((await first.rules.book()).rules) == 1

    over_two(database_url, work)


def test_the_bound_holds_for_instances_that_add_at_the_same_time(database_url: str) -> None:
    async def work(first: Store, second: Store) -> None:
        await first.rules.change(edits.joined([Rule(0, f"rule {at}", Conditions()) for at in range(195)], None))
        adding = [each.rules.change(edits.added(Rule(0, f"{at}", Conditions()))) for at in range(5) for each in (first, second)]
        found = await asyncio.gather(*adding, return_exceptions=True)
        assert sum(isinstance(each, InvalidInputError) for each in found) == 5
        assert len((await second.rules.book()).rules) == 200

    over_two(database_url, work)


def test_an_edit_that_fails_changes_nothing(database_url: str) -> None:
    async def work(first: Store, second: Store) -> None:
        await first.rules.follow(default_rule())
        for wrong in (edits.added(default_rule()), edits.ordered([9])):
            with pytest.raises(InvalidInputError):
                await first.rules.change(wrong)
        assert (await second.rules.book()).rules[0].when == default_rule().when

    over_two(database_url, work)


_AS_BEFORE = (
    "DROP TABLE deal_figures",
    "DROP TABLE rules",
    "DROP TABLE rule_book",
    "UPDATE scanner_version SET version_num = '0005'",
    "UPDATE deals SET answer = NULL WHERE id = 1",
    """UPDATE deals SET answer = '{"price": 20.0, "low": 15.0, "high": 30.0}' WHERE id = 2""",
    "UPDATE deals SET answer = 'null' WHERE id = 3",
    "UPDATE deals SET currency = 'AUD' WHERE id = 4",
)


async def told(url: str, *statements: str) -> list[Any]:
    """What the database answers to the last of these."""
    engine = create_async_engine(asynchronous(make_url(url)))
    try:
        async with engine.begin() as connection:
            results = [await connection.execute(text(each)) for each in statements]
            return [tuple(row) for row in results[-1]] if results[-1].returns_rows else []
    finally:
        await engine.dispose()


def test_a_database_of_the_version_before_has_its_rule_and_figures(database_url: str) -> None:
    offers = rss(*(item(f"Acme Drill Q{at} for ${at}", number=at) for at in range(30, 36)))

    async def work() -> None:
        store = await open_store(database_url, lambda: None)
        await store.feeds.configure([WantedFeed(A, "A")], "default")
        await scanner_over(store, FakeSource({A: offers}), FakeJudge()).scan()
        await store.aclose()
        await told(database_url, *_AS_BEFORE)
        store = await open_store(database_url, lambda: None)
        await store.rules.follow(Policy().book.rules[0])
        assert (await store.rules.book()).rules[0].when == Policy().book.rules[0].when
        rows = await told(database_url, "SELECT price, worth, chance, is_news FROM deal_figures ORDER BY deal_id")
        assert rows == [(None, 200.0, 0.95, True), (34.0, 200.0, 0.95, True), (35.0, 200.0, 0.95, True)]
        report = await DryRun(store.figures, Policy(rates={"AUD": 0.9})).run(default_rule(), 30, NOW + timedelta(hours=1))
        await store.aclose()
        assert (report.judged, [each.deal.price for _, each in report.sent]) == (3, [33.0, 34.0, 35.0])

    asyncio.run(work())
