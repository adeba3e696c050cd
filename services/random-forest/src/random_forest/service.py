"""The use case: price texts with a forest over their features. Knows no HTTP and no ONNX."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from common.pricing import PriceRequest, PriceResponse
from random_forest.calibration import Calibration

Floats = npt.NDArray[np.float32]


class Featurizer(Protocol):
    """Turns texts into the forest's input."""

    def matrix(self, texts: Sequence[str]) -> Floats:
        """(n, width)."""
        ...


class Forest(Protocol):
    """Predicts log prices."""

    def predict(self, features: Floats) -> tuple[Floats, Floats]:
        """Mean log price and its spread, both (n,)."""
        ...


class ForestPricer:
    """Prices requests by their text alone."""

    def __init__(self, features: Featurizer, forest: Forest, calibration: Calibration, version: str) -> None:
        self.features, self.forest, self.calibration = features, forest, calibration
        self.model = f"random-forest@{version}"

    def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        """One result for each request."""
        if not requests:
            return []
        log_price, spread = self.forest.predict(self.features.matrix([request.text for request in requests]))
        columns = (np.round(column, 2).tolist() for column in self.calibration.apply(log_price, spread))
        return [PriceResponse(price=price, low=low, high=high, model=self.model) for price, low, high in zip(*columns, strict=True)]
