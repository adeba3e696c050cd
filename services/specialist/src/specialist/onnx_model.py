"""The small Llama on ONNX Runtime. The only file of the service that knows onnxruntime and tokenizers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from specialist.prompt import PromptEncoder

PAD_TO = 8  # tokens
# Texts in one forward pass. On two cores 4 gave 64 texts/s in 227 MB, 32 gave 46 in 674 MB: more do not fit the caches.
BATCH = 4


class OnnxPriceModel:
    """One forward pass a batch. Rows are padded to the longest of their own batch, so short texts cost less."""

    def __init__(self, model: Path, tokenizer: Path, *, threads: int = 0, batch: int = BATCH) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Workers that spin between operators would take the cores from the services beside this one.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        loaded = Tokenizer.from_file(str(tokenizer))
        loaded.no_truncation()
        self.encoder = PromptEncoder(lambda text: loaded.encode(text, add_special_tokens=False).ids)
        self.batch = batch

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


def _chunks(order: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
