"""Wires random-forest: the trained artifact and the shared pricing routes."""

from dataclasses import dataclass

from anyio import to_thread
from fastapi import FastAPI

from common.artifact import read_artifact
from common.models.model_store import artifact_folder
from common.pricing_api.pricer import Pricer, ThreadedPricer
from common.pricing_api.pricer_app import ModelChanges, build_pricer_app
from random_forest.calibration import read_calibration
from random_forest.features import TextFeatures, load_tables
from random_forest.service import ForestPricer
from random_forest.settings import Settings

FORMAT_VERSION = 3
COMMAND = "uv run python -m training.random_forest_train"


@dataclass(frozen=True)
class Fakes:
    """What tests put in the place of the trained forest; None: the real thing."""

    pricer: Pricer | None = None


def create_app(fakes: Fakes | None = None, settings: Settings | None = None) -> FastAPI:
    """The service over artifacts/random-forest."""
    fakes = fakes or Fakes()

    async def load(_: FastAPI) -> Pricer:
        return fakes.pricer or ThreadedPricer(await to_thread.run_sync(load_pricer, settings))

    return build_pricer_app("random-forest", load, changes=ModelChanges(shadow=(settings or Settings()).shadow))


def load_pricer(settings: Settings | None = None) -> ForestPricer:
    """The pricer of artifacts/random-forest; ArtifactError says what is wrong with it and which command makes it."""
    from random_forest.onnx_forest import load_forest

    artifact = read_artifact(artifact_folder("random-forest"), format_version=FORMAT_VERSION, command=COMMAND)
    return ForestPricer(
        TextFeatures(load_tables(artifact.path("features.npz"))),
        load_forest(artifact.path("forest.onnx.xz"), (settings or Settings()).threads),
        read_calibration(artifact.meta.get("calibration")),
        artifact.version,
    )
