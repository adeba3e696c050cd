"""Wires the specialist: the model of the chosen backend, its calibration, and the shared pricing routes."""

from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI

from common.artifact import read_artifact
from common.errors import ArtifactError
from common.pricer_app import Pricer, ThreadedPricer, build_pricer_app
from common.settings import artifacts_dir
from specialist.readout import UNCALIBRATED, Calibration
from specialist.service import SpecialistPricer
from specialist.settings import Settings

FORMAT_VERSION = 1
COMMAND = "uv run python -m training.specialist_train --preset small"


def create_app(pricer: Pricer | None = None) -> FastAPI:
    """The service. Tests pass a `pricer`; production loads the model that SPECIALIST_BACKEND names."""

    async def load(_: FastAPI) -> Pricer:
        return pricer or ThreadedPricer(await to_thread.run_sync(load_pricer))

    return build_pricer_app("specialist", load)


def load_pricer() -> SpecialistPricer:
    """The pricer of the configured backend; ArtifactError says what is missing and what to do."""
    settings = Settings()
    return _load_cuda(settings) if settings.backend == "cuda" else _load_onnx(settings)


def _load_onnx(settings: Settings) -> SpecialistPricer:
    from specialist.onnx_model import BATCH, OnnxPriceModel

    artifact = read_artifact(artifacts_dir() / "specialist", format_version=FORMAT_VERSION, command=COMMAND)
    try:
        calibration = Calibration.read(artifact.meta["calibration"])
    except KeyError as exc:
        raise ArtifactError(f"{artifact.folder / 'meta.json'} lacks {exc}; make it with: {COMMAND}") from exc
    model = OnnxPriceModel(
        artifact.path("model.onnx"), artifact.path("tokenizer.json"), threads=settings.threads, batch=settings.batch or BATCH
    )
    return SpecialistPricer(model, calibration, artifact.version)


def _load_cuda(settings: Settings) -> SpecialistPricer:
    try:
        from specialist.cuda_model import BATCH, Base, CudaPriceModel
    except ImportError as exc:
        raise ArtifactError(f"SPECIALIST_BACKEND=cuda needs the extra gpu ({exc}); install it with: uv sync --extra gpu") from exc
    base = Base(settings.base_model, settings.adapter, settings.quantization, settings.device)
    model = CudaPriceModel(base, max_text_tokens=settings.max_text_tokens, batch=settings.batch or BATCH)
    return SpecialistPricer(model, UNCALIBRATED, _name(settings))


def _name(settings: Settings) -> str:
    adapter = f"+{Path(settings.adapter).name}" if settings.adapter else ""
    return f"{Path(settings.base_model).name}{adapter}-{settings.quantization}"
