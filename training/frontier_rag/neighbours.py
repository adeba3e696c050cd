"""What the estimator sees of a row: the products near it by vector and by words, never the row itself."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from frontier_rag.estimator.known_products import COUNT, KnownProducts, known_features
from frontier_rag.estimator.local_estimator import DEPTH, build_features, neighbour_features
from frontier_rag.names.lexical_index import LexicalIndex
from training.engines.parallel import in_processes
from training.frontier_rag.models import Fitting
from training.frontier_rag.parts import Part

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]
CHUNK, BLOCK = 1000, 20_000  # rows and products whose similarities are held at a time: 80 MB
SORTED = 256  # as many are sorted outright
_NONE = np.zeros(0, np.int64)
LOOKED_AT = 72  # products by words of which a row's own product may take some
# Share of the products of which no other row is seen when their own are asked about. Of what people ask about some is known under
# another title and some is not: the estimator must do well with both.
UNKNOWN = 0.6


def left_out(part: Part, base: Part, seed: int) -> npt.NDArray[np.bool_]:
    """Of the rows of `part`, which are asked as if nothing else was known of their product; a product's rows alike."""
    count = int(max(part.groups.max(initial=0), base.groups.max(initial=0))) + 1
    return np.asarray((np.random.default_rng(seed).random(count) < UNKNOWN)[part.groups])


def nearest(asked: Part, base: Part, apart: npt.NDArray[np.bool_] | None = None, jobs: int = 1) -> tuple[Floats, Positions]:
    """Similarities and positions in `base` [n, DEPTH] by vectors, exact. The row itself is never among them.

    `apart` [n]: rows of which all of their group is left out; None where `asked` has no row in common with `base`. Time grows with
    the product of both, memory does not: blocks of CHUNK x BLOCK cosines are looked at by each of `jobs` processes, and of each
    only what is nearer than what is known.
    """
    hidden = None if apart is None else _Hidden(asked, base, apart)
    chunks = (slice(start, start + CHUNK) for start in range(0, len(asked.texts), CHUNK))
    parts = ((asked.vectors[chunk], base.vectors, hidden.of(chunk) if hidden else None, BLOCK) for chunk in chunks)
    similarities, positions = zip(*in_processes(_nearest_of, parts, jobs), strict=True)
    return np.concatenate(similarities), np.concatenate(positions)


def _nearest_of(vectors: Floats, base: Floats, out: "tuple[Positions, Positions] | None", block: int) -> tuple[Floats, Positions]:
    """Of some rows' vectors, best first; `out`: the pairs (row, position in `base`) that are hidden."""
    depth = min(DEPTH, len(base))
    best = np.full((len(vectors), depth), -3.0, np.float32)
    places = np.zeros((len(vectors), depth), np.int64)
    for start in range(0, len(base), block):
        cosines = vectors @ base[start : start + block].T
        if out:
            inside = (out[1] >= start) & (out[1] < start + block)
            cosines[out[0][inside], out[1][inside] - start] = -2.0
        for row in np.flatnonzero(cosines.max(1) > best[:, -1]):
            near = np.flatnonzero(cosines[row] > best[row, -1])
            merged = np.concatenate((best[row], cosines[row, near]))
            order = np.argsort(-merged, kind="stable")[:depth] if len(merged) <= SORTED else _largest(merged, depth)
            best[row], places[row] = merged[order], np.concatenate((places[row], near + start))[order]
    return best, places


def _largest(values: Floats, count: int) -> Positions:
    """Positions of the largest, largest first."""
    chosen = np.argpartition(-values, count - 1)[:count]
    return np.asarray(chosen[np.argsort(-values[chosen], kind="stable")])


class _Hidden:
    """Which rows of `base` an asked row may not see: itself and, where `apart`, all of its group."""

    def __init__(self, asked: Part, base: Part, apart: npt.NDArray[np.bool_]) -> None:
        self._asked, self._apart = asked, apart
        self._by_id, self._by_group = _Positions(base.ids), _Positions(base.groups)

    def of(self, part: slice) -> tuple[Positions, Positions]:
        """(row within the part, position in `base`) of every pair."""
        own = [self._by_id.of(each) for each in self._asked.ids[part].tolist()]
        groups = zip(self._asked.groups[part].tolist(), self._apart[part].tolist(), strict=True)
        alike = [self._by_group.of(group) if is_apart else _NONE for group, is_apart in groups]
        both = [np.concatenate(pair) for pair in zip(own, alike, strict=True)]
        return np.repeat(np.arange(len(both)), [len(each) for each in both]), np.concatenate([_NONE, *both])


class _Positions:
    """Where each number stands in an array."""

    def __init__(self, numbers: Positions) -> None:
        self._order = np.argsort(numbers, kind="stable")
        self._sorted = numbers[self._order]

    def of(self, number: int) -> Positions:
        """All places of a number."""
        first, last = np.searchsorted(self._sorted, number, "left"), np.searchsorted(self._sorted, number, "right")
        return np.asarray(self._order[first:last])


def by_words(index: LexicalIndex, texts: Sequence[str], count: int, jobs: int) -> tuple[Floats, npt.NDArray[np.int32]]:
    """LexicalIndex.nearest by `jobs` processes; at 300,000 products a text takes some ten milliseconds."""
    parts = ((index, texts[start : start + CHUNK], count) for start in range(0, len(texts), CHUNK))
    similarities, positions = zip(*in_processes(LexicalIndex.nearest, parts, jobs), strict=True)
    return np.concatenate(similarities), np.concatenate(positions)


def nearest_known(fit: Part, known: KnownProducts, apart: npt.NDArray[np.bool_], jobs: int = 1) -> tuple[Floats, Floats]:
    """KnownProducts.nearest of the very rows that it knows, without themselves and, where `apart`, without their group."""
    similarities, positions = by_words(known.index, fit.texts, LOOKED_AT, jobs)
    own = np.arange(len(fit.texts))[:, None] == positions
    own |= apart[:, None] & (fit.groups[np.maximum(positions, 0)] == fit.groups[:, None])
    similarities[own | (positions < 0)] = 0.0
    order = np.argsort(-similarities, axis=1, kind="stable")[:, :COUNT]
    kept = np.take_along_axis(np.where(similarities > 0, positions, -1), order, 1)
    return np.take_along_axis(similarities, order, 1), known.priced(kept)


def features_of_fitted(fit: Part, base: Part, known: KnownProducts, words: Floats, how: Fitting) -> Floats:
    """What the trees see of the rows that they are fitted on; `words`: the word model's features."""
    apart = left_out(fit, base, how.seed)
    similarities, positions = nearest(fit, base, apart, how.threads)
    near = neighbour_features(similarities, base.logs[positions].astype(np.float32))
    return build_features(near, known_features(*nearest_known(fit, known, apart, how.threads)), words, fit.vectors, fit.texts)


def features_of(asked: Part, base: Part, known: KnownProducts, words: Floats, threads: int) -> Floats:
    """What the trees see of other rows."""
    similarities, positions = nearest(asked, base, jobs=threads)
    near = neighbour_features(similarities, base.logs[positions].astype(np.float32))
    found, places = by_words(known.index, asked.texts, COUNT, threads)
    return build_features(near, known_features(found, known.priced(places)), words, asked.vectors, asked.texts)
