"""A folder of products in our own words, with what trainers look for: every price band, near repeats, texts without price."""

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


def save_own_products(folder: Path, fit: int, dev: int, unpriced: int) -> Path:
    """products-*.jsonl.xz in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    others = [product(number) for number in range(2000, 2000 + unpriced)]
    parts = {
        "train": [*map(priced, range(fit)), *map(twin, range(TWINS))],
        "dev": [priced(number) | {"split": ("seed", "lite")[number % 2]} for number in range(fit, fit + dev)],
        "pcparts": [priced(number) for number in range(1000, 1010)],
        "unpriced": [{"text": f"{row['title']} {row['description']}"} for row in others],
    }
    for name, rows in parts.items():
        with lzma.open(folder / f"products-{name}.jsonl.xz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return folder
