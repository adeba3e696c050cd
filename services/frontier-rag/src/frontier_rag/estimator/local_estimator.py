"""The estimator that needs no key: boosted trees and small networks over the prices of products near by vector and by words, the
text and its vector, in numpy.

Made by training/frontier_rag_estimator.py, which imports the features from here. Prices are in US dollars, logs are
log(1 + price). Knows nothing of stores and chat models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.artifact import read_artifact
from common.errors import InvalidInputError
from frontier_rag.estimator.known_products import KnownProducts, known_features
from frontier_rag.estimator.matched_price import Matched, joined, matched_of
from frontier_rag.estimator.network import Network
from frontier_rag.estimator.text_measures import measures_of
from frontier_rag.estimator.trees import Trees
from frontier_rag.estimator.word_model import WordModel
from frontier_rag.products import Neighbour

FORMAT_VERSION = 4
COMMAND = "uv run python -m training.frontier_rag_estimator"
FILE = "estimator.npz"
DEPTH = 24  # neighbours looked at
KERNELS = ((10.0, 24), (20.0, 24), (30.0, 20), (60.0, 10))  # sharpness of the weights, neighbours
LOWEST = 0.5  # dollars
ENSEMBLES = ("price", "low", "high")
_TREE_ARRAYS = ("feature", "threshold", "left", "right", "value", "roots")
Floats = npt.NDArray[np.float32]
Logs = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LocalEstimate:
    """A price with its 80 % interval. `likeness`: how near the nearest product is that the estimator knows by its words, 0 to 1."""

    price: float
    low: float
    high: float
    likeness: float = 0.0


def neighbour_features(similarities: Floats, logs: Floats) -> Floats:
    """Statistics of the neighbours' log prices, from similarities and log prices [n, DEPTH], nearest first."""
    columns: list[npt.NDArray[Any]] = []
    for sharpness, count in KERNELS:
        near = logs[:, :count]
        weights = np.exp(sharpness * (similarities[:, :count] - similarities[:, :1]))
        weights /= weights.sum(1, keepdims=True)
        mean = (weights * near).sum(1)
        spread = np.sqrt((weights * (near - mean[:, None]) ** 2).sum(1))
        columns += [mean, spread, np.log1p((weights * np.expm1(near)).sum(1))]
    columns += [logs[:, :5].min(1), logs[:, :5].max(1), np.median(logs[:, :10], axis=1), np.median(logs[:, :20], axis=1)]
    return np.column_stack([*columns, logs[:, :5], similarities[:, [0, 1, 2, 4, 9, 19]]]).astype(np.float32)


def build_features(near: Floats, known: Floats, words: Floats, vectors: Floats, texts: Sequence[str]) -> Floats:
    """All features side by side: those of neighbour_features, known_features and WordModel.features, vectors, stated quantities."""
    return np.column_stack((near, known, words, vectors, measures_of(texts))).astype(np.float32)


def _columns(found: Sequence[Sequence[Neighbour]]) -> tuple[Floats, Floats]:
    """Similarities and log prices [n, DEPTH]; fewer neighbours are stretched evenly, so that shares and order stay."""
    if not all(found):
        raise InvalidInputError("an estimate needs at least one neighbour", "neighbours")
    filled = [near[:DEPTH] if len(near) >= DEPTH else [near[i * len(near) // DEPTH] for i in range(DEPTH)] for near in found]
    similarities = np.array([[each.similarity for each in near] for near in filled], np.float32)
    prices = np.array([[each.product.price for each in near] for near in filled], np.float32)
    return similarities, np.log1p(prices)


@dataclass(frozen=True)
class Calibration:
    """Fitted on rows that the models did not see. Offsets [knots] are added to the low and high quantiles by the estimated price.

    Between two knots (ascending) an offset is interpolated; all are logs. `network_share` is what the networks count in the price.
    `same` and `near` are similarities: from `near` on a product counts as nearly the same and its price gets `near_weight`;
    at `same` it gets `same_weight`, and in between more, the nearer. `near_low`, `near_high`: 80 % of the differences there.
    """

    knots: npt.NDArray[np.float64]
    low_offsets: npt.NDArray[np.float64]
    high_offsets: npt.NDArray[np.float64]
    near: float
    near_weight: float
    same: float
    same_weight: float
    near_low: float
    near_high: float
    network_share: float

    def weight_of(self, similarity: float) -> float:
        """How much the price of the nearest product counts against the learned estimate."""
        points = (self.near - 0.02, self.near, self.same)
        return float(np.interp(similarity, points, (0.0, self.near_weight, self.same_weight)))


@dataclass(frozen=True)
class Models:
    """What answers from the features: trees by the names in ENSEMBLES, and networks of the price."""

    trees: Mapping[str, Trees]
    network: Network

    def answer(self, features: Floats, network_share: float) -> tuple[Logs, Logs, Logs]:
        """Price, low and high quantile of each row: logs, before calibration."""
        price, low, high = (self.trees[name].predict(features) for name in ENSEMBLES)
        return network_share * self.network.predict(features) + (1 - network_share) * price, low, high


class LocalEstimator:
    """Estimates prices from texts, their vectors and their neighbours."""

    def __init__(self, words: WordModel, known: KnownProducts, models: Models, calibration: Calibration, version: str) -> None:
        self.words, self.known, self.models, self.calibration, self.version = words, known, models, calibration, version

    @classmethod
    def load(cls, folder: Path) -> "LocalEstimator":
        """Read the artifact in `folder`; ArtifactError when it is missing or foreign."""
        artifact = read_artifact(folder, format_version=FORMAT_VERSION, command=COMMAND)
        with np.load(artifact.path(FILE), allow_pickle=False) as stored:
            arrays = dict(stored)
        models = Models(unpack_trees(arrays), Network.from_arrays(arrays))
        known = KnownProducts.from_arrays(arrays)
        return cls(unpack_words(arrays), known, models, unpack_calibration(arrays), artifact.version)

    def estimate(self, texts: Sequence[str], vectors: Floats, found: Sequence[Sequence[Neighbour]]) -> list[LocalEstimate]:
        """One estimate for each text; InvalidInputError where a text has no neighbour at all."""
        if not texts:
            return []
        similarities, logs = _columns(found)
        alike, costs = self.known.nearest(texts, found)
        near, known = neighbour_features(similarities, logs), known_features(alike, costs)
        features = build_features(near, known, self.words.features(texts), vectors, texts)
        raw = self.models.answer(features, self.calibration.network_share)
        matched = map(matched_of, found)
        settled = (self._settle(*row) for row in zip(*raw, similarities, logs, matched, strict=True))
        return [replace(each, likeness=float(likeness)) for each, likeness in zip(settled, alike[:, 0], strict=True)]

    def _settle(
        self, price: float, low: float, high: float, similarities: Floats, logs: Floats, matched: Matched | None
    ) -> LocalEstimate:
        """Calibrated interval, then the pull of a product that is nearly the same, or else of its name. Logs in, dollars out."""
        fitted = self.calibration
        low += float(np.interp(price, fitted.knots, fitted.low_offsets))
        high += float(np.interp(price, fitted.knots, fitted.high_offsets))
        share = fitted.weight_of(float(similarities[0]))
        if share:
            alike = similarities >= min(float(similarities[0]), fitted.near)
            twin = float(np.average(logs[alike], weights=similarities[alike]))
            price = share * twin + (1 - share) * price
            low = share * (price + fitted.near_low) + (1 - share) * low
            high = share * (price + fitted.near_high) + (1 - share) * high
        elif matched:
            price, low, high = joined(price, low, high, matched)
        dollars = max(float(np.expm1(price)), LOWEST)
        return LocalEstimate(dollars, min(max(float(np.expm1(low)), 0.0), dollars), max(float(np.expm1(high)), dollars))


def pack_trees(trees: Mapping[str, Trees]) -> dict[str, npt.NDArray[Any]]:
    """As named arrays for one .npz file."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, ensemble in trees.items():
        arrays |= {f"{name}_{part}": getattr(ensemble, part) for part in _TREE_ARRAYS}
        arrays[f"{name}_depth"] = np.array(ensemble.depth)
    return arrays


def unpack_trees(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, Trees]:
    """The inverse of pack_trees."""
    return {
        name: Trees(**{part: arrays[f"{name}_{part}"] for part in _TREE_ARRAYS}, depth=int(arrays[f"{name}_depth"]))
        for name in ENSEMBLES
    }


def unpack_words(arrays: Mapping[str, npt.NDArray[Any]]) -> WordModel:
    """The word model: stored in half precision, its projection in 8 bits with a scale for each component."""
    names = ("rarity", "intercepts", "projected_rarity")
    projection = arrays["projection"].astype(np.float32) * arrays["projection_scale"].astype(np.float32)
    floats = {name: arrays[name].astype(np.float32) for name in names}
    return WordModel(**floats, weights=arrays["weights"], projection=projection)


def unpack_calibration(arrays: Mapping[str, npt.NDArray[Any]]) -> Calibration:
    """The calibration."""
    values: dict[str, Any] = {name: arrays[name].astype(np.float64) for name in ("knots", "low_offsets", "high_offsets")}
    numbers = ("near", "near_weight", "same", "same_weight", "near_low", "near_high", "network_share")
    values |= {name: float(arrays[name]) for name in numbers}
    return Calibration(**values)
