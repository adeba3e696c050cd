"""Wires the ensemble: trained weights, the three pricers over HTTP, and the shared pricing routes."""

import asyncio
import time

from fastapi import FastAPI

from common.artifact import read_artifact
from common.pricer_app import Pricer, build_pricer_app
from common.pricing import EXAMPLE, PriceRequest, PriceResponse
from common.settings import artifacts_dir
from ensemble.combine import COMMAND, FORMAT_VERSION, load_weights
from ensemble.service import Budget, Ensemble, Peer
from ensemble.settings import Settings


def create_app(pricer: Pricer | None = None) -> FastAPI:
    """The front door. Tests pass a `pricer`; production asks the three services."""

    async def load(app: FastAPI) -> Pricer:
        return pricer or await _load_ensemble(app)

    return build_pricer_app("ensemble", load)


def build_ensemble(peers: dict[str, Peer], budget: Budget) -> Ensemble:
    """An ensemble over any peers, with the weights of artifacts/ensemble."""
    artifact = read_artifact(artifacts_dir() / "ensemble", format_version=FORMAT_VERSION, command=COMMAND)
    return Ensemble(peers, load_weights(artifact.path("weights.json")), artifact.version, budget)


async def _load_ensemble(app: FastAPI) -> Ensemble:
    from ensemble.peers import HttpPeer, open_session

    settings = Settings()
    session = await app.state.resources.enter_async_context(open_session())
    peers: dict[str, Peer] = {name: HttpPeer(name, url, session) for name, url in settings.pricers.items()}
    ensemble = build_ensemble(peers, Budget(settings.timeout, settings.batch_timeout_per_item))
    await _wait_for_pricers(ensemble, settings.patience)
    return ensemble


async def _wait_for_pricers(ensemble: Ensemble, patience: float) -> None:
    """Return when all pricers answer, or after `patience` seconds as soon as one does."""
    until = time.monotonic() + patience
    while True:
        (result,) = await ensemble.price([PriceRequest(description=EXAMPLE)])
        if isinstance(result, PriceResponse) and (len(result.estimates) == len(ensemble.peers) or time.monotonic() > until):
            return
        await asyncio.sleep(0.5)
