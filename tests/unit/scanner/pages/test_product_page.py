"""A page's product is put together with the words by which it is priced; what is no one product says why."""

from typing import Any

import pytest

from scanner.pages.html_reader import read_content
from scanner.pages.product_page import MAX_DESCRIPTION, Markup, content_of

DRILL: dict[str, Any] = {"@type": "Product", "name": "Acme Drill", "offers": {"price": "59.99", "priceCurrency": "USD"}}
GRAPH = [
    ("og:title", "Acme Drill at Acme"),
    ("og:site_name", "Acme Store"),
    ("og:description", "A drill."),
    ("product:price:amount", "61"),
    ("product:price:currency", "USD"),
]
CRUMBS = {
    "@type": "BreadcrumbList",
    "itemListElement": [{"name": "Home"}, {"item": {"name": "Tools"}}, {"name": "Drills"}, {"name": "Acme Drill"}],
}


def of(*json_ld: Any, **page: Any) -> Any:
    return content_of(Markup(json_ld=json_ld, **page)).product


def test_the_words_of_a_product_are_its_description_and_what_it_states_in_fields() -> None:
    stated = [
        {"@type": "PropertyValue", "name": "Voltage", "value": 20, "unitText": "V"},
        {"name": "Chuck", "value": "13 mm"},
        {"name": "Weight"},
        "nothing",
    ]
    drill = DRILL | {"description": "<p>A <b>compact</b> drill &amp; driver.</p>", "color": "Blue", "additionalProperty": stated}
    assert of(drill).description == "A compact drill & driver. Color: Blue. Voltage: 20 V. Chuck: 13 mm."


def test_what_the_description_states_already_is_not_repeated() -> None:
    assert of(DRILL | {"description": "A drill. Color: Blue. 20 V", "color": "blue"}).description == "A drill. Color: Blue. 20 V"


def test_a_description_has_an_end() -> None:
    assert len(of(DRILL | {"description": "drill " * 20_000}).description) <= MAX_DESCRIPTION


def test_the_page_s_description_stands_in_where_the_product_has_none() -> None:
    assert of(DRILL, open_graph=GRAPH, description="Buy it.").description == "A drill."
    assert of(DRILL, description="Buy it.").description == "Buy it."


def test_a_category_is_the_product_s_own_or_the_trail_to_it() -> None:
    assert of(DRILL | {"category": "Tools &gt; Drills"}).category == "Tools > Drills"
    assert of(DRILL, CRUMBS).category == "Tools > Drills"
    assert of(DRILL).category == ""


def test_a_retailer_is_who_sells_it_or_whose_page_it_is() -> None:
    sold = DRILL | {"offers": DRILL["offers"] | {"seller": {"@type": "Organization", "name": "Third Party"}}}
    assert of(sold, open_graph=GRAPH).retailer == "Third Party"
    assert of(DRILL, open_graph=GRAPH).retailer == "Acme Store"


def test_the_source_is_who_tells_the_price() -> None:
    assert of(DRILL, open_graph=GRAPH).source == "json-ld"
    priceless = of(DRILL | {"offers": {}}, open_graph=GRAPH)
    assert (priceless.source, priceless.facts.title, priceless.facts.asks) == ("opengraph", "Acme Drill", (61.0, "USD"))
    assert of(DRILL | {"offers": {}}).source == "json-ld"
    micro = {"type": "https://schema.org/Product", "properties": {"name": "Acme Saw"}}
    assert content_of(Markup(microdata=[micro])).product.source == "microdata"  # type: ignore[union-attr]


def test_a_page_of_several_products_is_told_from_one_of_none() -> None:
    other = DRILL | {"name": "Acme Saw"}
    several, none = content_of(Markup([DRILL, other], title=" A  list ")), content_of(Markup(title="About us"))
    assert (several.product, several.has_several, several.title) == (None, True, "A list")
    assert (none.product, none.has_several, none.title) == (None, False, "About us")


@pytest.mark.parametrize(
    "broken",
    [{"description": {"@value": 3}}, {"additionalProperty": {"name": ["a"]}}, {"category": 3}, {"offers": {"seller": [[]]}}],
)
def test_whatever_stands_in_a_field_the_others_are_read(broken: dict[str, Any]) -> None:
    assert of(DRILL | broken).facts.title == "Acme Drill"


def test_all_of_it_is_read_out_of_html() -> None:
    page = (
        b"<html><head><title>Acme Drill | Shop</title><meta name='description' content='A fine drill.'>"
        b'<script type="application/ld+json">{"@type": "Product", "name": "Acme Drill"}</script></head></html>'
    )
    found = read_content(page, "text/html")
    assert found.title == "Acme Drill | Shop"
    assert found.product is not None
    assert found.product.description == "A fine drill."
    assert read_content(b"", "text/html").product is None
