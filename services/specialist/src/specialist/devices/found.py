"""Which devices SPECIALIST_DEVICES names. Loads no torch into this process: it would bring 300 MB that only the workers need."""

import os
import subprocess
import sys

from common.errors import ArtifactError

ALL = "all"
_COUNT = "import torch; print(torch.cuda.device_count())"
_SECONDS = 120.0  # torch is read from a cold disk


def device_names(setting: str, *, counts_cards: bool = True) -> list[str]:
    """The names as CUDA_VISIBLE_DEVICES takes them: numbers, or UUIDs of cards and parts of cards. `all`: every one that is there.

    ArtifactError where there is none. Without `counts_cards`, on the CPU, `all` is one.
    """
    if setting.strip().lower() != ALL:
        names = [name.strip() for name in setting.split(",") if name.strip()]
        return list(dict.fromkeys(names))
    if not counts_cards:
        return ["0"]
    names = visible_cards()
    if not names:
        raise ArtifactError("SPECIALIST_DEVICES=all finds no CUDA device; without one use SPECIALIST_BACKEND=onnx")
    return names


def visible_cards(command: tuple[str, ...] = (sys.executable, "-c", _COUNT)) -> list[str]:
    """The cards that torch finds, by the names of CUDA_VISIBLE_DEVICES where set. ArtifactError where it cannot be asked."""
    try:
        counted = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603
        count = int(counted.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as exc:
        why = (getattr(exc, "stderr", "") or str(exc)).strip().splitlines()[-1:]
        raise ArtifactError(f"SPECIALIST_DEVICES=all: the GPUs cannot be counted ({''.join(why)}); name them: 0,1") from exc
    given = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return (given or [str(number) for number in range(count)])[:count]
