"""The use case: texts in, prices with intervals out, read off a distribution over dollar classes. Knows no model library."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from common.pricing import PriceRequest, PriceResponse
from specialist.readout import Calibration, read_prices


class PriceModel(Protocol):
    """A language model, asked for the price alone."""

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[n, 1000]: the next-token logits of the tokens 0..999 after the prompt of each text."""
        ...


class SpecialistPricer:
    """Prices requests by their text."""

    def __init__(self, price_model: PriceModel, calibration: Calibration, name: str) -> None:
        self.price_model, self.calibration = price_model, calibration
        self.model = f"specialist@{name}"

    def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        """One result for each request."""
        if not requests:
            return []
        readings = read_prices(self.price_model.logits([request.text for request in requests]), self.calibration)
        return [PriceResponse(price=each.price, low=each.low, high=each.high, model=self.model) for each in readings]

    def close(self) -> None:
        """Give back what the model holds beside memory, such as connections."""
        close = getattr(self.price_model, "close", None)
        if close:
            close()
