"""Hashes by which repeats are found: of all words, of the title, MinHash bands and the shingles themselves.

The shingles are those of training.data.shingles, whose RepeatIndex says what a repeat is. Bands are pairs of MinHashes from
rensa. Knows nothing of files.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from training.curation.shards import BANDS, Fingerprints, Hashes, Item
from training.data.shingles import all_shingles, compared_words

MINHASHES, SEED = 2 * BANDS, 42
TEXTS = 500  # whose shingles are made at once
_NO_SHINGLE = np.empty(0, np.uint64)


def hash_text(text: str) -> int:
    """64 bits; 0 stands for an empty text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") if text else 0


def key_of(item: Item) -> int:
    """A row's place in the order by which one of several repeats is kept: at random, but the same in every run."""
    return hash_text("\x1f".join((item.text, repr(item.price), item.category, item.source)))


def bands_of(found: Sequence[Hashes]) -> Hashes:
    """(BANDS, n): two MinHashes as one number. A text without shingles gets bands that no other text has."""
    from rensa import RMinHash

    flat = np.concatenate([*found, _NO_SHINGLE])
    offsets = np.concatenate(([0], np.cumsum([len(each) for each in found]))).astype(np.uint64)
    rows = RMinHash.digest_matrix_from_flat_token_hashes(flat, offsets, MINHASHES, SEED).to_rows()
    minima = np.array(rows, np.uint32).reshape(len(found), BANDS, 2)
    return np.ascontiguousarray(minima).view(np.uint64).reshape(len(found), BANDS).T.copy()


def fingerprints(items: Sequence[Item]) -> Fingerprints:
    """Of all rows of a chunk."""
    words = [compared_words(item.text) for item in items]
    found = [each for at in range(0, len(words), TEXTS) for each in all_shingles(words[at : at + TEXTS])]
    return Fingerprints(
        keys=np.array([key_of(item) for item in items], np.uint64),
        words=np.array([hash_text(" ".join(each)) for each in words], np.uint64),
        titles=np.array([hash_text(" ".join(compared_words(item.title, like=item.text))) for item in items], np.uint64),
        bands=bands_of(found),
        counts=np.array([len(each) for each in found], np.int32),
        shingles=np.concatenate([*found, _NO_SHINGLE]).astype(np.uint32),
    )
