"""From all shards to the data set: groups of near-duplicates, the sample, the splits, and the counts of what came of it.

Knows nothing of how shards are made. Memory is some 80 bytes a row; texts stay on disk.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.curation.duplicates import (
    NEAR,
    SAME_TITLE,
    SAME_WORDS,
    Corpus,
    Ints,
    ShingleFile,
    find_groups,
    group_keys,
    is_kept,
    load_corpus,
)
from training.curation.output import Chosen, Columns, load_columns, write_splits
from training.curation.sample import category_weights, draw
from training.curation.shards import BANDS, Hashes
from training.curation.splits import TRAIN, Marks, Shares, assign, straddlers
from training.curation.stats import POINTS, CurationStats

STRADDLES = "repeats a row of another split"
STEPS = BANDS + 6  # that assemble tells of
Told = Callable[[str, str], None]  # the stage that has just gone on, and what there is to say of it


@dataclass(frozen=True)
class Choice:
    """What becomes of the items: `near` "drop" keeps one of each group, "group" keeps all and never parts them."""

    sample: str = "balanced"
    size: int = 800_000
    seed: int = 42
    shares: Shares = field(default_factory=Shares)
    near: str = "drop"


@dataclass(frozen=True)
class Found:
    """By row: the name of its group, and whether it is kept."""

    groups: Hashes
    kept: npt.NDArray[np.bool_]


def deduplicate(corpus: Corpus, near: str, stats: CurationStats, told: Told) -> Found:
    """Groups of all rows, and which rows stay; the rest is counted by what it repeats."""
    before, kept = len(corpus), np.ones(len(corpus), np.bool_)
    counts = {SAME_WORDS: before, SAME_TITLE: before, NEAR: before}
    for step, groups in find_groups(corpus):
        counts[step] = groups.count
        if near == "group" and step == SAME_TITLE:
            kept = is_kept(corpus.keys, groups.all_labels())
        told("deduplicate", f"{groups.count:,} groups")
    labels = groups.all_labels()
    if near == "drop":
        kept = is_kept(corpus.keys, labels)
    for step, count in counts.items():
        if step != NEAR or near == "drop":
            stats.drop(step, before - count)
            before = count
    return Found(group_keys(corpus.keys, labels), kept)


def choose(corpus: Corpus, columns: Columns, found: Found, choice: Choice) -> tuple[Ints, Marks]:
    """(positions of the sample, ascending, and the split of each)."""
    rows = np.flatnonzero(found.kept)
    weights = category_weights(columns.categories, columns.codes[rows]) if len(rows) else np.empty(0)
    taken = rows[draw(choice.sample, choice.size, choice.seed)(columns.prices[rows], weights, corpus.keys[rows])]
    return taken, assign(found.groups[taken], choice.shares.bounded(len(taken)))


def separate(corpus: Corpus, taken: Ints, marks: Marks) -> Ints:
    """Positions among `taken` of the rows that would repeat a row of another split, though LSH did not find them."""
    file = ShingleFile(corpus)
    try:
        left_out = list(straddlers(marks, lambda at: file.gather(taken[at])))
    finally:
        file.close()
    return np.concatenate([*left_out, np.empty(0, np.int64)])


def _count_categories(columns: Columns, rows: Ints) -> dict[str, int]:
    counts = np.bincount(columns.codes[rows], minlength=len(columns.categories))
    return {name: int(count) for name, count in zip(columns.categories, counts, strict=True) if count}


def count(stats: CurationStats, columns: Columns, kept: Ints, taken: Ints, keys: Hashes) -> None:
    """Fill in what is known only now."""
    stats.kept, stats.sampled = len(kept), len(taken)
    stats.categories_kept, stats.categories_sampled = _count_categories(columns, kept), _count_categories(columns, taken)
    stats.characters_kept.add_all(columns.characters[kept])
    stats.tokens_kept.add_all(columns.tokens[kept])
    stats.prices_kept.add_all(np.rint(columns.prices[kept]))
    stats.prices_sampled.add_all(np.rint(columns.prices[taken]))
    shown = kept[np.argpartition(keys[kept], POINTS)[:POINTS]] if len(kept) > POINTS else kept
    points = zip(keys[shown].tolist(), columns.prices[shown].tolist(), columns.characters[shown].tolist(), strict=True)
    stats.add_points(list(points))


def assemble(shards: Path, numbers: Sequence[int], target: Path, choice: Choice, stats: CurationStats, told: Told) -> None:
    """Write the splits to `target` and complete `stats`. `numbers`: shards with at least one row; `told` hears each step."""
    corpus = load_corpus(shards, numbers)
    found = deduplicate(corpus, choice.near, stats, told)
    columns = load_columns(shards, numbers)
    told("load", "columns read")
    taken, marks = choose(corpus, columns, found, choice)
    told("sample", f"sample of {len(taken):,}")
    left_out = separate(corpus, taken, marks)
    stats.drop(STRADDLES, len(left_out))
    found.kept[taken[left_out]] = False
    stays = np.ones(len(taken), np.bool_)
    stays[left_out] = False
    taken, marks = taken[stays], marks[stays]
    told("split", f"splits parted, {int((marks != TRAIN).sum()):,} rows held out")
    count(stats, columns, np.flatnonzero(found.kept), taken, corpus.keys)
    chosen = Chosen(taken, corpus.keys[taken], found.groups[taken], marks)
    stats.splits = write_splits(target, shards, (numbers, corpus.sizes), chosen)
    told("write splits", "written")
