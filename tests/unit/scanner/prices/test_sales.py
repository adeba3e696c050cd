"""A word of sales behind the price of one thing leaves it its price; a sale of many has none. The wordings are our own."""

import pytest

from scanner.prices.rule_extractor import extract


@pytest.mark.parametrize(
    "label",
    [
        "Clearance",
        "clearance!",
        "Event",
        "Sale",
        "Doorbuster",
        "Flash Sale",
        "Final Sale",
        "Clearance Event",
        "Liquidation Sale",
        "Clearance Price",
        "Black Friday Sale",
        "Labor Day Event",
        "Walmart Clearance (YMMV)",
        "Clearance @ Target",
        "Sale Ends Sunday",
        "Clearance + free shipping",
        "Clearance (reg $299)",
        "Clearance, was $299",
    ],
)
def test_what_one_thing_costs_on_sale_is_its_price(label: str) -> None:
    result = extract(f"Acme Chair $199 {label}", "")
    assert (result.price, result.kind, result.has_variants) == (199.0, "priced", False)


@pytest.mark.parametrize(
    "thing",
    [
        "Acme Chair -",
        "Acme Chair: only",
        "Acme Chair (",
        "[CPU] Acme TR4 1900x Socket TR4 8 Cores 16 -",
        "Acme WH-1000XM5 Headphones",
        "Acme Headphones",
        'Acme 65"',
        "Acme 1TB Portable",
        "Acme AirPods Pro 2",
        "Acme Watch Series 9",
    ],
)
def test_one_thing_is_told_by_its_kind_its_model_or_its_size(thing: str) -> None:
    assert extract(f"{thing} $199 Clearance", "").price == 199.0


@pytest.mark.parametrize(
    "title",
    [
        "$5 Clearance",
        "$45 Event",
        "$45 off Event",
        "Clearance from $5",
        "Acme Chair clearance from $5",
        "Acme Chair from $199 Clearance",
        "Acme Chair was $199 Clearance",
        "Acme Chair up to $199 Clearance",
        "Acme Chair $40 off Clearance",
        "Acme Chair with $40 Sale",
        "Acme Chair $309.99 w/ $40 sale",
        "Acme Chair $199 and up Clearance",
        "Acme Chair $199/mo Clearance",
        "Acme Chair $199 Clearance $99 open-box",
        "Acme Chair or Table $45 Clearance",
        "Acme Chair $45 Event when you buy 2",
        "Acme Chair $199 Clearance Event: up to 50% off",
        "Acme Chair $199 Doorbusters",
        "Acme Chair $199 Clearance Deals",
        "Acme Chair $45 Steals",
        "Acme Chair $199 Cushion Event",
        "Acme Chairs $199 Clearance",
        'Acme 65" TVs $399 Event',
        "Acme Shoes $20 Sale",
        "Men's Coat $45 Event",
        "Select Acme Chair $20 Clearance",
        "Everything $199 Clearance",
        "Target $5 Clearance",
        "Old Navy $5 Event",
        "Acme Republic $25 Sale",
        "Forever 21 $20 Clearance",
        "Mattress Firm $199 Event",
        "2-Day $45 Event",
        "NFL Game $45 Event",
        "Amazon Haul $1 Flash Sale: Everything Under $1",
    ],
)
def test_a_sale_of_many_has_no_price(title: str) -> None:
    assert extract(title, "").price is None
