"""From a text to numbers: word2vec means, what a linear model makes of words and word pairs, and a few counts.

Words are looked up by a 32-bit hash, so the tables hold no text. Training imports this module and fills its tables, so that
what is fitted is what is served. Knows nothing of the forest or of prices.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from common.errors import ArtifactError

Floats = npt.NDArray[np.float32]
Keys = npt.NDArray[np.uint32]

COUNTS = 8  # features that counts() gives
TITLE_WORDS = 40  # a description without a title may be one long line
PREFIX = 4  # letters that a word unknown to the table must share with others to borrow their mean vector
_TOKEN = re.compile(rb"\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)?")


@dataclass(frozen=True)
class Words:
    """A text's lower-case words and numbers, as bytes; `title` holds those of its first line."""

    body: list[bytes]
    title: list[bytes]


def words_of(text: str) -> Words:
    """Split a text. Accents are dropped: descriptions write the same brand with and without them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").lower()
    return Words(_TOKEN.findall(plain), _TOKEN.findall(plain.partition(b"\n")[0])[:TITLE_WORDS])


def hash_words(words: Iterable[bytes]) -> Keys:
    """One key for each word."""
    return np.array([crc32(word) for word in words], np.uint32)


def hash_prefixes(words: Iterable[bytes]) -> Keys:
    """The key under which a word that is not in the table borrows the vector of words that begin alike."""
    return np.array([crc32(b"<" + word[:PREFIX]) for word in words], np.uint32)


def hash_grams(words: Words) -> Keys:
    """Keys of the words and of the pairs of neighbours, and of the title's again as such; repeats stay.

    A title mostly opens with the brand: each further word of it is also paired with the first, since the same kind of thing costs
    one brand's buyers more than another's. That takes 7 % off the linear models' logarithmic error on brand goods.
    """
    pairs = _pairs(words.body)
    titled = [b"t:" + gram for gram in (*words.title, *_pairs(words.title))]
    branded = [b"f:%b %b" % (words.title[0], word) for word in words.title[1:]]
    return np.array([crc32(gram) for gram in (*words.body, *pairs, *titled, *branded)], np.uint32)


def _pairs(words: Sequence[bytes]) -> list[bytes]:
    return [b"%b %b" % pair for pair in pairwise(words)]


def counts(text: str, words: Words) -> Floats:
    """Length and style of a text: on a log scale where it has no bound."""
    numbers = [min(float(word), 1e6) for word in words.body if word[0] < ord("a")]
    letters = len(text) or 1
    return np.array(
        [
            math.log1p(len(text)),
            math.log1p(len(words.body)),
            len(words.title),
            len(numbers) / (len(words.body) or 1),
            math.log1p(max(numbers, default=0.0)),
            math.log1p(sum(numbers) / (len(numbers) or 1)),
            sum(map(str.isupper, text)) / letters,
            (text.count(",") + text.count(".")) / letters,
        ],
        np.float32,
    )


@dataclass(frozen=True, eq=False)
class Tables:
    """What training learned. Key arrays ascend and are unique.

    word_keys (v), word_idf (v), word_codes (v, 400) int8 and word_scales (v): vector = code * scale; rows for prefixes included.
    gram_keys (g), gram_idf (g), gram_scores (g, k) and score_bias (k): k linear models on TF-IDF of words and pairs.
    """

    word_keys: Keys
    word_idf: npt.NDArray[np.float16]
    word_codes: npt.NDArray[np.int8]
    word_scales: Floats
    gram_keys: Keys
    gram_idf: npt.NDArray[np.float16]
    gram_scores: npt.NDArray[np.float16]
    score_bias: Floats

    def save(self, path: Path) -> None:
        """Write an .npz of plain arrays."""
        np.savez_compressed(path, **asdict(self))


def load_tables(path: Path) -> Tables:
    """Read what save wrote; ArtifactError when the file holds something else."""
    try:
        with np.load(path, allow_pickle=False) as found:
            return Tables(**{name: found[name] for name in Tables.__dataclass_fields__})
    except (OSError, ValueError, KeyError) as exc:
        raise ArtifactError(f"{path} holds no feature tables: {exc}") from exc


def lookup(table: Keys, keys: Keys) -> npt.NDArray[np.intp]:
    """Position of each key in an ascending table, -1 where it is missing."""
    if not len(table) or not len(keys):
        return np.full(len(keys), -1, np.intp)
    found = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    return np.where(table[found] == keys, found, -1)


def damped_counts(positions: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], Floats]:
    """The distinct positions that are not -1, and 1 + ln(how often) of each."""
    distinct, often = np.unique(positions[positions >= 0], return_counts=True)
    return distinct, (1 + np.log(often)).astype(np.float32)


class TextFeatures:
    """Turns texts into rows of `width` float32: mean vectors of text and title, linear scores, counts."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._word_idf = tables.word_idf.astype(np.float32)
        self._gram_idf = tables.gram_idf.astype(np.float32)
        self._gram_scores = tables.gram_scores.astype(np.float32)

    @property
    def dimensions(self) -> int:
        """Length of a word vector."""
        return int(self.tables.word_codes.shape[1])

    @property
    def width(self) -> int:
        """Length of a row."""
        return 2 * self.dimensions + len(self.tables.score_bias) + COUNTS

    def mean_vector(self, words: Sequence[bytes]) -> Floats:
        """TF-IDF-weighted mean of the word vectors; zeros when no word is known."""
        keys = hash_words(words)
        found = lookup(self.tables.word_keys, keys)
        unknown = np.flatnonzero(found < 0)
        if len(unknown):
            found[unknown] = lookup(self.tables.word_keys, hash_prefixes(words[int(i)] for i in unknown))
        rows, often = damped_counts(found)
        weights = often * self._word_idf[rows]
        total = weights.sum()
        return weights @ self._vectors(rows) / total if total else np.zeros(self.dimensions, np.float32)

    def _vectors(self, rows: npt.NDArray[np.intp]) -> Floats:
        """Made when needed: all of them at once would take 18 MB."""
        return self.tables.word_codes[rows].astype(np.float32) * self.tables.word_scales[rows, None]

    def gram_weights(self, words: Words) -> tuple[npt.NDArray[np.intp], Floats]:
        """Positions in gram_keys and TF-IDF weights, of length 1 as a vector."""
        rows, often = damped_counts(lookup(self.tables.gram_keys, hash_grams(words)))
        weights = often * self._gram_idf[rows]
        norm = np.sqrt(weights @ weights)
        return rows, np.asarray(weights / norm if norm else weights, np.float32)

    def scores(self, words: Words) -> Floats:
        """What each linear model says."""
        rows, weights = self.gram_weights(words)
        return weights @ self._gram_scores[rows] + self.tables.score_bias

    def row(self, text: str) -> Floats:
        """Features of one text, (width,)."""
        words = words_of(text)
        means = (self.mean_vector(words.body), self.mean_vector(words.title))
        return np.concatenate([*means, self.scores(words), counts(text, words)], dtype=np.float32)

    def matrix(self, texts: Sequence[str]) -> Floats:
        """Features of several texts, (n, width)."""
        return np.stack([self.row(text) for text in texts]) if texts else np.zeros((0, self.width), np.float32)
