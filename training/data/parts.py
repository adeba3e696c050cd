"""The rows that trainers fit on and hold out, in parts that repeat nothing of each other; weights."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.artifact import sha256
from common.product_files.product_text import NOISE, squeeze
from common.settings import shared_data_dir
from training.data import curated
from training.data.market import (
    CATALOGUE,
    CATALOGUE_FILE,
    DEAL,
    DEALS_FILE,
    GOODS,
    LISTING,
    MARKET_KINDS,
    NAMED_DEV_FILE,
    NAMED_FILE,
    PERSON,
    family_of,
    is_trusted,
    product_keys,
    read_catalogue,
    read_deals,
    read_named,
)
from training.data.rows import (
    PUBLISHED_PRICE_MAX,
    Row,
    drop_repeated_texts,
    drop_repeats,
    product_text,
    read_records,
    read_rows,
    split_by_name,
    split_held_out,
)

TRAIN, DEV, AUXILIARY, UNPRICED = (f"products-{name}.jsonl.xz" for name in ("train", "dev", "pcparts", "unpriced"))
FILES = (TRAIN, DEV, AUXILIARY, UNPRICED, NAMED_FILE, NAMED_DEV_FILE, DEALS_FILE)
# Of the brand goods and of the deals' goods: shares held out by product, and of the latter a share that is reported on as well.
NAMED_HELD, DEALS_HELD, DEALS_DEV = 0.05, 0.2, 0.25
NAMED_SEED, DEALS_SEED = 51, 52
_LIST_MARKS = re.compile(r"""['"]\s*\]|\[\s*['"]|\[\s*\]|['"],\s+['"]""")
_PAIR = re.compile(r'"([^"]{1,60})": "([^"]{1,150})"')


@dataclass(frozen=True)
class Parts:
    """Priced rows: fitted on, held out for choices and calibration, reported on, and the auxiliary PC parts."""

    fit: list[Row]
    held: list[Row]
    dev: list[Row]
    auxiliary: list[Row]

    def listings(self) -> "Parts":
        """The rows of the published recipe alone: listings at its prices."""
        fit, held, dev = ([row for row in rows if is_published(row)] for rows in (self.fit, self.held, self.dev))
        return Parts(fit, held, dev, [row for row in self.auxiliary if is_published(row)])


def is_published(row: Row) -> bool:
    """Whether the published recipe knows such a row: a listing, at a price of at most three digits."""
    return family_of(row) == LISTING and (row.price or 0.0) <= PUBLISHED_PRICE_MAX


def data_folder(given: Path | None) -> Path:
    """The folder with the products files; SystemExit says how to name it when there is none."""
    if given:
        return given
    shared = shared_data_dir()
    if shared is None:
        raise SystemExit("no data: give --data FOLDER (with products-*.jsonl.xz) or set PRICER_DATA")
    return shared / "data"


def load_parts(folder: Path, limit: int | None = None) -> Parts:
    """Priced listings of the folder; fit, held and auxiliary repeat nothing of dev, fit and auxiliary nothing of held.

    A folder that items_curate made is taken as it is.
    """
    if curated.is_curated(folder):
        return _curated_parts(folder, limit)
    dev = [row for row in read_rows(folder / DEV) if row.price is not None]
    train = drop_repeats([row for row in read_rows(folder / TRAIN) if row.is_priced][:limit], of=dev)
    fit, held = split_held_out(train)
    auxiliary = [row for row in read_rows(folder / AUXILIARY) if row.is_priced][:limit]
    return Parts(fit, held, dev, drop_repeats(auxiliary, of=[*dev, *held]))


def _curated_parts(folder: Path, limit: int | None) -> Parts:
    fit, held, dev = (curated.read_items(folder / name, limit) for name in curated.CURATED_FILES)
    auxiliary = [row for row in read_rows(folder / AUXILIARY) if row.is_priced] if (folder / AUXILIARY).is_file() else []
    return Parts(fit, held, dev, drop_repeats(auxiliary[:limit], of=[*dev, *held]))


def reported_file(folder: Path) -> Path:
    """The file of the listings that are reported on."""
    return folder / (curated.DEV if curated.is_curated(folder) else DEV)


def load_market(folder: Path, limit: int | None = None) -> Parts:
    """Listings, brand goods, the catalogue and deals' goods, as far as the folder has them; nothing of dev or held is fitted on.

    The catalogue is fitted on as a whole: what else is known of its products stands in the other files. A product of the brand
    goods or deals is held out or reported on under all its titles.
    """
    listings = load_parts(folder, limit)
    named, deals = (
        read(folder / name)[:limit] if (folder / name).is_file() else []
        for read, name in ((read_named, NAMED_FILE), (read_deals, DEALS_FILE))
    )
    catalogue = read_catalogue(catalogue_file(folder))[:limit]
    named_dev = read_named(folder / NAMED_DEV_FILE)[:limit] if (folder / NAMED_DEV_FILE).is_file() else []
    deals_rest, deals_dev = split_by_name(deals, product_keys(deals), DEALS_DEV, DEALS_SEED)
    deals_fit, deals_held = _split_deals(deals_rest)
    named_fit, named_held = split_by_name(named, product_keys(named), NAMED_HELD, NAMED_SEED)
    dev = [*listings.dev, *named_dev, *(_in_split(row, DEAL) for row in deals_dev)]
    held = [*listings.held, *drop_repeats([*named_held, *deals_held], of=dev)]
    fit = [*listings.fit, *drop_repeats([*named_fit, *catalogue, *deals_fit], of=[*dev, *held])]
    return Parts(fit, held, dev, drop_repeats(listings.auxiliary, of=[*dev, *held]))


def _split_deals(deals: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """(fit, held out) by product: held out are a share of all, and all that have a trusted price.

    The judge is fitted on what pricers say of the latter, so no pricer may have been fitted on them.
    """
    drawn, held = split_by_name(deals, product_keys(deals), DEALS_HELD, DEALS_SEED + 1)
    keys = product_keys(drawn)
    trusted = {key for row, key in zip(drawn, keys, strict=True) if is_trusted(row)}
    fit, more = ([row for row, key in zip(drawn, keys, strict=True) if (key in trusted) == wanted] for wanted in (False, True))
    return fit, [*held, *more]


def _in_split(row: Row, split: str) -> Row:
    return replace(row, extra=row.extra | {"split": split})


def unpriced_text(raw: str) -> str:
    """A text of products-unpriced (title, lists and JSON printed one after the other) in the shape of product_text."""
    head, _, details = raw.partition('{"')
    opening = re.search(r"\s\[(?=['\"\]])", head)
    title, body = (head[: opening.start()], head[opening.start() :]) if opening else (head, "")
    pairs = [f"{key} {value}" for key, value in _PAIR.findall('{"' + details) if not NOISE.search(key)]
    rest = squeeze(_LIST_MARKS.sub(" ", body) + " " + ", ".join(pairs))
    return f"{squeeze(title)}\n{rest}" if rest else squeeze(title)


def unpriced_texts(folder: Path, parts: Parts, limit: int | None = None) -> list[str]:
    """Texts of products without prices, in the shape of product_text, that repeat nothing of dev or held-out rows.

    None where the folder has no such file.
    """
    if not (folder / UNPRICED).is_file():
        return []
    away = [product_text(row) for row in (*parts.dev, *parts.held)]
    raw = [unpriced_text(record["text"]) for record in islice(read_records(folder / UNPRICED), limit)]
    return drop_repeated_texts(raw, raw, of=away)


def corpus_texts(folder: Path, parts: Parts, limit: int | None = None) -> list[str]:
    """Texts to pre-train on, without prices: the unpriced products and the fitted rows; nothing of dev or held out."""
    return unpriced_texts(folder, parts, limit) + [product_text(row) for row in (*parts.fit, *parts.auxiliary)]


def catalogue_file(folder: Path) -> Path:
    """The folder's own catalogue, or the one that frontier-rag brings with it."""
    own = folder / CATALOGUE_FILE
    return own if own.is_file() else GOODS


def data_hashes(folder: Path) -> dict[str, str]:
    """sha256 of every products file that is there, and of the catalogue."""
    found = {name: sha256(folder / name) for name in (*FILES, *curated.CURATED_FILES) if (folder / name).is_file()}
    return found | {CATALOGUE_FILE: sha256(catalogue_file(folder))}


# Draws of a brand good, a catalogue product and a deal's good beside a listing's one. A source counts as the root of its rows past
# SOURCE_ROWS, so that no shop's range decides what things cost; used goods and prices of old count half.
CATALOGUE_WEIGHT = 3.0
DEAL_WEIGHTS = dict(zip((*MARKET_KINDS, PERSON), (2.0, 2.0, 1.0, 0.5, 2.0), strict=True))
SOURCE_ROWS, OLD_YEAR = 2000, 2010


def sampling_weights(rows: Sequence[Row], balance: float, balance_rest: float) -> npt.NDArray[np.float64]:
    """Chance of each row per draw; listings have mean 1 (see `listing_weights`), the others what `market_weights` says."""
    is_listing = np.array([family_of(row) == LISTING for row in rows])
    weights = np.empty(len(rows))
    for chosen, weigh in ((is_listing, lambda part: listing_weights(part, balance, balance_rest)), (~is_listing, market_weights)):
        if chosen.any():
            weights[chosen] = weigh([row for row, wanted in zip(rows, chosen.tolist(), strict=True) if wanted])
    return weights


def market_weights(rows: Sequence[Row]) -> npt.NDArray[np.float64]:
    """What brand goods, catalogue products and deals' goods count beside a listing's 1."""
    counts = Counter(row.source for row in rows)
    return np.array([_market_weight(row, counts[row.source]) for row in rows])


def _market_weight(row: Row, count: int) -> float:
    family = family_of(row)
    if family == CATALOGUE:
        weight = CATALOGUE_WEIGHT
    elif family == DEAL:
        weight = DEAL_WEIGHTS[row.price_kind]
    else:
        weight = min(1.0, (SOURCE_ROWS / count) ** 0.5)
    is_old = row.year is not None and row.year < OLD_YEAR
    return weight * (0.5 if row.condition != "new" else 1.0) * (0.5 if is_old else 1.0)


def listing_weights(rows: Sequence[Row], balance: float, balance_rest: float) -> npt.NDArray[np.float64]:
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
