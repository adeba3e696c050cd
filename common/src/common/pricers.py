"""The pricers that the ensemble asks. Whoever starts, asks, shows, evaluates or weighs them all reads this list.

A pricer of this list is a service that speaks the pricing API; `<module>.app` has load_pricer() for whoever wants it in process.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from common.service_address import ServiceAddress


@dataclass(frozen=True)
class PricerService(ServiceAddress):
    """`made_by`: the training command (python -m) that makes artifacts/<name>."""

    made_by: str


PRICERS = (
    PricerService("specialist", 8001, "training.specialist_train"),
    PricerService("frontier-rag", 8002, "training.frontier_rag_index"),
    PricerService("random-forest", 8003, "training.random_forest_train"),
)


def pricer_urls(pricers: Iterable[PricerService] = PRICERS) -> dict[str, str]:
    """Where each pricer answers, by its name."""
    return {pricer.name: pricer.url for pricer in pricers}
