"""Puts together what a page tells of its one product for a person who asks about it by its address. Pure: reads no HTML.

Beside the facts that a deal needs it has the words by which a product is priced: description, stated properties, category.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from scanner.pages.page_data import PageFacts
from scanner.pages.page_words import listed, text_of
from scanner.pages.structured_data import are_several, facts_by_source, joined, nodes_of, offers_of, plain, products_of
from scanner.parsing.markup import plain_text

Source: TypeAlias = Literal["json-ld", "microdata", "opengraph"]
_SOURCES: tuple[Source, ...] = ("json-ld", "microdata", "opengraph")  # in the order of facts_by_source
MAX_DESCRIPTION, MAX_CATEGORY, MAX_RETAILER = 8_000, 300, 200  # characters, as those who price and judge take them
_MOST_PROPERTIES = 40


@dataclass(frozen=True)
class ProductPage:
    """A product as its page tells it. `source`: who tells its price, else its name."""

    facts: PageFacts
    source: Source
    description: str = ""
    category: str = ""
    retailer: str = ""


@dataclass(frozen=True)
class PageContent:
    """What is on a page: its one product or none, whether it has several, and the page's own title."""

    product: ProductPage | None = None
    has_several: bool = False
    title: str = ""


@dataclass(frozen=True)
class Markup:
    """The structured data of a page, and what stands in its head."""

    json_ld: Sequence[Any] = ()
    microdata: Sequence[Any] = ()
    open_graph: Sequence[tuple[str, str]] = ()
    title: str = ""
    description: str = ""


def content_of(page: Markup) -> PageContent:
    """What is on a page."""
    title = text_of(plain_text(page.title))
    by_source: dict[Source, list[Any]] = {"json-ld": list(page.json_ld), "microdata": [plain(each) for each in page.microdata]}
    products = {source: products_of(items) for source, items in by_source.items()}
    told = facts_by_source(products["json-ld"], products["microdata"], page.open_graph)
    facts = joined(told)
    if facts is None or not (facts.title or title):
        return PageContent(has_several=any(map(are_several, products.values())), title=title)
    nodes = [node for each in products.values() if not are_several(each) for node in each]
    graph = {name.lower(): value for name, value in reversed(page.open_graph)}
    product = ProductPage(
        facts=facts,
        source=_source(told),
        description=_described(nodes, graph.get("og:description", "") or page.description),
        category=(_category(nodes) or _crumbs([*by_source["json-ld"], *by_source["microdata"]]))[:MAX_CATEGORY],
        retailer=(_seller(nodes) or text_of(graph.get("og:site_name")))[:MAX_RETAILER],
    )
    return PageContent(product, title=title)


def _source(told: Sequence[PageFacts | None]) -> Source:
    found = {source: facts for source, facts in zip(_SOURCES, told, strict=True) if facts is not None}
    return next((source for source, facts in found.items() if facts.asks), next(iter(found)))


def _described(nodes: Sequence[Mapping[str, Any]], otherwise: str) -> str:
    """The longest of a product's own descriptions, else the page's, with the properties that it states in fields of their own."""
    own = max((plain_text(_raw(node.get("description"))) for node in nodes), key=len, default="")
    text = own or plain_text(otherwise)
    stated = list(dict.fromkeys(line for node in nodes for line in _properties(node)))[:_MOST_PROPERTIES]
    added = " ".join(line for line in stated if line.lower() not in text.lower())
    return f"{text} {added}".strip()[:MAX_DESCRIPTION]


def _raw(given: Any) -> str:
    first = next(iter(listed(given)), "")
    if isinstance(first, dict):
        first = first.get("@value")
    return first if isinstance(first, str) else ""


def _properties(node: Mapping[str, Any]) -> Iterator[str]:
    """Schema.org's additionalProperty, and the few fields that name what a thing's price depends on."""
    for name in ("color", "material", "size", "pattern"):
        if value := text_of(node.get(name)):
            yield f"{name.capitalize()}: {value[:80]}."
    for each in listed(node.get("additionalProperty")):
        name, value = (text_of(each.get("name")), text_of(each.get("value"))) if isinstance(each, dict) else ("", "")
        if name and value:
            unit = text_of(each.get("unitText"))
            yield f"{name[:60]}: {value[:120]}{f' {unit[:20]}' if unit else ''}."


def _category(nodes: Sequence[Mapping[str, Any]]) -> str:
    return next(filter(None, (plain_text(text_of(node.get("category"))) for node in nodes)), "")


def _crumbs(items: list[Any]) -> str:
    """The trail that leads to the page, without its first step, which is the shop, and its last, which is the product itself."""
    for node in nodes_of(items):
        if text_of(node.get("@type")).rpartition("/")[2] == "BreadcrumbList":
            steps = [each for each in listed(node.get("itemListElement"))[:12] if isinstance(each, dict)]
            names = [text_of(each.get("name")) or text_of(each.get("item")) for each in steps]
            return " > ".join(filter(None, names[1:-1]))
    return ""


def _seller(nodes: Sequence[Mapping[str, Any]]) -> str:
    sellers = (text_of(offer.get("seller")) for node in nodes for offer in offers_of(node))
    return next((each for each in sellers if each and not each.startswith("http")), "")
