"""All that speak the pricing API, started over a pricer that answers at once."""

import importlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from starlette.testclient import TestClient

from common.pricers import PRICERS
from common.pricing import PricedItem, PriceRequest, PriceResponse

SPEAKERS = ("ensemble", *(pricer.module for pricer in PRICERS))


class LengthPricer:
    """Prices by the length of the text."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        return [PriceResponse(price=len(each.text), low=1, high=10_000, model="length@7") for each in requests]


@contextmanager
def speaking(module: str) -> Iterator[TestClient]:
    """A client of the service, ready. Settings come from the environment."""
    service = importlib.import_module(f"{module}.app")
    app = service.create_app(service.Fakes(LengthPricer()))
    with TestClient(app) as client:
        for _ in range(500):
            if client.get("/readyz").status_code == 200:
                break
            time.sleep(0.01)
        yield client
