"""Which column of a table tells what: names as shops and spreadsheets have them, and prices as people write them. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

# Columns that whoever reads product files asks for; only these are understood in capitals, others keep their names.
_OWN = frozenset(("title", "description", "category", "features", "details", "main_category", "price"))
_CALLED: Mapping[str, tuple[str, ...]] = {  # the first that a table has counts
    "title": ("title", "name", "product", "product name", "product title", "item", "item name", "article"),
    "description": (
        "description",
        "product description",
        "item description",
        "desc",
        "details",
        "body",
        "body html",
        "text",
        "about",
    ),
    "category": ("category", "product category", "categories", "product type", "type", "department"),
    "price": ("price", "offered", "offer", "asking price", "asked", "sale price", "our price", "unit price", "cost", "price usd"),
    "condition": ("condition", "item condition", "state"),
    "retailer": ("retailer", "shop", "store", "seller", "vendor", "merchant"),
}
_AMOUNT = re.compile(
    r"(?P<before>us ?\$|usd|\$)?\s*(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d{1,2})?|\d+\.\d+)\s*(?:usd|\$)?", re.I
)


@dataclass(frozen=True)
class Columns:
    """The column of each thing that a table tells, by what it tells."""

    by_field: Mapping[str, str]

    def of(self, field: str) -> str | None:
        """The column's name; None where the table has none."""
        return self.by_field.get(field)

    @property
    def tells_products(self) -> bool:
        """Whether there is a title or a description."""
        return "title" in self.by_field or "description" in self.by_field


def column_name(name: str) -> str:
    """A header's cell as the column's name."""
    stripped = name.strip()
    return stripped.lower() if stripped.lower() in _OWN else stripped


def recognised(names: Collection[str]) -> Columns:
    """Which of a table's columns tell what. A table of one column tells descriptions, whatever it is called."""
    plain = {_plain(name): name for name in reversed(list(names))}
    found = {field: plain[each] for field, called in _CALLED.items() for each in reversed(called) if each in plain}
    if not {"title", "description"} & found.keys() and len(names) == 1:
        found = {"description": next(iter(names))}
    return Columns(found)


def kept_names(names: Collection[str], results: Collection[str]) -> dict[str, str]:
    """Input columns and what they are called in the output; none of these is one of `results`, and no two are the same."""
    kept = {name: name for name in names if name not in results}
    for name in names:
        if name not in kept:
            new = f"input_{name}"
            while new in kept.values():
                new = f"input_{new}"
            kept[name] = new
    return {name: kept[name] for name in names}


def dollars(cell: object) -> float | None:
    """What a price's cell says in USD: 12.5, "12.50", "$1,299.00", "1299 USD". None where it says something else, or nothing."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return float(cell) if 0 < cell < 10_000_000 else None
    found = _AMOUNT.fullmatch(str(cell or "").strip()[:40])
    if found is None:
        return None
    text = found["amount"]
    text = text.replace(",", "") if "." in text or re.search(r",\d{3}$", text) else text.replace(",", ".")
    return float(text) if 0 < float(text) < 10_000_000 else None


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", name.lower()).split())
