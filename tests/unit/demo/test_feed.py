"""The sample feed is well-formed RSS in DealNews' shape, labelled as demo, with bargains and with items that must never alert."""

import json
from html.parser import HTMLParser
from importlib.resources import files
from xml.etree import ElementTree

import pytest

DEALNEWS = "{https://www.dealnews.com/ns/rss/1.0.htm}"
LINK = "https://example.com/demo/deals/"

# each bargain's price as it stands in the feed, and the demo catalogue's product of the same kind
BARGAINS = {
    "anc-headphones": (159.00, "Premium Noise-Cancelling Headphones with Spatial Audio"),
    "brushless-drill-kit": (59.00, "20 V Cordless Drill Driver Kit, Brushless, 2 Batteries"),
    "car-fridge-42": (169.99, "Portable Fridge Freezer for Cars, 42 Quart"),
    "digital-piano-88": (229.00, "88-Key Digital Piano, Weighted Hammer Action"),
    "electronic-drums": (199.99, "Electronic Drum Kit with Mesh Heads, 8 Pieces"),
    "espresso-grinder": (279.99, "Espresso Machine with Built-In Conical Burr Grinder"),
    "qhd-gaming-monitor": (129.99, "27-Inch QHD Gaming Monitor, 180 Hz, 1 ms"),
    "qled-tv-55": (249, "55-Inch 4K QLED Smart TV, 60 Hz"),
    "ride-on-truck-12v": (99.99, "Ride-On Electric Car, 12 V, with Parental Remote"),
    "robot-vacuum-auto-empty": (169.99, "Robot Vacuum and Mop with Laser Mapping and Auto-Empty Base"),
    "sliding-miter-saw": (199.00, "12-Inch Double-Bevel Sliding Miter Saw"),
    "standing-desk-55": (119.99, "Electric Standing Desk, 55 x 28 Inch"),
    "unlocked-5g-oled": (229.99, "Unlocked 5G Phone, 6.1-Inch OLED, 128 GB, 64 MP Main Camera"),
}
NEVER_A_DEAL = {
    "board-game-roundup",
    "digital-piano-sale",
    "free-dash-cam",
    "office-supplies-coupon",
    "phone-cases-from",
    "phone-monthly-plan",
    "refurb-laptop",
    "sale-power-tools",
}


class PlainText(HTMLParser):
    """Collects what a reader of the HTML would see."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def plain(html: str) -> str:
    parser = PlainText()
    parser.feed(html)
    return parser.text


@pytest.fixture(scope="module")
def channel() -> ElementTree.Element:
    root = ElementTree.fromstring(files("scanner").joinpath("demo/feed.xml").read_bytes())
    found = root.find("channel")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def items(channel: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {item.findtext("link", "").removeprefix(LINK): item for item in channel.iter("item")}


def test_the_channel_says_that_it_is_sample_data(channel: ElementTree.Element) -> None:
    assert channel.findtext("title") == "Demo deals (sample data of the Product Pricing Agent, not real offers)"


def test_every_item_has_its_own_link_guid_and_title(channel: ElementTree.Element) -> None:
    found = list(channel.iter("item"))
    assert len(found) >= 36
    for key in ("link", "guid", "title"):
        assert len({item.findtext(key) for item in found}) == len(found)


def test_no_item_leads_to_a_store(channel: ElementTree.Element) -> None:
    links = [item.findtext(key, "") for item in channel.iter("item") for key in ("link", "guid")]
    assert [link for link in links if not link.startswith(LINK)] == []
    retailers = [item.findtext(f"{DEALNEWS}retailer", "") for item in channel.iter("item")]
    assert [retailer for retailer in retailers if not retailer.startswith("Demo Store ")] == []


def test_texts_have_30_to_80_words_inside_an_html_paragraph(items: dict[str, ElementTree.Element]) -> None:
    html = {slug: item.findtext("description", "") for slug, item in items.items()}
    assert [slug for slug, text in html.items() if "<p>" not in text] == []
    lengths = {slug: len(plain(text).split()) for slug, text in html.items()}
    assert {slug: length for slug, length in lengths.items() if not 30 <= length <= 80} == {}


def test_no_offer_is_too_old_to_be_pushed_or_expires_soon(items: dict[str, ElementTree.Element]) -> None:
    for item in items.values():
        assert item.find("pubDate") is None  # it is as old as its first reading
        assert item.findtext(f"{DEALNEWS}expires", "") >= "2035"


def test_price_elements_are_dollars_that_the_title_states_too(items: dict[str, ElementTree.Element]) -> None:
    prices = {slug: item.find(f"{DEALNEWS}price") for slug, item in items.items()}
    priced = {slug: price for slug, price in prices.items() if price is not None}
    assert 15 <= len(priced) <= len(items) - 12  # many items must show that a price can be read from words alone
    for slug, price in priced.items():
        assert price.get("currency") == "USD"
        assert f"${price.text}".removesuffix(".00") in items[slug].findtext("title", "")


def test_bargains_cost_35_to_60_percent_of_the_same_kind_of_product(items: dict[str, ElementTree.Element]) -> None:
    lines = files("frontier_rag").joinpath("demo/catalogue.jsonl").read_text(encoding="utf-8").splitlines()
    typical = {row["title"]: row["price"] for row in map(json.loads, lines)}
    for slug, (price, title) in BARGAINS.items():
        assert 0.35 <= price / typical[title] <= 0.60, slug
        stated = items[slug].findtext("title", "") + plain(items[slug].findtext("description", ""))
        assert f"${price:.2f}".removesuffix(".00") in stated


def test_items_that_must_never_alert_name_no_price_of_a_new_product(items: dict[str, ElementTree.Element]) -> None:
    assert set(items) >= NEVER_A_DEAL
    priced = {slug for slug in NEVER_A_DEAL if items[slug].find(f"{DEALNEWS}price") is not None}
    assert priced == {"refurb-laptop"}
    assert "Refurbished" in items["refurb-laptop"].findtext("title", "")
