"""Which models answer now, what a candidate beside one says, and whether they still fit what they price: asked of the services."""

import asyncio
from dataclasses import dataclass

from dashboard.models.schemas import DriftFigures, ModelsInUse, Shadow
from dashboard.peers import Part, Peers

# What a figure of drift is called, and whether it is a share.
WORDS = {
    "psi": ("Estimates against training", False),
    "unknown_share": ("Products near which nothing is known", True),
    "degraded_share": ("Answers that lack a part", True),
    "interval_coverage": ("Found-out prices in their 80 % interval", True),
}


@dataclass(frozen=True)
class InUse:
    """By service; `candidates`: those that price beside one. `drift`: of the last look."""

    services: dict[str, Part[ModelsInUse]]
    drift: Part[DriftFigures]

    @property
    def candidates(self) -> list[tuple[str, Shadow]]:
        """With the service beside which each prices."""
        told = [(name, part.value.shadow) for name, part in self.services.items() if part.value]
        return [(name, shadow) for name, shadow in told if shadow]


async def models_in_use(peers: Peers) -> InUse:
    """All of it, asked for at once."""
    names = [name for name in peers.clients if name not in ("scanner", "notifier")]
    asked = (peers.part(peers.one(name, "/models", ModelsInUse)) for name in names)
    found, drift = await asyncio.gather(asyncio.gather(*asked), peers.part(peers.one("scanner", "/drift", DriftFigures)))
    return InUse(dict(zip(names, found, strict=True)), drift)
