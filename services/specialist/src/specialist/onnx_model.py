"""The small Llama on ONNX Runtime. The only file of the service that knows onnxruntime and tokenizers."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnxruntime
import structlog
from tokenizers import Tokenizer

from specialist.kernel import Kernel, measure
from specialist.onnx_graph import write_float_form, write_probe
from specialist.prompt import MAX_TEXT_TOKENS, PromptEncoder

PAD_TO = 8  # tokens
# Texts in one forward pass. On two cores 4 gave 64 texts/s in 227 MB, 32 gave 46 in 674 MB: more do not fit the caches.
BATCH = 4
# Rows of the products that are timed, on one thread: the kernels compare as they do at 160 and on two, and runs of a few
# milliseconds on one core find a quiet moment on a machine that starts seven services at once.
PROBED_TOKENS = 48


class OnnxPriceModel:
    """One forward pass a batch. Rows are padded to the longest of their own batch, so short texts cost less.

    `kernel`: int8 runs the file as it is, the same prices to the bit as training calibrated; float32 expands its 8-bit weights,
    which moves prices by 0.5 % at the median; auto times both.
    """

    def __init__(
        self, model: Path, tokenizer: Path, *, threads: int = 0, batch: int = BATCH, kernel: Kernel | Literal["auto"] = "int8"
    ) -> None:
        self.kernel, self.session = _open_chosen(model, kernel, threads)
        loaded = Tokenizer.from_file(str(tokenizer))
        loaded.no_truncation()
        self.encoder = PromptEncoder(lambda text: loaded.encode(text, add_special_tokens=False).ids)
        self.batch = batch

    def warm_up(self) -> None:
        """Take what a batch of the longest texts takes: else that comes in a step after hours, and looks like a leak."""
        self._forward([self.encoder.around([1] * MAX_TEXT_TOKENS)] * self.batch)

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[n, 1000] price logits."""
        prompts = [self.encoder.ids(text) for text in texts]
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        found: dict[int, npt.NDArray[np.float32]] = {}
        for chosen in _chunks(order, self.batch):
            found.update(zip(chosen, self._forward([prompts[index] for index in chosen]), strict=True))
        return np.stack([found[index] for index in range(len(prompts))])

    def _forward(self, prompts: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        lengths = np.array([len(ids) for ids in prompts])
        # To the right, where causal attention never looks. Odd numbers of rows take another kernel, whose rounding of
        # activations moved a price by 2.5 %: with whole eights a text gets the same price alone and in a batch.
        padded = np.zeros((len(prompts), -(-int(lengths.max()) // PAD_TO) * PAD_TO), np.int64)
        for row, ids in zip(padded, prompts, strict=True):
            row[: len(ids)] = ids
        (logits,) = self.session.run(None, {"input_ids": padded, "last": lengths - 1})
        return np.asarray(logits, np.float32)


def _open_chosen(model: Path, kernel: Kernel | Literal["auto"], threads: int) -> tuple[Kernel, onnxruntime.InferenceSession]:
    if kernel == "int8":
        return kernel, _open(model, threads)
    try:
        with tempfile.TemporaryDirectory(prefix="specialist-", ignore_cleanup_errors=True) as name:
            chosen = _faster(model, Path(name)) if kernel == "auto" else kernel
            return chosen, _open(write_float_form(model, Path(name)) if chosen == "float32" else model, threads)
    except OSError as exc:
        if kernel != "auto":
            raise
        structlog.get_logger().warning("kernel_not_chosen", kernel="int8", why=f"no room for a temporary file: {exc}")
        return "int8", _open(model, threads)


def _faster(model: Path, folder: Path) -> Kernel:
    """Times a few products of the model in both forms; what it found is logged."""
    probe = write_probe(model, folder)
    if not probe:
        return "int8"
    random = np.random.default_rng(0)
    rows = {name: random.standard_normal((PROBED_TOKENS, width), np.float32) for name, width in probe.inputs.items()}
    sessions = [_open(path, threads=1) for path in (probe.path, write_float_form(probe.path, folder))]
    times = measure(*(partial(session.run, None, rows) for session in sessions))
    milliseconds = {f"{name}_ms": round(1e3 * seconds, 2) for name, seconds in asdict(times).items()}
    structlog.get_logger().info("kernel_chosen", kernel=times.faster, **milliseconds)
    return times.faster


def _open(model: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Workers that spin between operators would take the cores from the services beside this one.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # One is kept for each shape that ever came and takes a block of its own size: 22 MB more after 1,500 texts, and no faster.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _chunks(order: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
