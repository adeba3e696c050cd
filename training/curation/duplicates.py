"""Finds the groups of near-duplicates among all shards: MinHash-LSH candidates, each verified on the shingles themselves.

Memory is some 50 bytes a row; bands and shingles stay on disk. The definition of a repeat is that of
training.data.shingles.RepeatIndex: the same words, the same title, or over half of the shingles of the shorter.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.curation.shards import BANDS, Hashes, path_of

NEIGHBOURS = 15  # of its bucket that a row is compared with: all in nearly every bucket, but one of boilerplate costs no square
PART_ROWS = 1_000_000  # sorted at a time: some 150 MB
PAIRS = 20_000  # verified at a time: some 100 MB
SHARE = 0.5
SAME_WORDS, SAME_TITLE, NEAR = "exact duplicate", "same title", "near-duplicate"
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Corpus:
    """All rows of a run, in the order of their shards. `numbers` and `sizes` of the shards; the arrays are one value a row."""

    folder: Path
    numbers: Sequence[int]
    sizes: Ints
    keys: Hashes
    counts: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.keys)

    def hashes(self, name: str) -> Hashes:
        """The "words" or the "titles" of every row."""
        return _column(self.folder, self.numbers, name, np.dtype(np.uint64))

    def band(self, number: int) -> Hashes:
        """One MinHash band of every row."""
        band, end = np.empty(len(self), np.uint64), 0
        for shard, size in zip(self.numbers, self.sizes.tolist(), strict=True):
            path, start, end = path_of(self.folder, shard, "bands.bin"), end, end + size
            band[start:end] = np.fromfile(path, np.uint64, count=size, offset=8 * number * size)
        return band


def _column(folder: Path, numbers: Sequence[int], name: str, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    parts = [np.empty(0, kind)]
    for number in numbers:
        with np.load(path_of(folder, number, "keys.npz"), allow_pickle=False) as found:
            parts.append(found[name])
    return np.concatenate(parts)


def load_corpus(folder: Path, numbers: Sequence[int]) -> Corpus:
    """The shards `numbers`, each of which holds at least one row."""
    sizes = []
    for number in numbers:
        with np.load(path_of(folder, number, "keys.npz"), allow_pickle=False) as found:
            sizes.append(len(found["counts"]))
    keys = _column(folder, numbers, "keys", np.dtype(np.uint64))
    return Corpus(folder, numbers, np.array(sizes, np.int64), keys, _column(folder, numbers, "counts", np.dtype(np.int32)))


def parts(hashes: Hashes, size: int = PART_ROWS) -> Iterator[Ints]:
    """All positions, in parts of about `size`: equal hashes lie in one part, so that each can be sorted by itself."""
    count = 1 << (len(hashes) // size).bit_length()
    if count == 1:
        yield np.arange(len(hashes))
        return
    for part in range(count):
        mixed = hashes >> np.uint64(32)  # MinHashes are small numbers: only their low bits are even
        mixed ^= hashes
        mixed &= np.uint64(count - 1)
        yield np.flatnonzero(mixed == np.uint64(part))


class ShingleFile:
    """All rows' shingles in one file, read where they are needed. Remove it with `close`.

    Read, not mapped: the pages of a map count as this process's memory, in the end all of them.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.path = corpus.folder / "all-shingles.bin"
        self.starts = np.concatenate(([0], np.cumsum(corpus.counts, dtype=np.int64)))
        with self.path.open("wb") as whole:
            for number in corpus.numbers:
                whole.write(path_of(corpus.folder, number, "shingles.bin").read_bytes())
        self.file = self.path.open("rb", buffering=0)

    def gather(self, rows: Ints) -> tuple[npt.NDArray[np.uint32], Ints]:
        """Shingles of the rows one after another, and for each the position in `rows` that it belongs to."""
        counts = self.starts[rows + 1] - self.starts[rows]
        values = np.empty(counts.sum(), np.uint32)
        whole, place = values.data.cast("B"), 0
        for start, size in zip((4 * self.starts[rows]).tolist(), (4 * counts).tolist(), strict=True):
            os.preadv(self.file.fileno(), [whole[place : place + size]], start)
            place += size
        return values, np.repeat(np.arange(len(rows)), counts)

    def are_repeats(self, first: Ints, second: Ints) -> npt.NDArray[np.bool_]:
        """For each pair whether it shares over half of the shingles of the shorter."""
        found = np.zeros(len(first), np.bool_)
        for at in range(0, len(first), PAIRS):
            a, b = first[at : at + PAIRS], second[at : at + PAIRS]
            tagged = [owners.astype(np.uint64) << np.uint64(32) | values for values, owners in (self.gather(a), self.gather(b))]
            merged = np.sort(np.concatenate(tagged))
            # Within a row shingles are distinct but for a collision in 32 bits, so an equal neighbour is the other row's.
            both = merged[1:][merged[1:] == merged[:-1]] >> np.uint64(32)
            shared = np.bincount(both.astype(np.int64), minlength=len(a))
            shorter = np.minimum(self.starts[a + 1] - self.starts[a], self.starts[b + 1] - self.starts[b])
            found[at : at + PAIRS] = shared > SHARE * shorter
        return found

    def close(self) -> None:
        """Remove the file."""
        self.file.close()
        self.path.unlink(missing_ok=True)


class Groups:
    """Union-find over rows, on whole arrays: a group's label is the smallest position in it."""

    def __init__(self, size: int) -> None:
        self.parent = np.arange(size)

    def labels(self, rows: Ints) -> Ints:
        """Labels of rows."""
        found = self.parent[rows]
        while True:
            above = self.parent[found]
            if np.array_equal(above, found):
                break
            found = above
        self.parent[rows] = found
        return found

    def join(self, first: Ints, second: Ints) -> None:
        """Make each pair one group."""
        while len(first):
            a, b = self.labels(first), self.labels(second)
            is_apart = a != b
            first, second, a, b = first[is_apart], second[is_apart], a[is_apart], b[is_apart]
            np.minimum.at(self.parent, np.maximum(a, b), np.minimum(a, b))

    @property
    def count(self) -> int:
        """How many groups there are."""
        return int((self.parent == np.arange(len(self.parent))).sum())

    def all_labels(self) -> Ints:
        """Labels of all rows."""
        return self.labels(np.arange(len(self.parent)))


def _join_equal(groups: Groups, hashes: Hashes) -> None:
    """Join rows of equal hashes; 0 means that there is nothing to compare."""
    for rows in parts(hashes):
        order = rows[np.argsort(hashes[rows], kind="stable")]
        ordered = hashes[order]
        is_same = (ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)
        groups.join(order[:-1][is_same], order[1:][is_same])


def _shared_buckets(band: Hashes, part: Ints, groups: Groups) -> tuple[Ints, Hashes]:
    """(rows of the part, their bucket), by bucket: all rows of small buckets, of larger ones one row of each group."""
    order = part[np.argsort(band[part], kind="stable")]
    ordered = band[order]
    is_same = ordered[1:] == ordered[:-1]
    is_shared = (np.concatenate((is_same, [False])) | np.concatenate(([False], is_same)))[: len(order)]
    rows, buckets = order[is_shared], ordered[is_shared]
    labels = groups.labels(rows)
    by_label = np.lexsort((labels, buckets))
    rows, buckets, labels = rows[by_label], buckets[by_label], labels[by_label]
    opens = np.concatenate(([True], buckets[1:] != buckets[:-1]))[: len(rows)]
    is_first = opens | np.concatenate(([True], labels[1:] != labels[:-1]))[: len(rows)]
    sizes = np.diff(np.flatnonzero(np.concatenate((opens, [True]))))
    stays = is_first | np.repeat(sizes <= NEIGHBOURS + 1, sizes)
    return rows[stays], buckets[stays]


def _join_band(groups: Groups, band: Hashes, part: Ints, are_repeats: Callable[[Ints, Ints], npt.NDArray[np.bool_]]) -> None:
    """Verify neighbours in the buckets of a part of a band, and join the repeats."""
    rows, buckets = _shared_buckets(band, part, groups)
    for distance in range(1, NEIGHBOURS + 1):
        is_same = buckets[distance:] == buckets[:-distance]
        if not is_same.any():
            break
        first, second = rows[:-distance][is_same], rows[distance:][is_same]
        is_apart = groups.labels(first) != groups.labels(second)
        first, second = first[is_apart], second[is_apart]
        is_repeat = are_repeats(first, second)
        groups.join(first[is_repeat], second[is_repeat])


def find_groups(corpus: Corpus) -> Iterator[tuple[str, Groups]]:
    """(what was joined last, the groups so far): first by all words, then by the title, then by one band after another."""
    groups = Groups(len(corpus))
    _join_equal(groups, corpus.hashes("words"))
    yield SAME_WORDS, groups
    _join_equal(groups, corpus.hashes("titles"))
    yield SAME_TITLE, groups
    file = ShingleFile(corpus)
    try:
        for number in range(BANDS):
            band = corpus.band(number)
            for part in parts(band):
                _join_band(groups, band, part, file.are_repeats)
            yield NEAR, groups
    finally:
        file.close()


def group_keys(keys: Hashes, labels: Ints) -> Hashes:
    """For each row the smallest key of its group: a name that does not depend on the order of the rows."""
    smallest = np.full(len(keys), np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(smallest, labels, keys)
    return smallest[labels]


def is_kept(keys: Hashes, labels: Ints) -> npt.NDArray[np.bool_]:
    """One row of each group: that of the smallest key (a hash, so neither the cheapest nor the first file's is preferred)."""
    is_smallest = np.flatnonzero(keys == group_keys(keys, labels))
    _, first = np.unique(labels[is_smallest], return_index=True)
    kept = np.zeros(len(keys), np.bool_)
    kept[is_smallest[first]] = True
    return kept
