"""When one text repeats another: the same words, the same title, or over half of the runs of six words of the shorter.

Every trainer, the splits and curation decide by this. Knows texts alone, no rows.
"""

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from common.product_files.product_text import words_of

SHINGLE_WORDS = 6
Hashes = npt.NDArray[np.uint64]
_NO_SHINGLE = np.uint64(2**64 - 1)
_EMPTY = np.empty(0, np.uint64)
# Letters of other scripts than Latin, and those of them that are written without spaces between words (Thai to Khmer, kana,
# ideographs), each of which counts as a word.
_OTHER = re.compile(r"(?=[^\W\d_])[\u0370-\U0010ffff]")
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_ANY_WORD = re.compile(rf"[a-z0-9]+|(?=[^\W_])[{_UNSPACED}]|(?:(?=[^\W_])[^\x00-\u036f{_UNSPACED}])+")
OTHER_SHARE = 0.25  # of a text's letters and digits, from which it is not a Latin one with some signs


def is_of_other_script(text: str) -> bool:
    """Whether the text would lose much of what it says where only a to z and digits are looked at."""
    if text.isascii() or not _OTHER.search(text):
        return False
    other, plain = len(_OTHER.findall(text)), sum(map(len, words_of(text)))
    return other >= OTHER_SHARE * (other + plain)


def compared_words(text: str, like: str | None = None) -> list[str]:
    """words_of, and of a text in another script its own words too. `like`: the text that it is a part of."""
    return _ANY_WORD.findall(text.lower()) if is_of_other_script(text if like is None else like) else words_of(text)


@lru_cache(maxsize=1 << 16)
def _word_hash(word: str) -> int:
    # Two checksums side by side: 32 bits alone would collide among tens of millions of shingles.
    return zlib.crc32(word.encode()) << 32 | zlib.adler32(word.encode())


def shingles(words: Sequence[str]) -> Hashes:
    """Distinct hashes of the runs of SHINGLE_WORDS words; empty for shorter texts."""
    return all_shingles([words])[0]


def all_shingles(texts: Sequence[Sequence[str]]) -> list[Hashes]:
    """Shingles of every text (given as its words), ascending. Memory: texts x words of the longest."""
    lengths = np.array([len(words) for words in texts], np.int64)
    counts = np.maximum(lengths - SHINGLE_WORDS + 1, 0)
    if not counts.any():
        return [_EMPTY] * len(texts)
    hashes = np.array([_word_hash(word) for words in texts for word in words], np.uint64)
    mixed = np.zeros(len(hashes) - SHINGLE_WORDS + 1, np.uint64)  # runs that cross from text to text are not looked at
    for i in range(SHINGLE_WORDS):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + hashes[i : i + len(mixed)]
        mixed ^= mixed >> np.uint64(29)
    places = np.arange(counts.max())
    starts = np.cumsum(lengths) - lengths
    table = mixed[np.minimum(starts[:, None] + places, len(mixed) - 1)]
    table[places >= counts[:, None]] = _NO_SHINGLE
    table.sort(axis=1)
    is_new = table != _NO_SHINGLE
    is_new[:, 1:] &= table[:, 1:] != table[:, :-1]
    return np.split(table[is_new], np.cumsum(is_new.sum(axis=1))[:-1])


def title_key(text: str) -> str:
    """The words of the title, which stands on the text's first line, as titles are compared."""
    return " ".join(compared_words(text.split("\n", 1)[0], like=text))


class RepeatIndex:
    """Which known texts a text repeats: the same words, the same title, or over half of the shingles of the shorter."""

    def __init__(self, texts: Sequence[str], share: float = 0.5) -> None:
        self.share = share
        self._same: dict[str, list[int]] = {}
        found = []
        for i, text in enumerate(texts):
            words = compared_words(text)
            for key in self._keys(text, words):
                self._same.setdefault(key, []).append(i)
            found.append(shingles(words))
        self._counts = np.array([len(f) for f in found], np.int64)
        ordered = np.concatenate([*found, _EMPTY])
        order = np.argsort(ordered, kind="stable")
        self._shingles, self._owners = ordered[order], np.repeat(np.arange(len(found)), self._counts)[order]

    @staticmethod
    def _keys(text: str, words: Sequence[str]) -> set[str]:
        return {key for key in (" ".join(words), title_key(text)) if key}

    def repeats(self, texts: Sequence[str]) -> list[bool]:
        """Whether each text repeats any known one: as `repeated_by`, but texts that share few runs with all of them cost little."""
        words = [compared_words(text) for text in texts]
        found = all_shingles(words)
        counts = np.array([len(each) for each in found], np.int64)
        owners = np.repeat(np.arange(len(texts)), counts)
        shared = np.bincount(owners[self._is_known(np.concatenate([*found, _EMPTY]))], minlength=len(texts))
        shortest = self._counts[self._counts > 0].min(initial=np.iinfo(np.int64).max)
        is_near = shared > self.share * np.minimum(counts, shortest)
        return [
            bool((near or not self._same.keys().isdisjoint(self._keys(text, own))) and self.repeated_by(text))
            for text, own, near in zip(texts, words, is_near.tolist(), strict=True)
        ]

    def _is_known(self, values: Hashes) -> npt.NDArray[np.bool_]:
        if not len(self._shingles):
            return np.zeros(len(values), np.bool_)
        places = np.minimum(np.searchsorted(self._shingles, values), len(self._shingles) - 1)
        return np.asarray(self._shingles[places] == values)

    def repeated_by(self, text: str) -> set[int]:
        """Positions of the known texts that `text` (title on its first line) repeats."""
        words = compared_words(text)
        same = {i for key in self._keys(text, words) for i in self._same.get(key, ())}
        own = shingles(words)
        known = own[self._is_known(own)]
        first, last = (np.searchsorted(self._shingles, known, side) for side in ("left", "right"))
        hits = [self._owners[a:b] for a, b in zip(first, last, strict=True)]
        if hits:
            owners, shared = np.unique(np.concatenate(hits), return_counts=True)
            same.update(owners[shared > self.share * np.minimum(self._counts[owners], len(own))].tolist())
        return same
