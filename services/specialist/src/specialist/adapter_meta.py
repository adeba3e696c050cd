"""What an adapter's meta.json says of it: how its intervals are calibrated, and how its texts were cut. Loads no weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from common.artifact import read_artifact
from common.errors import ArtifactError
from specialist.fourth_digit import is_long
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import UNCALIBRATED, Calibration, read_prices

FORMAT_VERSION = 1
COMMAND = "uv run python -m training.specialist_train --preset seed"
TEXT_TOKENS = 160  # what the published recipe trains on


@dataclass(frozen=True)
class Adapter:
    """`version` is empty where nothing is known of the adapter. `classes`: whole dollars to 999, or to 9999."""

    calibration: Calibration
    max_text_tokens: int
    version: str
    classes: PriceClasses = WHOLE_DOLLARS


def classes_of(meta: Mapping[str, Any], where: Path, command: str) -> PriceClasses:
    """The price classes that a meta.json names, whole dollars where it names none; ArtifactError where they make no sense."""
    try:
        return PriceClasses.read(meta["classes"]) if "classes" in meta else WHOLE_DOLLARS
    except (KeyError, TypeError, ValueError) as exc:
        raise ArtifactError(f"{where / 'meta.json'} names no usable price classes ({exc!r}); make it with: {command}") from exc


def token_classes_of(meta: Mapping[str, Any], where: Path) -> PriceClasses:
    """Those of an adapter: to $999 where it names none, as the published recipe; ArtifactError for classes that are no tokens."""
    classes = classes_of(meta, where, COMMAND)
    try:
        is_long(classes)
    except ValueError as exc:
        raise ArtifactError(f"{where / 'meta.json'} names {exc}; make it with: {COMMAND}") from exc
    return classes


def calibration_of(meta: Mapping[str, Any], where: Path, command: str) -> Calibration:
    """The calibration in a meta.json, tried on an even distribution; ArtifactError where it is missing or makes no sense."""
    try:
        calibration = Calibration.read(meta["calibration"])
        levels = np.array([calibration.prices, calibration.low_levels, calibration.high_levels], np.float64)
        is_ascending = levels.size and np.isfinite(levels).all() and levels[0, 0] > 0 and (np.diff(levels[0]) > 0).all()
        if not is_ascending or not ((levels[1:] >= 0) & (levels[1:] <= 1)).all():
            raise ValueError("prices must ascend and levels lie in 0..1")
        read_prices(np.zeros((1, len(WHOLE_DOLLARS))), calibration)
    except KeyError as exc:
        raise ArtifactError(f"{where / 'meta.json'} lacks {exc}; make it with: {command}") from exc
    except (TypeError, ValueError) as exc:
        raise ArtifactError(f"{where / 'meta.json'} holds no usable calibration ({exc}); make it with: {command}") from exc
    return calibration


def read_adapter(name: str, base_model: str = "") -> Adapter:
    """Facts of the adapter in the folder `name`, whose files are checked. Without a meta.json its intervals are uncalibrated."""
    folder = Path(name)
    if not name or not (folder / "meta.json").is_file():
        if name and "/" in name.strip("/") and folder.is_absolute() and not folder.is_dir():
            raise ArtifactError(f"SPECIALIST_ADAPTER={name} is no folder; make it with: {COMMAND}")
        structlog.get_logger().warning("uncalibrated", adapter=name or "none", why="no meta.json: low..high are raw quantiles")
        return Adapter(UNCALIBRATED, TEXT_TOKENS, "")
    artifact = read_artifact(folder, format_version=FORMAT_VERSION, command=COMMAND)
    trained_on = str(artifact.meta.get("base") or "")
    if trained_on and base_model and Path(trained_on).name != Path(base_model).name:
        structlog.get_logger().warning("another_base", adapter=name, trained_on=trained_on, serving=base_model)
    tokens = artifact.meta.get("max_text_tokens")
    text_tokens = tokens if isinstance(tokens, int) and tokens > 0 else TEXT_TOKENS
    return Adapter(
        calibration_of(artifact.meta, folder, COMMAND), text_tokens, artifact.version, token_classes_of(artifact.meta, folder)
    )
