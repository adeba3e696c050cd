"""Takes a served specialist's weights back out of its ONNX file, so that training can go on from them.

What its teachers once taught it need not be taught again, which matters where they are no longer at hand. Undoes what
small.export does: eight bits to floats. Knows nothing of data.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import load_file, save_file
from torch import Tensor

from specialist.price_classes import PriceClasses
from training.specialist.errors import BaseError
from training.specialist.small.pretraining import build_llama
from training.specialist.small.pricer import HEAD_FILE, LlamaPricer, head_of_dollars, last_states
from training.specialist.small.run import CLASSES, Shape

MODEL, TOKENIZER, BIAS = "model.onnx", "tokenizer.json", "price_bias"
DOLLARS_FILE = "dollar_head.safetensors"  # the layer over whole dollars of a specialist that had one
ZERO = 128  # of the unsigned bytes that hold the weights
_LAYER = re.compile(r"/(mlp/)?(\w+?_proj)(?:_(\d+))?/MatMul")


def is_served(folder: Path) -> bool:
    """Whether the folder is a specialist's artifact."""
    return (folder / MODEL).is_file() and not (folder / "config.json").is_file()


def restore(artifact: Path, folder: Path) -> Path:
    """Write the artifact's model to `folder`, as pre-training and tuning leave theirs; BaseError where it is no such file."""
    graph = onnx.load(artifact / MODEL).graph
    arrays = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    weights, products = _read(graph, arrays)
    if "prices" not in products or not any(name.startswith("model.layers.") for name in weights):
        raise BaseError(f"{artifact / MODEL} is none of our specialists: its layers are called otherwise")
    llama = build_llama(_shape(weights, head_width=arrays["cos"].shape[1]), len(weights["model.embed_tokens.weight"]))
    llama.load_state_dict(weights | {"lm_head.weight": weights["model.embed_tokens.weight"]})
    llama.save_pretrained(folder)
    head = products["prices"]
    if BIAS in arrays:
        save_file({"weight": head, "bias": torch.tensor(arrays[BIAS])}, folder / HEAD_FILE)
    else:
        save_file(head_of_dollars(head), folder / HEAD_FILE)
        save_file({"weight": head}, folder / DOLLARS_FILE)
    shutil.copyfile(artifact / TOKENIZER, folder / TOKENIZER)
    return folder


class ServedPricer(LlamaPricer):
    """A restored specialist of whole dollars as it was: its shares of dollars, parted among the price classes."""

    def __init__(self, folder: Path, device: str, max_text_tokens: int) -> None:
        super().__init__(folder, device, max_text_tokens)
        self.dollars = load_file(folder / DOLLARS_FILE)["weight"].to(device)

    def shares(self, ids: Tensor, last: Tensor) -> npt.NDArray[np.float16]:
        """Of one batch, [n, classes]; what lies past 999 dollars has none."""
        dollars = (last_states(self.model.model, ids, last) @ self.dollars.T).double().softmax(1)
        return in_classes(dollars.cpu().numpy())


def in_classes(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float16]:
    """Shares of whole dollars [n, dollars] as shares of the price classes [n, classes]."""
    reached = np.concatenate((np.zeros((len(shares), 1)), shares.cumsum(1)), 1)
    edges = PriceClasses.dollars(shares.shape[1]).edges
    at_edges = np.stack([np.interp(CLASSES.edges, edges, row) for row in reached])
    found = np.diff(at_edges, axis=1)
    return np.asarray(found / found.sum(1, keepdims=True), np.float16)


def _read(graph: Any, arrays: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """(the Llama's weights by its own names, the other products' weights by theirs), in fp32."""
    weights = {f"model.{name}": torch.tensor(array) for name, array in arrays.items() if name.endswith("norm.weight")}
    weights["model.embed_tokens.weight"] = torch.tensor(arrays["embed.table"].astype(np.float32) * arrays["embed.scale"])
    products: dict[str, Tensor] = {}
    for node in graph.node:
        if node.op_type != "MatMulNBits":
            continue
        matrix = _matrix(node, arrays)
        if found := _LAYER.match(node.name):
            part = "mlp" if found[1] else "self_attn"
            weights[f"model.layers.{found[3] or 0}.{part}.{found[2]}.weight"] = matrix
        else:
            products[node.name.strip("/").partition("/")[0]] = matrix
    return weights, products


def _matrix(node: Any, arrays: Mapping[str, Any]) -> Tensor:
    """Weights [out, in] of a product in bytes with a scale for each block."""
    width = next(each.i for each in node.attribute if each.name == "K")
    packed, scales = arrays[node.input[1]], arrays[node.input[2]].reshape(arrays[node.input[1]].shape[:2])
    values = (packed.astype(np.float32) - ZERO) * scales[..., None]
    return torch.tensor(values.reshape(len(values), -1)[:, :width])


def _shape(weights: dict[str, Tensor], head_width: int) -> Shape:
    first = {name.rpartition("layers.0.")[2]: tensor for name, tensor in weights.items() if ".layers.0." in name}
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("model.layers."))
    inner, width = first["mlp.gate_proj.weight"].shape
    heads, kv_heads = (len(first[f"self_attn.{name}_proj.weight"]) // head_width for name in ("q", "k"))
    return Shape(layers, width, inner, heads, kv_heads)
