"""How good the local estimator is on a part, beside the plain answer that it must beat: the weighted mean of five neighbours."""

import numpy as np

from frontier_rag.estimator.local_estimator import LocalEstimator
from frontier_rag.products import Neighbour, Product
from training.data.market import family_of
from training.engines.parallel import in_processes
from training.evaluation.metrics import Outcome, score, score_bands, score_groups
from training.frontier_rag.neighbours import CHUNK, nearest
from training.frontier_rag.parts import Part


def report(estimator: LocalEstimator, part: Part, base: Part, jobs: int) -> dict[str, object]:
    """Scores of the estimator over all and by split, and the mean absolute error of the plain answer that it must beat."""
    similarities, positions = nearest(part, base, jobs=jobs)
    prices = base.prices[positions]
    found = [
        [Neighbour(Product("", float(price)), float(cosine)) for cosine, price in zip(*row, strict=True)]
        for row in zip(similarities, prices, strict=True)
    ]
    chunks = (slice(start, start + CHUNK) for start in range(0, len(found), CHUNK))
    asked = ((estimator, part.texts[chunk], part.vectors[chunk], found[chunk]) for chunk in chunks)
    estimates = [each for answered in in_processes(LocalEstimator.estimate, asked, jobs) for each in answered]
    price, low, high = (np.array(column) for column in zip(*((e.price, e.low, e.high) for e in estimates), strict=True))
    outcome = Outcome(part.prices, price, low, high)
    weights = np.maximum(similarities[:, :5], 0.01)
    plain = (weights * prices[:, :5]).sum(1) / weights.sum(1)
    return {
        **score(outcome, 0),
        "by_band": score_bands(outcome, 0),
        "by_split": score_groups(outcome, [row.split or family_of(row) for row in part.rows], 0),
        "mae_of_weighted_mean_of_5": round(float(np.abs(plain - part.prices).mean()), 3),
    }
