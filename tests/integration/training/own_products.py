"""A folder of products in our own words, with what trainers look for: every price band, near repeats, no prices, deals."""

import json
import lzma
from pathlib import Path
from typing import Any

from tests.unit.training.specialist.tiny_bases import product

TWINS = 40  # products that come again
DEAR = 6  # one in so many costs a multiple


def priced(number: int) -> dict[str, Any]:
    """A product; some are dear."""
    row = product(number)
    return row | {"price": row["price"] * (2.5 if number % DEAR == 0 else 1.0)}


def twin(number: int) -> dict[str, Any]:
    """The same product once more, at nearly its price."""
    row = priced(number)
    return row | {"title": f"{row['title']}, new", "price": round(row["price"] * 1.02, 2)}


def deal(number: int) -> dict[str, Any]:
    """A product offered at 40 to 82 % of what another shop asks, or of what its own shop says that it did."""
    row = product(number)
    worth, is_compared = float(row["price"]), number % 2 == 0
    price = round(worth * (0.4 + 0.07 * (number % 7)), 2)
    said = f"the lowest price we could find by ${worth - price:.2f}" if is_compared else f"It was ${worth:.2f}"
    told = {"title": f"{row['title']} for ${price}", "subject": row["title"], "text": f"{said}.", "market_quote": said}
    facts = {"price": price, "market_price": worth, "market_kind": "next_best" if is_compared else "regular"}
    shop = {"source": "paper", "retailer": f"Shop {number % 3}", "category": "Tools", "condition": "new or not stated"}
    return told | facts | shop | {"basis": "same offer kind", "currency": "USD", "text_states_market": True}


def save_own_products(folder: Path, fit: int, dev: int, unpriced: int) -> Path:
    """products-*.jsonl.xz and deals-market.jsonl.xz in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    others = [product(number) for number in range(2000, 2000 + unpriced)]
    parts = {
        "train": [*map(priced, range(fit)), *map(twin, range(TWINS))],
        "dev": [priced(number) | {"split": ("seed", "lite")[number % 2]} for number in range(fit, fit + dev)],
        "pcparts": [priced(number) for number in range(1000, 1010)],
        "unpriced": [{"text": f"{row['title']} {row['description']}"} for row in others],
    }
    for name, rows in parts.items():
        save(folder / f"products-{name}.jsonl.xz", rows)
    save(folder / "deals-market.jsonl.xz", [deal(number) for number in range(4000, 4120)])
    return folder


def save(path: Path, rows: list[dict[str, Any]]) -> None:
    """JSON Lines, packed."""
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
