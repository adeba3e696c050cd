"""Sentence embeddings of product texts: all-MiniLM-L6-v2 in ONNX Runtime, the only place that knows tokens.

Made by training/embedder_export.py. Knows nothing of prices or stores.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Tokenizer

from common.artifact import Artifact, read_artifact

FORMAT_VERSION = 1
COMMAND = "uv run python -m training.embedder_export"
MODEL_FILE, TOKENIZER_FILE = "model.onnx", "tokenizer.json"
DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained with; the rest of a longer text is not seen
Vectors = npt.NDArray[np.float32]


class Embedder:
    """Embeds texts, `threads` of them at a time."""

    def __init__(self, artifact: Artifact, threads: int = 2) -> None:
        self.version = artifact.version
        self._tokenizer = Tokenizer.from_file(str(artifact.path(TOKENIZER_FILE)))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._session = _open_session(artifact.path(MODEL_FILE))
        self._wide = _open_session(artifact.path(MODEL_FILE), threads) if threads > 1 else self._session
        self._under_way, self._counting = 0, Lock()
        self._threads, self._pool = threads, ThreadPoolExecutor(threads, thread_name_prefix="embed")

    @classmethod
    def load(cls, folder: Path, threads: int = 2) -> "Embedder":
        """Read the artifact in `folder`; ArtifactError when it is missing or foreign."""
        return cls(read_artifact(folder, format_version=FORMAT_VERSION, command=COMMAND), threads)

    def warm_up(self) -> None:
        """Take what the longest texts take: else that comes over the first thousands of texts, and looks like a leak."""
        list(self._pool.map(partial(_run, self._session), [[1] * MAX_TOKENS] * self._threads))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 [len(texts), 384]. A text's vector does not depend on the texts beside it.

        Each text runs by itself: the activations' 8-bit range is taken over everything that runs together, and without
        padding this is as fast as a batch (91 against 87 texts a second on a core). A lone text gets all threads, which takes
        a fifth off its time; several at a time use the cores better with a thread each. The vectors are the same to the bit.
        """
        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        with self._counting:
            session = self._wide if len(tokens) == 1 and not self._under_way else self._session
            self._under_way += 1
        try:
            run = partial(_run, session)
            vectors = [run(tokens[0])] if len(tokens) == 1 else list(self._pool.map(run, tokens))
        finally:
            with self._counting:
                self._under_way -= 1
        return np.concatenate(vectors)


def _run(session: ort.InferenceSession, tokens: list[int]) -> Vectors:
    ids = np.array([tokens], np.int64)
    (vector,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    return np.asarray(vector, np.float32)


def _open_session(path: Path, threads: int = 1) -> ort.InferenceSession:
    _share_arena()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # the cores are for the next request
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.enable_mem_pattern = False  # one is kept for each length that ever came, and takes a block of its own size
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def _share_arena() -> None:
    """One arena for all sessions of the process: with one each, both grow to what the longest texts take (20 MB more)."""
    memory = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    as_usual = {"max_mem": 0, "arena_extend_strategy": 0, "initial_chunk_size_bytes": -1, "max_dead_bytes_per_chunk": -1}
    ort.create_and_register_allocator(memory, ort.OrtArenaCfg(as_usual))
