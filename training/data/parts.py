"""The rows that trainers fit on and hold out, in parts that repeat nothing of each other; what callers might send; weights."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.artifact import sha256
from common.product_files.product_text import NOISE, squeeze
from common.settings import shared_data_dir
from training.data.rows import (
    Row,
    drop_repeated_texts,
    drop_repeats,
    product_text,
    read_records,
    read_rows,
    split_held_out,
)

TRAIN, DEV, AUXILIARY, UNPRICED = (f"products-{name}.jsonl.xz" for name in ("train", "dev", "pcparts", "unpriced"))
_LIST_MARKS = re.compile(r"""['"]\s*\]|\[\s*['"]|\[\s*\]|['"],\s+['"]""")
_PAIR = re.compile(r'"([^"]{1,60})": "([^"]{1,150})"')
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Parts:
    """Priced rows: fitted on, held out for choices and calibration, reported on, and the auxiliary PC parts."""

    fit: list[Row]
    held: list[Row]
    dev: list[Row]
    auxiliary: list[Row]


def data_folder(given: Path | None) -> Path:
    """The folder with the products files; SystemExit says how to name it when there is none."""
    if given:
        return given
    shared = shared_data_dir()
    if shared is None:
        raise SystemExit("no data: give --data FOLDER (with products-*.jsonl.xz) or set PRICER_DATA")
    return shared / "data"


def load_parts(folder: Path, limit: int | None = None) -> Parts:
    """Priced rows of the folder; fit, held and auxiliary repeat nothing of dev, fit and auxiliary nothing of held."""
    dev = [row for row in read_rows(folder / DEV) if row.price is not None]
    train = drop_repeats([row for row in read_rows(folder / TRAIN) if row.is_priced][:limit], of=dev)
    fit, held = split_held_out(train)
    auxiliary = [row for row in read_rows(folder / AUXILIARY) if row.is_priced][:limit]
    return Parts(fit, held, dev, drop_repeats(auxiliary, of=[*dev, *held]))


def unpriced_text(raw: str) -> str:
    """A text of products-unpriced (title, lists and JSON printed one after the other) in the shape of product_text."""
    head, _, details = raw.partition('{"')
    opening = re.search(r"\s\[(?=['\"\]])", head)
    title, body = (head[: opening.start()], head[opening.start() :]) if opening else (head, "")
    pairs = [f"{key} {value}" for key, value in _PAIR.findall('{"' + details) if not NOISE.search(key)]
    rest = squeeze(_LIST_MARKS.sub(" ", body) + " " + ", ".join(pairs))
    return f"{squeeze(title)}\n{rest}" if rest else squeeze(title)


def unpriced_texts(folder: Path, parts: Parts, limit: int | None = None) -> list[str]:
    """Texts of products without prices, in the shape of product_text, that repeat nothing of dev or held-out rows."""
    away = [product_text(row) for row in (*parts.dev, *parts.held)]
    raw = [unpriced_text(record["text"]) for record in islice(read_records(folder / UNPRICED), limit)]
    return drop_repeated_texts(raw, raw, of=away)


def corpus_texts(folder: Path, limit: int | None = None) -> list[str]:
    """Texts to pre-train on, without prices: the unpriced products and the fitted rows; nothing of dev or held out."""
    parts = load_parts(folder, limit)
    return unpriced_texts(folder, parts, limit) + [product_text(row) for row in (*parts.fit, *parts.auxiliary)]


def data_hashes(folder: Path) -> dict[str, str]:
    """sha256 of every products file that is there."""
    return {name: sha256(folder / name) for name in (TRAIN, DEV, AUXILIARY, UNPRICED) if (folder / name).is_file()}


def _cut(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    return " ".join(words[: rng.randint(min(6, len(words)), len(words))])


def variant(text: str, rng: random.Random) -> str:
    """What a caller might send of a product: mostly all of it, else a part, or all in lower case without punctuation."""
    title, _, rest = text.partition("\n")
    draw = rng.random()
    if draw < 0.55 or not rest:
        return text
    if draw < 0.67:
        return title
    if draw < 0.80:
        sentences = _SENTENCE.split(rest)
        return f"{title}\n{' '.join(sentences[: rng.randint(1, max(1, len(sentences) // 2))])}"
    if draw < 0.88:
        return f"{title}\n{_cut(rest, rng)}"
    if draw < 0.94:
        return rest
    return f"{title} {rest}" if draw < 0.97 else re.sub(r"[^a-z0-9\n]+", " ", text.lower())


def sampling_weights(rows: Sequence[Row], balance: float, balance_rest: float) -> npt.NDArray[np.float64]:
    """Chance of each row per draw, mean 1. Prices pile up at the bottom: weight price**balance between 5 and 200 dollars.

    The published eight-category sample is flat in price up to about 200 dollars, a shop's own range is not: appliances and
    the shops' rows take `balance_rest`.
    """
    natural = np.array([row.source != "amazon-2023" or row.main_category == "Appliances" for row in rows])
    prices = np.clip([row.price or 0.0 for row in rows], 5.0, 200.0)
    weights = prices ** np.where(natural, balance_rest, balance)
    for group in (natural, ~natural):
        if group.any():
            weights[group] *= group.sum() / weights[group].sum()
    return np.asarray(weights, np.float64)
