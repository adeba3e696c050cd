"""Takes a served specialist's weights back out of its ONNX file, so that training can go on from them.

What its teachers once taught it need not be taught again, which matters where they are no longer at hand. Undoes what
small.export does: eight bits to floats. Knows nothing of data.
"""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from torch import Tensor

from training.specialist.errors import BaseError
from training.specialist.small.pretraining import build_llama
from training.specialist.small.pricer import HEAD_FILE, head_of_dollars
from training.specialist.small.run import CLASSES, Shape

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
ZERO = 128  # of the unsigned bytes that hold the weights
_LAYER = re.compile(r"/(mlp/)?(\w+?_proj)(?:_(\d+))?/MatMul")
HEAD_WIDTH = 64  # of every small model's attention heads


def is_served(folder: Path) -> bool:
    """Whether the folder is a specialist's artifact."""
    return (folder / MODEL).is_file() and not (folder / "config.json").is_file()


def restore(artifact: Path, folder: Path) -> Path:
    """Write the artifact's model to `folder`, as pre-training and tuning leave theirs; BaseError where it is no such file."""
    weights, products = _read(artifact / MODEL)
    layers = {name: tensor for name, tensor in weights.items() if name.startswith("model.layers.")}
    if not layers or "prices" not in products:
        raise BaseError(f"{artifact / MODEL} is none of our specialists: its layers are called otherwise")
    llama = build_llama(_shape(weights), len(weights["model.embed_tokens.weight"]))
    llama.load_state_dict(weights | {"lm_head.weight": weights["model.embed_tokens.weight"]})
    llama.save_pretrained(folder)
    head = products["prices"]
    save_file({"weight": (head if len(head) == len(CLASSES) else head_of_dollars(head)).contiguous()}, folder / HEAD_FILE)
    shutil.copyfile(artifact / TOKENIZER, folder / TOKENIZER)
    return folder


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """(the Llama's weights by its own names, the other products' weights by theirs), in fp32."""
    graph = onnx.load(path).graph
    arrays = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
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


def _matrix(node: Any, arrays: dict[str, Any]) -> Tensor:
    """Weights [out, in] of a product in bytes with a scale for each block."""
    width = next(each.i for each in node.attribute if each.name == "K")
    packed, scales = arrays[node.input[1]], arrays[node.input[2]].reshape(arrays[node.input[1]].shape[:2])
    values = (packed.astype(np.float32) - ZERO) * scales[..., None]
    return torch.tensor(values.reshape(len(values), -1)[:, :width])


def _shape(weights: dict[str, Tensor]) -> Shape:
    first = {name.rpartition("layers.0.")[2]: tensor for name, tensor in weights.items() if ".layers.0." in name}
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("model.layers."))
    inner, width = first["mlp.gate_proj.weight"].shape
    heads, kv_heads = (len(first[f"self_attn.{name}_proj.weight"]) // HEAD_WIDTH for name in ("q", "k"))
    return Shape(layers, width, inner, heads, kv_heads)
