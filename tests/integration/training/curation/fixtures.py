"""Rows of our own words, a tokenizer small enough to make in a test, and the settings of a run."""

import base64
import json
import random
from pathlib import Path
from typing import Any

from training.curation.chunks import Chunk, cut
from training.curation.curator import Curator
from training.curation.settings import Rules, Settings
from training.curation.shards import Item, Report

WORDS = [
    "brass",
    "steel",
    "walnut",
    "cotton",
    "linen",
    "glass",
    "quiet",
    "sturdy",
    "narrow",
    "folding",
    "washable",
    "woven",
    "kettle",
    "lamp",
    "drawer",
    "cushion",
    "handle",
    "timer",
    "spout",
    "hinge",
    "shelf",
    "curtain",
    "basket",
    "candle",
    "bottle",
    "mirror",
    "ladder",
    "pillow",
    "carpet",
    "bucket",
    "anchor",
    "bridge",
    "copper",
    "desert",
    "engine",
    "feather",
    "garden",
    "hammer",
    "island",
    "jacket",
    "kitchen",
    "lantern",
    "meadow",
    "needle",
    "orchard",
    "pencil",
    "quarry",
    "ribbon",
    "saddle",
    "tunnel",
    "violet",
    "window",
    "yellow",
    "zipper",
    "marble",
    "velvet",
    "thimble",
]
SMALL = Rules(min_chars=60, min_tokens=15, max_tokens=25)  # words, mostly, by the tokenizer below


def make_tokenizer(folder: Path, prices: int = 1000) -> Path:
    """A tiktoken-format file: bytes, the numbers below `prices`, and every word of WORDS with a space before it."""
    tokens = [bytes([byte]) for byte in range(256)]
    tokens += [b"%d" % price for price in range(10, prices)]
    for word in WORDS:  # BPE needs every step from a byte to the word
        whole = b" " + word.encode()
        tokens += [whole[:end] for end in range(2, len(whole) + 1)]
    known = dict.fromkeys(tokens)
    path = folder / "words.model"
    path.write_bytes(b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(known)))
    return path


def record(seed: int, words: int = 40, **changes: Any) -> dict[str, Any]:
    """A product of random words, the same for the same seed."""
    draw = random.Random(seed)
    text = " ".join(draw.choice(WORDS) for _ in range(words))
    title = " ".join(draw.choice(WORDS) for _ in range(5)) + f" {'abcdefghij'[seed % 10]}{'klmnopqrst'[seed // 10 % 10]}"
    price = round(draw.uniform(1, 900), 2)
    return {
        "title": title,
        "description": [text],
        "features": [],
        "details": "{}",
        "price": price,
        "main_category": "Lamps",
    } | changes


def write_jsonl(path: Path, records: list[dict[str, Any]]) -> Path:
    """A plain file of lines."""
    path.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    return path


def curated(folder: Path, source: Path, rules: Rules = SMALL, **settings: Any) -> list[Report]:
    """Reports of all chunks of a file, in this process; shards lie in `folder`/shards."""
    shards = folder / "shards"
    shards.mkdir(exist_ok=True)
    curator = Curator(Settings(make_tokenizer(folder), shards, rules, **settings))
    return [curator(chunk) for chunk in cut([source], shards)]


def chunk_of(path: Path) -> Chunk:
    """A whole file as one chunk."""
    size = path.stat().st_size
    return Chunk(0, path, path, 0, size, stored=size)


def item(text: str, title: str = "", price: float = 10.0, source: str = "a") -> Item:
    """An item that has passed the rules."""
    return Item(title or text.split("\n", 1)[0], "Lamps", price, source, text, len(text), None, text, 20)
