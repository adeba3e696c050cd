"""What a benchmark needs that a machine may lack, how it is told whether it is there, and the sentence for where it is not."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib.util import find_spec

from common.settings import shared_data_dir

DATA, TRAINING, SYSTEM, BROWSER, CADDY, POSTGRES, DOCKER, UV, GPU, GPU_TRAINING, VLLM = (
    "the shared data ($PRICER_DATA)",
    "what `make training` installs",
    "a running system",  # which the whole run starts itself
    "Chromium and its driver",
    "caddy",
    "PostgreSQL and the extra `postgres`",
    "a Docker engine with Compose",
    "uv",
    "a GPU",
    "torch and transformers (the extra `gpu`)",
    "vLLM",
)
PATIENCE = 30.0  # seconds for a program to say that it is there


def lacking(needs: Sequence[str]) -> list[str]:
    """Which of them are not here."""
    return [need for need in needs if not IS_HERE[need]()]


def _has(*modules: str) -> bool:
    return all(find_spec(module) is not None for module in modules)


def _has_postgres() -> bool:
    from tests.integration.postgres import find_postgres

    return find_postgres() is not None


def _answers(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    try:
        return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


IS_HERE: dict[str, Callable[[], bool]] = {
    DATA: lambda: shared_data_dir() is not None,
    TRAINING: lambda: _has("torch", "sklearn", "transformers", "onnx"),
    SYSTEM: lambda: True,
    BROWSER: lambda: all(shutil.which(name) for name in ("chromium", "chromedriver")),
    CADDY: lambda: shutil.which("caddy") is not None,
    POSTGRES: lambda: _has("psycopg") and _has_postgres(),
    DOCKER: lambda: _answers("docker", "version") and _answers("docker", "compose", "version"),
    UV: lambda: shutil.which("uv") is not None,
    GPU: lambda: _answers("nvidia-smi"),
    GPU_TRAINING: lambda: _has("torch", "transformers"),
    VLLM: lambda: _has("vllm"),
}
