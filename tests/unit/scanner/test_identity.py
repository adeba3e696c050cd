"""The same deal stays the same through changed guids, links with tracking, and edited dates."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.deal_data import Feed
from scanner.identity import keys_of, normal_link, shared_keys
from tests.unit.scanner.fakes import NOW, entry

FEED = Feed(1, "https://deals.example/rss", "Deals")


@pytest.mark.parametrize(
    "link",
    [
        "https://deals.example/1.html?iref=rss",
        "http://www.deals.example/1.html/",
        "https://deals.example/1.html?utm_source=a&utm_medium=b#top",
    ],
)
def test_tracking_does_not_tell_links_apart(link: str) -> None:
    assert normal_link(link) == "deals.example/1.html"


def test_other_parameters_do() -> None:
    assert normal_link("https://deals.example/d?id=1") != normal_link("https://deals.example/d?id=2")


@pytest.mark.parametrize(
    "changes",
    [
        {"guid": "changed"},
        {"published": NOW + timedelta(hours=1)},
        {"title": "Acme Drill, edited, for $60"},
        {"link": "https://deals.example/moved", "guid": "changed"},
    ],
)
def test_an_edited_entry_shares_an_identity_with_the_first(changes: dict[str, object]) -> None:
    first = entry(price=60.0)
    assert set(keys_of(FEED, first)) & set(keys_of(FEED, replace(first, **changes)))  # type: ignore[arg-type]


def test_another_deal_shares_none() -> None:
    other = entry("Acme Saw for $70", link="https://deals.example/2", guid="https://deals.example/2")
    assert not set(keys_of(FEED, entry())) & set(keys_of(FEED, other))


def test_a_guid_that_is_no_address_counts_only_within_its_feed() -> None:
    one = entry(guid="17", link="")
    assert keys_of(FEED, one)[0] != keys_of(replace(FEED, id=2), one)[0]


def test_a_link_that_all_entries_share_identifies_none() -> None:
    one, two = entry(guid="1"), entry("Acme Saw for $70", guid="2")
    shared = shared_keys(FEED, [one, two])
    assert not set(keys_of(FEED, one, shared)) & set(keys_of(FEED, two, shared))
