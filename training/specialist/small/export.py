"""Turns a tuned Llama into the ONNX file that the specialist serves: one forward pass, price logits of the last position.

Called by specialist_train. Right padding needs no mask under causal attention: only the last index of each row is passed.
"""

import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from torch import Tensor, nn

from common.artifact import write_meta
from specialist.app import COMMAND, FORMAT_VERSION
from specialist.onnx_model import PAD_TO, OnnxPriceModel
from specialist.readout import distribution, estimate
from training.data.parts import Parts
from training.data.rows import product_text
from training.data.whole_files import whole_file
from training.specialist.calibration import fit_calibration
from training.specialist.figures import by_group, compare_estimators, truths
from training.specialist.small.run import CLASSES, CLASSES_META

OPSET = 17
BLOCK = 128  # weights that share a scale; divides 512 and 1408
MASKED = -1e9
AGREEMENT_ROWS = 400


class Int8Embedding(nn.Module):  # type: ignore[misc] # torch is not installed where types are checked
    """An embedding table in bytes with a scale for each row: a quarter of the size, no arithmetic but a product on what is read."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        scale = weight.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
        self.register_buffer("scale", scale)
        self.register_buffer("table", (weight / scale).round().to(torch.int8))

    def forward(self, ids: Tensor) -> Tensor:
        """[batch, length] ids to [batch, length, width]."""
        table: Tensor = self.table
        scale: Tensor = self.scale
        return table[ids].float() * scale[ids]


def _turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), -1) * sin


class PriceModel(nn.Module):  # type: ignore[misc] # likewise
    """The arithmetic of LlamaForCausalLM, written so that the last layer works on each row's last position alone."""

    cos: Tensor
    sin: Tensor
    price_bias: Tensor

    def __init__(self, llama: Any, longest: int) -> None:
        super().__init__()
        config = llama.config
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.width = config.hidden_size // self.heads
        self.layers, self.norm = llama.model.layers, llama.model.norm
        self.embed: nn.Module = llama.model.embed_tokens
        # As a product and a sum: a layer with both is exported as one operator, which is not quantised.
        self.prices = nn.Linear(config.hidden_size, len(llama.price_head.weight), bias=False)
        self.prices.weight = llama.price_head.weight
        self.register_buffer("price_bias", llama.price_head.bias.data)
        frequencies = config.rope_parameters["rope_theta"] ** -(torch.arange(0, self.width, 2).float() / self.width)
        angles = torch.outer(torch.arange(longest).float(), frequencies).repeat(1, 2)
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def _heads(self, x: Tensor, heads: int) -> Tensor:
        return x.view(x.shape[0], -1, heads, self.width).transpose(1, 2)

    def _attend(self, part: Any, asking: Tensor, normed: Tensor, at: Tensor, mask: Tensor) -> Tensor:
        """Attention of `asking` [b, q, h], which stands at positions `at` [b or 1, q], to `normed` [b, t, h]."""
        batch, length, _ = normed.shape
        query = _turn(self._heads(part.q_proj(asking), self.heads), self.cos[at][:, None], self.sin[at][:, None])
        key = _turn(self._heads(part.k_proj(normed), self.kv_heads), self.cos[:length], self.sin[:length])
        value = self._heads(part.v_proj(normed), self.kv_heads)
        # The query heads that share a key are stacked along the query axis, so that keys and values are not copied.
        scores = query.reshape(batch, self.kv_heads, -1, self.width) @ key.transpose(2, 3) * self.width**-0.5
        shares = (scores.view(batch, self.heads, -1, length) + mask).softmax(-1)
        mixed = (shares.view(batch, self.kv_heads, -1, length) @ value).view(batch, self.heads, -1, self.width)
        return part.o_proj(mixed.transpose(1, 2).reshape(batch, -1, self.heads * self.width))

    def forward(self, input_ids: Tensor, last: Tensor) -> Tensor:
        """Price logits [batch, prices] of right-padded input_ids [batch, length]; last [batch] is each row's last index."""
        x = self.embed(input_ids)
        positions, rows = torch.arange(input_ids.shape[1]), torch.arange(input_ids.shape[0])
        causal = torch.where(positions[None, :] > positions[:, None], MASKED, 0.0)
        for layer in self.layers[:-1]:
            normed = layer.input_layernorm(x)
            x = x + self._attend(layer.self_attn, normed, normed, positions[None], causal)
            x = x + layer.mlp(layer.post_attention_layernorm(x))
        final = self.layers[-1]
        normed = final.input_layernorm(x)
        seen = torch.where(positions[None, :] > last[:, None], MASKED, 0.0)[:, None, None, :]
        ends = self._attend(final.self_attn, normed[rows, last][:, None], normed, last[:, None], seen)
        x = x[rows, last][:, None] + ends
        x = x + final.mlp(final.post_attention_layernorm(x))
        return self.prices(self.norm(x[:, 0])) + self.price_bias


def export_onnx(model: nn.Module, path: Path) -> None:
    """Write the model with dynamic batch and length."""
    example = (torch.ones(2, 16, dtype=torch.long), torch.tensor([15, 7]))
    axes = {"input_ids": {0: "batch", 1: "length"}, "last": {0: "batch"}, "prices": {0: "batch"}}
    names = {"input_names": ["input_ids", "last"], "output_names": ["prices"], "dynamic_axes": axes}
    torch.onnx.export(model, example, str(path), dynamo=False, opset_version=OPSET, **names)


def quantize(source: Path, target: Path, bits: int = 8) -> None:
    """Weights of every MatMul in `bits` bits, a scale for each BLOCK; activations in int8 per block where the CPU multiplies."""
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)  # a line for each node
    quantizer = MatMulNBitsQuantizer(onnx.load(source), bits=bits, block_size=BLOCK, is_symmetric=True, accuracy_level=4)
    quantizer.process()
    quantizer.model.save_model_to_file(str(target), False)


def export(llama: Any, target: Path, longest: int) -> None:
    """Write the quantised model to `target` and the one in fp32 beside it, as full.onnx; `llama` is in fp32 on the CPU."""
    model, full = PriceModel(llama, longest).eval(), target.with_name("full.onnx")
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        export_onnx(model, full)
        model.embed = Int8Embedding(llama.model.embed_tokens.weight.data)
        export_onnx(model, Path(folder) / "bytes.onnx")
        quantize(Path(folder) / "bytes.onnx", target)


def agreement(texts: Sequence[str], model: OnnxPriceModel, full: OnnxPriceModel) -> dict[str, float]:
    """How far the quantised model's prices lie from those in fp32, as shares of the latter."""
    served, exact = (estimate(distribution(each.logits(texts)), "median", CLASSES) for each in (model, full))
    apart = np.abs(served - exact) / exact
    return {name: round(float(np.quantile(apart, share)), 4) for name, share in (("median", 0.5), ("p95", 0.95), ("max", 1.0))}


def write_artifact(folder: Path, pricer: Any, parts: Parts, facts: dict[str, object]) -> dict[str, dict[str, float]]:
    """Export, choose the estimator and calibrate on the held-out rows, measure on products-dev, write meta.json last.

    All figures are those of the quantised model as the service runs it. Returns the figures of products-dev.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").unlink(missing_ok=True)
    encoder = pricer.encoder
    longest = len(encoder.question) + encoder.max_text_tokens + len(encoder.answer) + PAD_TO
    tokenizer = folder / "tokenizer.json"
    with whole_file(tokenizer) as part:
        pricer.tokenizer.save(str(part))
    with tempfile.TemporaryDirectory(dir=folder) as work:
        made = Path(work) / "model.onnx"
        export(pricer.model.cpu(), made, longest)
        full = OnnxPriceModel(made.with_name("full.onnx"), tokenizer)
        os.replace(made, folder / "model.onnx")
    model = OnnxPriceModel(folder / "model.onnx", tokenizer)
    apart = agreement([product_text(row) for row in parts.held[:AGREEMENT_ROWS]], model, full)
    held, dev = (model.logits([product_text(row) for row in rows]) for rows in (parts.held, parts.dev))
    compared = compare_estimators(distribution(held), truths(parts.held), CLASSES)
    estimator = min(compared, key=lambda name: compared[name]["mae"])
    calibration = fit_calibration(distribution(held), parts.held, estimator, CLASSES)
    figures = {"held": by_group(held, parts.held, calibration, CLASSES), "dev": by_group(dev, parts.dev, calibration, CLASSES)}
    write_meta(
        folder,
        format_version=FORMAT_VERSION,
        command=COMMAND,
        files=["model.onnx", "tokenizer.json"],
        estimate="today's street price of a new unit in US dollars, unless the text says used or refurbished",
        classes=CLASSES_META,
        calibration=asdict(calibration),
        metrics={**figures, "estimators_held": compared, "apart_from_fp32": apart},
        rows={"fit": len(parts.fit), "held": len(parts.held), "dev": len(parts.dev), "auxiliary": len(parts.auxiliary)},
        **facts,
    )
    return figures["dev"]
