"""What the estimator sees of a row: the products near it by vector and by words, never the row itself."""

import numpy as np
import numpy.typing as npt

from frontier_rag.estimator.known_products import COUNT, KnownProducts, known_features
from frontier_rag.estimator.local_estimator import DEPTH, build_features, neighbour_features
from training.frontier_rag.parts import Part

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]
CHUNK = 500  # rows whose similarities to all others are held at a time
LOOKED_AT = 72  # products by words of which a row's own product may take some
# Share of the products of which no other row is seen when their own are asked about. Of what people ask about some is known under
# another title and some is not: the estimator must do well with both.
UNKNOWN = 0.6


def left_out(part: Part, base: Part, seed: int) -> npt.NDArray[np.bool_]:
    """Of the rows of `part`, which are asked as if nothing else was known of their product; a product's rows alike."""
    count = int(max(part.groups.max(initial=0), base.groups.max(initial=0))) + 1
    return np.asarray((np.random.default_rng(seed).random(count) < UNKNOWN)[part.groups])


def nearest(asked: Part, base: Part, apart: npt.NDArray[np.bool_] | None = None) -> tuple[Floats, Positions]:
    """Similarities and positions in `base` [n, DEPTH] by vectors, exact. The row itself is never among them.

    `apart` [n]: rows of which all of their group is left out; None where `asked` has no row in common with `base`.
    """
    similarities, positions = [], []
    for start in range(0, len(asked.texts), CHUNK):
        part = slice(start, start + CHUNK)
        cosines = asked.vectors[part] @ base.vectors.T
        if apart is not None:
            same = asked.groups[part, None] == base.groups[None, :]
            cosines[(same & apart[part, None]) | (asked.ids[part, None] == base.ids[None, :])] = -2.0
        best = np.argpartition(-cosines, DEPTH, axis=1)[:, :DEPTH]
        found = np.take_along_axis(cosines, best, 1)
        order = np.argsort(-found, axis=1)
        similarities.append(np.take_along_axis(found, order, 1))
        positions.append(np.take_along_axis(best, order, 1))
    return np.concatenate(similarities), np.concatenate(positions)


def nearest_known(fit: Part, known: KnownProducts, apart: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """KnownProducts.nearest of the very rows that it knows, without themselves and, where `apart`, without their group."""
    similarities, positions = known.index.nearest(fit.texts, LOOKED_AT)
    own = np.arange(len(fit.texts))[:, None] == positions
    own |= apart[:, None] & (fit.groups[np.maximum(positions, 0)] == fit.groups[:, None])
    similarities[own | (positions < 0)] = 0.0
    order = np.argsort(-similarities, axis=1, kind="stable")[:, :COUNT]
    kept = np.take_along_axis(np.where(similarities > 0, positions, -1), order, 1)
    return np.take_along_axis(similarities, order, 1), known.priced(kept)


def features_of_fitted(fit: Part, base: Part, known: KnownProducts, words: Floats, seed: int) -> Floats:
    """What the trees see of the rows that they are fitted on; `words`: the word model's features."""
    apart = left_out(fit, base, seed)
    similarities, positions = nearest(fit, base, apart)
    near = neighbour_features(similarities, base.logs[positions].astype(np.float32))
    return build_features(near, known_features(*nearest_known(fit, known, apart)), words, fit.vectors, fit.texts)


def features_of(asked: Part, base: Part, known: KnownProducts, words: Floats) -> Floats:
    """What the trees see of other rows."""
    similarities, positions = nearest(asked, base)
    near = neighbour_features(similarities, base.logs[positions].astype(np.float32))
    return build_features(near, known_features(*known.nearest(asked.texts)), words, asked.vectors, asked.texts)
