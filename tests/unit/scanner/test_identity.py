"""The keys by which a deal is known again, through changed guids, links with tracking, and edited dates."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.deal_data import Feed
from scanner.identity import keys_of, normal_link, shared_keys, shop_of
from tests.unit.scanner.fakes import NOW, entry

FEED = Feed(1, "https://deals.example/rss", "Deals")


@pytest.mark.parametrize(
    "link",
    [
        "https://deals.example/1.html?iref=rss",
        "http://www.deals.example/1.html/",
        "https://deals.example/1.html?utm_source=a&utm_medium=b#top",
        "https://deals.example:443/1.html;jsessionid=8A1?sid=9&source=rss",
        "https://deals.example/1.html/ref=sr_1_3?msclkid=7#:~:text=drill",
        "https://deals.example/1.html?affid=42#utm_source=rss",
    ],
)
def test_tracking_does_not_tell_links_apart(link: str) -> None:
    assert normal_link(link) == "deals.example/1.html"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://deals.example/d?id=1", "https://deals.example/d?id=2"),
        ("https://deals.example/?101", "https://deals.example/?102"),
        ("https://deals.example/d?id=", "https://deals.example/d?no="),
        ("https://deals.example/all#101", "https://deals.example/all#102"),
        ("https://deals.example/all#!/drill", "https://deals.example/all#!/saw"),
        ("https://go.example/?affurl=https%3A%2F%2Fa.example%2F1", "https://go.example/?affurl=https%3A%2F%2Fa.example%2F2"),
        ("https://go.example/?ref=/deals/1", "https://go.example/?ref=/deals/2"),
        ("https://deals.example:8080/1", "https://deals.example:8081/1"),
    ],
)
def test_what_leads_elsewhere_does(one: str, other: str) -> None:
    assert normal_link(one) != normal_link(other)


@pytest.mark.parametrize("broken", ["http://[deals.example/1", "https://deals.example:port/1", "http://"])
def test_what_is_no_link_stays_as_it_is(broken: str) -> None:
    assert normal_link(broken) in (broken, "")
    assert keys_of(FEED, entry(guid=broken, link=""))


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


@pytest.mark.parametrize(
    ("retailer", "link", "shop"),
    [("Acme Shop ", "https://deals.example/1", "acme shop"), ("", "https://www.acme.example/1", "acme.example"), ("", "", "")],
)
def test_the_shop_is_the_retailer_or_else_the_links_host(retailer: str, link: str, shop: str) -> None:
    assert shop_of(retailer, link) == shop


def test_one_title_and_price_at_two_shops_are_two_deals() -> None:
    one, two = (entry(link=f"https://{shop}.example/drill", guid="") for shop in ("a", "b"))
    assert not set(keys_of(FEED, one)) & set(keys_of(FEED, two))
    named = [replace(each, retailer="Acme") for each in (one, two)]
    assert set(keys_of(FEED, named[0])) & set(keys_of(FEED, named[1]))


def test_without_link_and_guid_the_amounts_in_the_text_tell_entries_apart_and_nothing_else_in_it() -> None:
    texts = ("only $60, 4 votes", "only $30, 4 votes", "only $60, 9 votes")
    first, cheaper, later = (keys_of(FEED, entry("Acme Drill", text=text, link="", guid="")) for text in texts)
    assert first == later != cheaper


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
