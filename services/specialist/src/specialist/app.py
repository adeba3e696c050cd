"""Wires the specialist: the model of the chosen backend, its calibration, batching, and the shared pricing routes."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI

from common.artifact import read_artifact
from common.errors import ArtifactError
from common.models.model_store import artifact_folder
from common.pricing_api.pricer import LocalPricer, Pricer
from common.pricing_api.pricer_app import ModelChanges, build_pricer_app
from specialist.adapter_meta import Adapter, calibration_of, classes_of, read_adapter
from specialist.batched_pricer import BatchedPricer
from specialist.batching import Limits
from specialist.devices.fleet import process_fleet
from specialist.devices.found import device_names
from specialist.metrics import BatchingMetrics, DeviceMetrics
from specialist.service import SpecialistPricer
from specialist.settings import Settings

FORMAT_VERSION = 2
COMMAND = "uv run python -m training.specialist_train --preset small"
# Texts collected for a batch, and batches under way. On a GPU 24 texts of 160 tokens fill one row of SPECIALIST_BATCH_TOKENS, and
# while one batch computes the other is tokenised and queued behind it.
COLLECTED = {"onnx": (4, 1), "cuda": (24, 2), "openai": (32, 4)}


@dataclass(frozen=True)
class Fakes:
    """What tests and benchmarks plug in: a whole `pricer`, or what `load`s the one that is batched, in each device's process where
    there are several. None: the real thing.
    """

    pricer: Pricer | None = None
    load: Callable[[], LocalPricer] | None = None


def create_app(fakes: Fakes | None = None, settings: Settings | None = None) -> FastAPI:
    """The service. SPECIALIST_BACKEND names the model."""
    fakes = fakes or Fakes()

    async def load_batched(app: FastAPI) -> Pricer:
        if fakes.pricer:
            return fakes.pricer
        chosen = settings or Settings()
        if chosen.devices:
            return await load_fleet(app, chosen)
        if kernel := getattr(app.state, "kernel", None):
            chosen = chosen.model_copy(update={"kernel": kernel})  # it is timed once: that takes the cores of those who ask
        local = await to_thread.run_sync(fakes.load or partial(load_pricer, chosen))
        batched = BatchedPricer(local, limits_of(chosen), metrics)
        if isinstance(local, SpecialistPricer):
            app.state.while_used.callback(local.close)
            if kernel := getattr(local.price_model, "kernel", None):
                app.state.kernel = kernel
                metrics.kernel.labels(kernel).set(1)
        app.state.while_used.push_async_callback(batched.batcher.aclose)
        return batched

    async def load_fleet(app: FastAPI, chosen: Settings) -> Pricer:
        names = await to_thread.run_sync(partial(device_names, chosen.devices, counts_cards=chosen.backend == "cuda"))
        limits = limits_of(chosen, len(names))
        load = fakes.load or partial(load_pricer, on_one_device(chosen, len(names)))
        fleet = process_fleet(names, load, limits.workers // len(names), device_metrics)
        app.state.while_used.callback(fleet.close)
        await to_thread.run_sync(fleet.open, abandon_on_cancel=True)
        app.state.lacking = fleet.missing
        batched = BatchedPricer(fleet, limits, metrics)
        app.state.while_used.push_async_callback(batched.batcher.aclose)
        return batched

    given = settings or Settings()
    app = build_pricer_app("specialist", load_batched, changes=ModelChanges(refusal=_refusal(given), shadow=given.shadow))
    metrics, device_metrics = BatchingMetrics(app.state.metrics.registry), DeviceMetrics(app.state.metrics.registry)
    return app


def _refusal(settings: Settings) -> str:
    """Two models do not fit beside each other on a GPU or its process, and an endpoint's model is not ours to change."""
    if settings.backend == "onnx" and not settings.devices:
        return ""
    setting = f"SPECIALIST_DEVICES={settings.devices}" if settings.devices else f"SPECIALIST_BACKEND={settings.backend}"
    return f"{setting} takes another model at its next start: start the processes anew one by one"


def limits_of(settings: Settings, devices: int = 1) -> Limits:
    """How the backend's requests are collected; as many more may wait as there are devices that take them."""
    batch, workers = COLLECTED[settings.backend]
    return Limits(
        batch=settings.batch or batch,
        queue=devices * settings.queue,
        wait=settings.queue_seconds,
        workers=devices * (settings.workers or workers),
        devices=devices,
    )


def on_one_device(settings: Settings, devices: int) -> Settings:
    """What one of several devices' processes is told. On the CPU they share the cores."""
    threads = settings.threads or max(1, (os.cpu_count() or 1) // devices)
    return settings.model_copy(update={"devices": "", "threads": threads})


def load_pricer(settings: Settings | None = None) -> SpecialistPricer:
    """The pricer of the configured backend; ArtifactError says what is missing and what to do."""
    settings = settings or Settings()
    return {"onnx": _load_onnx, "cuda": _load_cuda, "openai": _load_openai}[settings.backend](settings)


def _load_onnx(settings: Settings) -> SpecialistPricer:
    from specialist.onnx_model import BATCH, OnnxPriceModel

    artifact = read_artifact(artifact_folder("specialist"), format_version=FORMAT_VERSION, command=COMMAND)
    calibration = calibration_of(artifact.meta, artifact.folder, COMMAND)
    classes = classes_of(artifact.meta, artifact.folder, COMMAND)
    model = OnnxPriceModel(
        artifact.path("model.onnx"),
        artifact.path("tokenizer.json"),
        threads=settings.threads,
        batch=settings.batch or BATCH,
        kernel=settings.kernel,
    )
    model.warm_up()
    return SpecialistPricer(model, calibration, artifact.version, classes)


def _load_cuda(settings: Settings) -> SpecialistPricer:
    adapter = read_adapter(settings.adapter, settings.base_model)
    try:
        from specialist.cuda.convert import choose
        from specialist.cuda.load import Base
        from specialist.cuda.model import CudaPriceModel, Speed
    except ImportError as exc:
        raise ArtifactError(f"SPECIALIST_BACKEND=cuda needs the extra gpu ({exc}); install it with: uv sync --extra gpu") from exc
    base = Base(settings.base_model, settings.adapter, settings.quantization, settings.device)
    model = CudaPriceModel(
        base,
        max_text_tokens=settings.max_text_tokens or adapter.max_text_tokens,
        batch_tokens=settings.batch_tokens,
        speed=Speed(settings.compile, settings.cache_dir),
        classes=adapter.classes,
    )
    quantization = choose(settings.quantization, settings.device)
    return SpecialistPricer(model, adapter.calibration, _name(settings, adapter, quantization), adapter.classes)


def _load_openai(settings: Settings) -> SpecialistPricer:
    from specialist.openai_model import OpenAIPriceModel

    if not settings.openai_base_url or not settings.openai_model:
        raise ArtifactError("SPECIALIST_BACKEND=openai needs SPECIALIST_OPENAI_BASE_URL and SPECIALIST_OPENAI_MODEL")
    adapter = read_adapter(settings.adapter)
    model = OpenAIPriceModel(settings, settings.max_text_tokens or adapter.max_text_tokens, classes=adapter.classes)
    return SpecialistPricer(model, adapter.calibration, f"{settings.openai_model.rpartition('/')[2]}-openai", adapter.classes)


def _name(settings: Settings, adapter: Adapter, quantization: str) -> str:
    name = f"+{Path(settings.adapter).name}" if settings.adapter else ""
    version = f"@{adapter.version}" if adapter.version else ""
    return f"{Path(settings.base_model).name}{name}{version}-{quantization}"
