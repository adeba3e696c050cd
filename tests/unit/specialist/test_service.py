"""The specialist's use case, over a fake language model."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from common.pricing import PriceRequest
from specialist.readout import UNCALIBRATED
from specialist.service import SpecialistPricer


class SpikeModel:
    """Puts nearly all probability on the dollar that the text names."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.texts += texts
        found = np.zeros((len(texts), 1000), np.float32)
        for row, text in zip(found, texts, strict=True):
            row[int(text.split()[-1])] = 50.0
        return found


def test_each_request_gets_its_own_price_in_order() -> None:
    requests = [PriceRequest(description=f"costs {dollars}") for dollars in (7, 250, 999)]
    answers = SpecialistPricer(SpikeModel(), UNCALIBRATED, "test").price(requests)
    assert [round(answer.price) for answer in answers] == [7, 250, 999]
    assert all(answer.low <= answer.price <= answer.high for answer in answers)
    assert {answer.model for answer in answers} == {"specialist@test"}


def test_the_model_sees_title_and_description() -> None:
    model = SpikeModel()
    SpecialistPricer(model, UNCALIBRATED, "test").price([PriceRequest(title="Lamp", description="costs 20")])
    assert model.texts == ["Lamp\ncosts 20"]


def test_no_request_asks_nothing() -> None:
    model = SpikeModel()
    assert SpecialistPricer(model, UNCALIBRATED, "test").price([]) == []
    assert model.texts == []
