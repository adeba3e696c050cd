"""The use case: texts in, prices with intervals out, read off a distribution over classes of price. Knows no model library."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from common.pricing import PriceRequest, PriceResponse
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import Calibration, read_prices


class PriceModel(Protocol):
    """A language model, asked for the price alone."""

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[n, classes]: for each text the logits of the price classes."""
        ...


class SpecialistPricer:
    """Prices requests by their text. `classes`: what the model's distribution is over."""

    def __init__(self, price_model: PriceModel, calibration: Calibration, name: str, classes: PriceClasses = WHOLE_DOLLARS) -> None:
        self.price_model, self.calibration, self.classes = price_model, calibration, classes
        self.model = f"specialist@{name}"

    def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        """One result for each request."""
        if not requests:
            return []
        logits = self.price_model.logits([request.text for request in requests])
        readings = read_prices(logits, self.calibration, self.classes)
        return [PriceResponse(price=each.price, low=each.low, high=each.high, model=self.model) for each in readings]

    def close(self) -> None:
        """Give back what the model holds beside memory, such as connections."""
        close = getattr(self.price_model, "close", None)
        if close:
            close()
