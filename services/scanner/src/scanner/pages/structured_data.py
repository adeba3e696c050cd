"""Finds the one product in a page's structured data: JSON-LD first, then microdata, then OpenGraph. Pure: reads no HTML.

The names are schema.org's. Pages write them in every way: lists for one, texts for numbers, names for things, graphs in graphs.
What does not tell one price of one thing tells none: several offers at several prices, a range, a price without a currency.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import reduce
from typing import Any

from scanner.pages.page_data import IN_STOCK, SOLD_OUT, PageFacts
from scanner.pages.page_words import amount_of, gtin_of, listed, only_one, picture_of, text_of, word_of

_PRODUCTS = frozenset(
    {"product", "individualproduct", "productmodel", "productgroup", "vehicle", "book", "softwareapplication", "videogame"}
)
_DEEPEST, _MOST_NODES, _MOST_FORMS = 12, 5_000, 500
_AVAILABLE = {
    "instock": IN_STOCK,
    "instoreonly": IN_STOCK,
    "onlineonly": IN_STOCK,
    "limitedavailability": IN_STOCK,
    "outofstock": SOLD_OUT,
    "soldout": SOLD_OUT,
    "discontinued": SOLD_OUT,
    "oos": SOLD_OUT,
}
_CONDITIONS = {
    "newcondition": "new",
    "new": "new",
    "usedcondition": "used",
    "used": "used",
    "refurbishedcondition": "refurbished",
    "refurbished": "refurbished",
    "damagedcondition": "used",
}
_FORMER = frozenset({"listprice", "strikethroughprice", "msrp", "srp", "regularprice"})


def facts_of(json_ld: Sequence[Any], microdata: Sequence[Any], open_graph: Sequence[tuple[str, str]]) -> PageFacts | None:
    """What a page tells; None where it has no one product. Of what JSON-LD leaves out the others tell the rest."""
    return joined(facts_by_source(products_of(json_ld), products_of([plain(each) for each in microdata]), open_graph))


def facts_by_source(
    json_ld: Sequence[Mapping[str, Any]], microdata: Sequence[Mapping[str, Any]], open_graph: Sequence[tuple[str, str]]
) -> list[PageFacts | None]:
    """What JSON-LD, microdata, each by its products, and OpenGraph tell of one product; None for each that tells of none."""
    return [_product(json_ld), _product(microdata), _of_open_graph(open_graph)]


def joined(told: Sequence[PageFacts | None]) -> PageFacts | None:
    """The first that is there, completed by those behind it."""
    found = [each for each in told if each is not None]
    return reduce(_completed, found) if found else None


def _completed(one: PageFacts, other: PageFacts) -> PageFacts:
    """With what the other tells; its price only together with the currency of it, and where the first tells none."""
    given = {each.name: getattr(one, each.name) or getattr(other, each.name) for each in fields(PageFacts)}
    if one.asks is None:
        given |= {"price": other.price, "currency": other.currency, "list_price": other.list_price}
    else:
        given |= {"price": one.price, "currency": one.currency, "list_price": one.list_price}
    return PageFacts(**given)


def _product(chosen: Sequence[Mapping[str, Any]]) -> PageFacts | None:
    """Of the products on a page the only one that is offered; a list of goods is no product's page."""
    if not chosen or are_several(chosen):
        return None
    told = [_facts(node) for node in chosen]
    return replace(told[0], price=None, list_price=None) if len({each.asks for each in told}) > 1 else told[0]


def products_of(items: Sequence[Any]) -> list[Mapping[str, Any]]:
    """The products that a page describes: those that it offers, where it offers any."""
    found = [node for node in nodes_of(list(items)) if _types(node) & _PRODUCTS]
    return [node for node in found if offers_of(node)] or found


def are_several(products: Sequence[Mapping[str, Any]]) -> bool:
    """Whether products have different names."""
    return len({text_of(node.get("name")).lower() for node in products}) > 1


def nodes_of(items: Any, depth: int = 0, count: list[int] | None = None) -> Iterator[Mapping[str, Any]]:
    """All things that are described on the page's own account: not what is merely related to one."""
    count = count if count is not None else [0]
    if isinstance(items, list) and depth < _DEEPEST:
        for each in items:
            yield from nodes_of(each, depth + 1, count)
    elif isinstance(items, dict) and depth < _DEEPEST:
        count[0] += 1
        if count[0] > _MOST_NODES:
            return
        yield items
        for name in ("@graph", "mainEntity", "mainEntityOfPage", "about", "itemOffered"):
            yield from nodes_of(items.get(name), depth + 1, count)


def _facts(node: Mapping[str, Any]) -> PageFacts:
    offers = offers_of(node)
    price, currency = _asked(offers)
    former = [each for offer in offers for each in _former(offer)]
    return PageFacts(
        title=text_of(node.get("name")),
        price=price,
        currency=currency,
        list_price=max(former, default=None) if price is not None else None,
        availability=_availability(offers),
        condition=only_one(
            _CONDITIONS.get(word_of(each), "") for each in _of_all(offers, "itemCondition") + listed(node.get("itemCondition"))
        ),
        brand=text_of(node.get("brand")) or text_of(node.get("manufacturer")),
        model=text_of(node.get("model")) or text_of(node.get("mpn")),
        sku=text_of(node.get("sku")),
        gtin=next(filter(None, (gtin_of(node.get(name)) for name in ("gtin13", "gtin12", "gtin14", "gtin8", "gtin"))), ""),
        picture=picture_of(node.get("image")),
    )


def offers_of(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Of a thing, or of all forms in which there is one."""
    forms = [each for each in listed(node.get("hasVariant"))[:_MOST_FORMS] if isinstance(each, dict)]
    return [each for form in [node, *forms] for each in listed(form.get("offers")) if isinstance(each, dict)]


def _asked(offers: Sequence[Mapping[str, Any]]) -> tuple[float | None, str | None]:
    """The price of all offers, where that is one."""
    found = {asked for offer in offers for asked in _prices(offer)}
    if len(found) != 1:
        return None, None
    return found.pop()


def _prices(offer: Mapping[str, Any]) -> Iterator[tuple[float | None, str | None]]:
    """One of an offer; (None, None) where it names a range or nothing that can be read. A list of offers gives each."""
    nested = [each for each in listed(offer.get("offers")) if isinstance(each, dict)]
    low, high = amount_of(offer.get("lowPrice")), amount_of(offer.get("highPrice"))
    if offer.get("price") is None and (low is not None or high is not None):
        is_one = low is not None and (high == low or (high is None and str(offer.get("offerCount", "")) == "1"))
        yield (low, _currency(offer)) if is_one and _currency(offer) else (None, None)
    elif offer.get("price") is None and nested:
        for each in nested:
            yield from _prices(each)
    else:
        yield _own_price(offer)


def _own_price(offer: Mapping[str, Any]) -> tuple[float | None, str | None]:
    specified = [each for each in listed(offer.get("priceSpecification")) if isinstance(each, dict)]
    current = [each for each in specified if not _is_former(each) and not each.get("referenceQuantity")]
    for each in [offer, *current]:
        price, currency = amount_of(each.get("price")), _currency(each) or _currency(offer)
        if price is not None:
            return (price, currency) if currency else (None, None)
    return None, None


def _former(offer: Mapping[str, Any]) -> list[float]:
    specified = [each for each in listed(offer.get("priceSpecification")) if isinstance(each, dict)]
    return [price for each in specified if _is_former(each) and (price := amount_of(each.get("price"))) is not None]


def _is_former(specification: Mapping[str, Any]) -> bool:
    return word_of(specification.get("priceType")) in _FORMER


def _availability(offers: Sequence[Mapping[str, Any]]) -> str:
    """In stock, where one offer is; sold out, where all are."""
    given = [_AVAILABLE.get(word_of(each), "") for each in _of_all(offers, "availability")]
    if IN_STOCK in given:
        return IN_STOCK
    return SOLD_OUT if given and all(each == SOLD_OUT for each in given) else ""


def _of_all(offers: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    nested = [each for offer in offers for each in listed(offer.get("offers")) if isinstance(each, dict)]
    return [each[name] for each in [*offers, *nested] if each.get(name)]


def _currency(offer: Mapping[str, Any]) -> str | None:
    code = text_of(offer.get("priceCurrency")).strip().upper()
    return code if re.fullmatch(r"[A-Z]{3}", code) else None


def _of_open_graph(properties: Sequence[tuple[str, str]]) -> PageFacts | None:
    """Only of a page that names a product or a price: og:title stands on every page. Two values of one price tell none."""
    told: dict[str, str] = {}
    for name, value in properties:
        told.setdefault(name.lower().replace("og:price:", "product:price:"), value)
    asked = {value for name, value in properties if name.lower().endswith("price:amount") and "original" not in name.lower()}
    price = amount_of(told.get("product:sale_price:amount") or told.get("product:price:amount"))
    if price is None and "product" not in told.get("og:type", "").lower():
        return None
    currency = _currency({"priceCurrency": told.get("product:sale_price:currency") or told.get("product:price:currency")})
    is_plain = currency is not None and (len(asked) <= 1 or "product:sale_price:amount" in told)
    return PageFacts(
        title=text_of(told.get("og:title")),
        price=price if is_plain else None,
        currency=currency if is_plain else None,
        list_price=amount_of(told.get("product:original_price:amount")) if is_plain else None,
        availability=_AVAILABLE.get(word_of(told.get("product:availability") or told.get("og:availability")), ""),
        condition=_CONDITIONS.get(word_of(told.get("product:condition")), ""),
        brand=text_of(told.get("product:brand")),
        sku=text_of(told.get("product:retailer_item_id")),
        gtin=gtin_of(told.get("product:gtin")),
        picture=picture_of(told.get("og:image")),
    )


def plain(item: Any, depth: int = 0) -> Any:
    """A microdata item in the form of JSON-LD."""
    if isinstance(item, list):
        return [plain(each, depth + 1) for each in item] if depth < _DEEPEST else []
    if isinstance(item, dict) and ("properties" in item or "type" in item):
        given = item.get("properties")
        inner = (
            {name: plain(value, depth + 1) for name, value in given.items()} if isinstance(given, dict) and depth < _DEEPEST else {}
        )
        return inner | {"@type": item.get("type")}
    return item


def _types(node: Mapping[str, Any]) -> set[str]:
    return {word_of(each) for each in listed(node.get("@type"))}
