"""The feed's own price comes first, unless something says that it is none; then the model, then the rules."""

import asyncio

import pytest

from scanner.parsing.feed_entry import FeedEntry
from scanner.prices.price_reader import PriceReader
from scanner.prices.rule_extractor import Extraction
from tests.unit.scanner.fakes import FakeModel, entry

MODEL = Extraction(55.0, None, "priced", "new", "USD", price_source="model")


def read(given: FeedEntry, model: Extraction | None = None) -> Extraction:
    return asyncio.run(PriceReader(FakeModel(model)).read(given, "USD"))


def test_the_feeds_element_is_the_exact_price() -> None:
    reading = read(entry("Acme Drill for $60", price=59.99, price_currency="USD"), MODEL)
    assert (reading.price, reading.price_source) == (59.99, "feed")


@pytest.mark.parametrize(
    "title", ["Acme Plan for $9.99 per month", "Acme Tools: From $5", "Acme Tools: Up to $100 off", "Socks: 3 for $12"]
)
def test_the_feeds_element_does_not_count_against_the_title(title: str) -> None:
    assert read(entry(title, price=9.99)).price is None


def test_the_feeds_element_of_a_sale_does_not_count() -> None:
    assert read(entry("Acme Drill for $60", price=59.99, deal_type="sale"), MODEL).price_source == "model"


def test_an_element_far_from_the_title_is_not_believed() -> None:
    reading = read(entry("Acme Drill for $60", price=5.0))
    assert (reading.price, reading.price_source) == (60.0, "rules")


def test_the_model_comes_before_the_rules() -> None:
    assert read(entry(), MODEL) == MODEL


def test_the_rules_remain_where_the_model_has_no_answer() -> None:
    reading = read(entry(), None)
    assert (reading.price, reading.price_source) == (60.0, "rules")


@pytest.mark.parametrize(
    "title", ["Acme Phone $60 (activation required)", "Win an Acme Drill worth $60", "Acme Phone $60 after bill\u00a0credits"]
)
def test_the_feeds_element_does_not_count_where_no_price_holds(title: str) -> None:
    assert read(entry(title, price=60.0)).price is None


def test_the_feeds_element_counts_where_the_title_cannot_be_read() -> None:
    assert read(entry("Acme Drill $1 ,060", price=1060.0)).price == 1060.0


def test_others_get_their_turn_while_many_titles_are_read() -> None:
    """Reading costs milliseconds a title at worst: on the event loop a feed of 500 would stop all else for seconds."""
    entries = [entry("$1 - was $2 " * 10, text="$3 off " * 50, guid=str(number)) for number in range(200)]

    async def run() -> int:
        reader, turns = PriceReader(), 0
        reading = asyncio.gather(*(reader.read(each, "USD") for each in entries))
        while not reading.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert asyncio.run(run()) > len(entries)
