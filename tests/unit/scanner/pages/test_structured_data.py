"""The one product of a page is found in structured data, however that is written; what tells no one price tells none."""

from typing import Any

import pytest

from scanner.pages.page_data import IN_STOCK, SOLD_OUT, PageFacts
from scanner.pages.page_words import amount_of
from scanner.pages.structured_data import facts_of

OFFER = {"@type": "Offer", "price": "59.99", "priceCurrency": "USD", "availability": "https://schema.org/InStock"}
PRODUCT: dict[str, Any] = {
    "@context": "https://schema.org/",
    "@type": "Product",
    "name": "Acme Drill QX100",
    "brand": {"@type": "Brand", "name": "Acme"},
    "model": "QX100",
    "sku": "123",
    "gtin13": "4006381333931",
    "image": ["https://shop.example/a.jpg", "https://shop.example/b.jpg"],
    "offers": OFFER,
}


def of(*json_ld: Any) -> PageFacts | None:
    return facts_of(json_ld, (), ())


def with_offers(*offers: Any) -> PageFacts:
    found = of(PRODUCT | {"offers": list(offers)})
    assert found is not None
    return found


def test_a_product_tells_all_that_stands_there() -> None:
    assert of(PRODUCT) == PageFacts(
        title="Acme Drill QX100",
        price=59.99,
        currency="USD",
        availability=IN_STOCK,
        brand="Acme",
        model="QX100",
        sku="123",
        gtin="4006381333931",
        picture="https://shop.example/a.jpg",
    )


@pytest.mark.parametrize(
    "written",
    [
        [PRODUCT],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "Shop"}, PRODUCT]},
        {"@type": "WebPage", "mainEntity": PRODUCT},
        PRODUCT | {"@type": ["Product", "Thing"]},
        PRODUCT | {"@type": "http://schema.org/Product", "offers": [OFFER]},
        PRODUCT | {"offers": {"@type": "AggregateOffer", "offers": [OFFER, OFFER]}},
        PRODUCT | {"offers": {"@type": "AggregateOffer", "lowPrice": "59.99", "highPrice": 59.99, "priceCurrency": "USD"}},
        PRODUCT | {"offers": {"priceSpecification": [{"price": 59.99, "priceCurrency": "USD"}]}},
        PRODUCT | {"offers": OFFER | {"price": "$59.99"}},
        {"@type": "ProductGroup", "name": "Acme Drill QX100", "hasVariant": [PRODUCT, PRODUCT]},
    ],
)
def test_a_price_is_found_wherever_it_is_written(written: Any) -> None:
    found = of(written)
    assert found is not None
    assert found.asks == (59.99, "USD")


@pytest.mark.parametrize(
    "offers",
    [
        [OFFER, OFFER | {"price": 79.99}],
        [{"@type": "AggregateOffer", "lowPrice": 59.99, "highPrice": 99.99, "priceCurrency": "USD"}],
        [{"@type": "AggregateOffer", "lowPrice": 59.99, "priceCurrency": "USD", "offerCount": 7}],
        [{"price": 59.99}],
        [OFFER | {"price": "call us"}],
        [OFFER | {"price": "0"}],
        [OFFER | {"price": "49 - 59"}],
        [OFFER | {"price": True}],
        [OFFER | {"price": float("nan")}],
        [OFFER | {"priceCurrency": "dollars"}],
        ["59.99 USD"],
        [],
    ],
)
def test_what_tells_no_one_price_tells_none(offers: list[Any]) -> None:
    assert with_offers(*offers).asks is None


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        (12.5, 12.5),
        ("12.50", 12.5),
        ("$1,299.00", 1299.0),
        ("12,50 €", 12.5),
        ("USD 12", 12.0),
        (-1, None),
        ("1.2.3.4", None),
        (None, None),
    ],
)
def test_amounts_are_read_as_pages_write_them(given: object, amount: float | None) -> None:
    assert amount_of(given) == amount


def test_the_list_price_is_not_taken_for_the_price() -> None:
    former = {"@type": "UnitPriceSpecification", "price": 99, "priceCurrency": "USD", "priceType": "https://schema.org/ListPrice"}
    found = with_offers(OFFER | {"priceSpecification": [former]})
    assert (found.price, found.list_price) == (59.99, 99.0)
    without = {name: value for name, value in OFFER.items() if name != "price"}
    assert with_offers(without | {"priceSpecification": [former]}).asks is None


@pytest.mark.parametrize(
    "word", ["https://schema.org/OutOfStock", "OutOfStock", "http://schema.org/SoldOut", "Discontinued", "out of stock"]
)
def test_what_is_sold_out_says_so(word: str) -> None:
    assert with_offers(OFFER | {"availability": word}).availability == SOLD_OUT


def test_one_offer_in_stock_is_enough() -> None:
    assert with_offers(OFFER | {"availability": "OutOfStock"}, OFFER).availability == IN_STOCK


def test_a_condition_is_told_where_all_offers_agree() -> None:
    assert with_offers(OFFER | {"itemCondition": "https://schema.org/RefurbishedCondition"}).condition == "refurbished"
    mixed = OFFER | {"itemCondition": "NewCondition"}, OFFER | {"itemCondition": "UsedCondition"}
    assert with_offers(*mixed).condition == ""


def test_a_list_of_goods_is_no_products_page() -> None:
    assert of(PRODUCT, PRODUCT | {"name": "Acme Saw"}) is None


def test_what_is_only_related_is_not_the_product() -> None:
    found = of(PRODUCT | {"isRelatedTo": [PRODUCT | {"name": "Acme Saw", "offers": OFFER | {"price": 5}}]})
    assert found is not None
    assert (found.title, found.price) == ("Acme Drill QX100", 59.99)


def test_microdata_tells_the_same() -> None:
    offer = {"type": "http://schema.org/Offer", "properties": {"price": "59.99", "priceCurrency": "USD", "availability": "InStock"}}
    item = {"type": "http://schema.org/Product", "properties": {"name": "Acme Drill", "offers": offer, "gtin13": ["4006381333931"]}}
    found = facts_of((), [item], ())
    assert found is not None
    assert (found.title, found.asks, found.availability, found.gtin) == ("Acme Drill", (59.99, "USD"), IN_STOCK, "4006381333931")


def test_open_graph_tells_what_the_others_leave_out() -> None:
    graph = [
        ("og:type", "product"),
        ("og:title", "Acme Drill at Shop"),
        ("og:image", "https://shop.example/a.jpg"),
        ("product:price:amount", "59.99"),
        ("product:price:currency", "USD"),
        ("product:original_price:amount", "99.00"),
    ]
    alone = facts_of((), (), graph)
    assert alone is not None
    assert (alone.title, alone.asks, alone.list_price) == ("Acme Drill at Shop", (59.99, "USD"), 99.0)
    beside = facts_of([{"@type": "Product", "name": "Acme Drill"}], (), graph)
    assert beside is not None
    assert (beside.title, beside.asks, beside.picture) == ("Acme Drill", (59.99, "USD"), "https://shop.example/a.jpg")


def test_a_price_and_its_currency_come_from_one_place() -> None:
    graph = [("og:type", "product"), ("product:price:amount", "79.99"), ("product:price:currency", "CAD")]
    found = facts_of([PRODUCT], (), graph)
    assert found is not None
    assert found.asks == (59.99, "USD")


def test_a_page_that_has_only_a_title_tells_nothing() -> None:
    assert facts_of((), (), [("og:title", "News"), ("og:type", "article")]) is None


@pytest.mark.parametrize(
    "odd", [None, 7, "text", [[[[]]]], {"@type": 7}, {"@type": "Product", "offers": 7, "name": {"name": {"name": 7}}}]
)
def test_whatever_stands_there_is_no_error(odd: Any) -> None:
    found = of(odd)
    assert found is None or found.asks is None


def test_a_graph_without_end_is_cut() -> None:
    deep: Any = PRODUCT
    for _ in range(100):
        deep = {"@graph": [deep]}
    assert of(deep) is None
