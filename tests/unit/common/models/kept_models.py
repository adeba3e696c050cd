"""Artifacts of one file, and a service whose prices are what that file says."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from common.artifact import read_artifact, write_meta
from common.errors import ArtifactError
from common.models.canary import BUILT_IN, Canary, read_canary
from common.models.generation import Opened, Outside, Service
from common.models.model_store import ModelStore, artifact_folder
from common.models.reloader import Reloader
from common.models.standing import read_meta
from common.pricing import PriceRequest, PriceResponse

NAME = "random-forest"


def make(folder: Path, price: float, **facts: object) -> str:
    """An artifact that says one price for all; its version."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "price.json.part"
    part.write_text(json.dumps(price))
    part.replace(folder / "price.json")
    data = {"data": {"rows.jsonl": "0" * 64}}
    return write_meta(folder, format_version=1, command="make", files=["price.json"], **(data | facts)).version


class OnePrice:
    """Prices all alike, as long as it is open; `held` makes it wait."""

    def __init__(self, folder: Path, version: str) -> None:
        self.amount = json.loads((folder / "price.json").read_text())
        self.model, self.is_open = f"{NAME}@{version}", True
        self.held = asyncio.Event()
        self.held.set()

    async def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        await self.held.wait()
        assert self.is_open, "asked after it was closed"
        one = PriceResponse(price=self.amount, low=self.amount / 2, high=self.amount * 2, model=self.model)
        return [one for _ in requests]

    def close(self) -> None:
        self.is_open = False


async def open_one(closing: AsyncExitStack) -> Opened:
    artifact = read_artifact(artifact_folder(NAME), format_version=1, command="make")
    pricer = OnePrice(artifact.folder, artifact.version)
    closing.callback(pricer.close)
    return Opened(pricer, pricer.model, canary_in(artifact.folder))


def canary_in(folder: Path) -> Canary:
    try:
        return read_canary(read_meta(folder))
    except ArtifactError:
        return BUILT_IN


def reloader_over(tmp_path: Path, linger: float = 0.0) -> Reloader:
    """Of a service over artifacts/random-forest in `tmp_path`, to which ARTIFACTS_DIR and VAR_DIR must point."""
    store = ModelStore(tmp_path / "var" / "models", tmp_path / "artifacts")
    made = Reloader(Service(NAME, (NAME,), linger=linger), open_one, Outside(store=store))
    made.keeps = True
    return made
