"""Product descriptions to measure with: products-dev of the shared data where it is, else the demo catalogue."""

import json
import lzma
from collections.abc import Sequence
from importlib.resources import files
from itertools import cycle, islice

from common.settings import shared_data_dir


def descriptions(count: int) -> list[str]:
    """`count` real product texts (title, description, features), repeated where there are fewer."""
    folder = shared_data_dir()
    if folder:
        with lzma.open(folder / "data" / "products-dev.jsonl.xz", "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        rows = [row for row in rows if row["description"] or row["features"]]
        step = max(1, len(rows) // count)
        texts = [" ".join([row["title"], *row["description"], *row["features"]])[:2000] for row in rows[::step]]
    else:
        lines = (files("frontier_rag") / "demo" / "catalogue.jsonl").read_text(encoding="utf-8").splitlines()
        texts = [f"{row['title']}\n{row['description']}" for row in map(json.loads, lines)]
    return list(islice(cycle(texts), count))


def unasked(texts: Sequence[str], number: int) -> str:
    """The text of the request with this number: all in turn, and each turn's told from those before it, so that what remembers
    answers, as the ensemble does, has to price it."""
    turn, place = divmod(number, len(texts))
    return f"{texts[place]} Lot {turn}." if turn else texts[place]
