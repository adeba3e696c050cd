"""Linear layers as they are served: bf16, FP8 with a scale for each row and each token, and NF4 with a LoRA adapter beside it.

Knows no model: a Source is a weight with its adapter, and each form is made from one.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
from torch import nn

Quantization: TypeAlias = Literal["bf16", "fp8", "nf4"]
FP8 = torch.float8_e4m3fn
FP8_MAX = 448.0
FP8_MULTIPLE = 16  # torch._scaled_mm takes no other sizes
NF4_BLOCK = 64  # weights under one scale
NF4_MULTIPLE = 32


@dataclass(frozen=True)
class Lora:
    """An adapter's share of a linear layer: x gains x a^T b^T. a [r, in]; b [out, r], already scaled by alpha / r."""

    a: Any
    b: Any


@dataclass(frozen=True)
class Source:
    """A linear layer before it is brought into its served form: weight [out, in], bias [out] or None, adapter or None."""

    weight: Any
    bias: Any
    lora: Lora | None = None

    def merged(self) -> Any:
        """The weight with its adapter added, in float32 and rounded once."""
        if self.lora is None:
            return self.weight
        return (self.weight.float() + self.lora.b.float() @ self.lora.a.float()).to(self.weight.dtype)


def served(source: Source, quantization: Quantization) -> nn.Module:
    """The layer in the form `quantization` names. Sizes that a form cannot take stay bf16."""
    rows, columns = source.weight.shape
    if quantization == "fp8" and rows % FP8_MULTIPLE == 0 and columns % FP8_MULTIPLE == 0:
        return Fp8Linear(source)
    if quantization == "nf4" and rows % NF4_MULTIPLE == 0 and columns % NF4_BLOCK == 0:
        return Nf4Linear(source)
    return PlainLinear(source)


class PlainLinear(nn.Module):
    """The weight as it is, the adapter merged."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.register_buffer("weight", source.merged())
        self.register_buffer("bias", source.bias)

    def forward(self, x: Any) -> Any:
        """[..., in] to [..., out]."""
        return nn.functional.linear(x, self.weight, self.bias)


class Fp8Linear(nn.Module):
    """e4m3 weights with a scale for each output row, activations quantised as they come with a scale for each token."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        weight, scale = to_fp8(source.merged())
        self.register_buffer("weight", weight)
        self.register_buffer("scale", scale.t().contiguous())
        self.register_buffer("bias", source.bias)

    def forward(self, x: Any) -> Any:
        """[..., in] to [..., out], bf16."""
        found = self.product(to_fp8(x.reshape(-1, x.shape[-1])))
        return found.view(*x.shape[:-1], found.shape[-1])

    def product(self, quantised: tuple[Any, Any]) -> Any:
        """Rows that to_fp8 gave, [n, in], to [n, out], bf16."""
        rows, scale = quantised
        found = torch._scaled_mm(
            rows, self.weight.t(), scale_a=scale, scale_b=self.scale, out_dtype=torch.bfloat16, use_fast_accum=True
        )
        return found if self.bias is None else found + self.bias


def to_fp8(rows: Any) -> tuple[Any, Any]:
    """[n, size] to e4m3 and the scale [n, 1] of each row, by which it is multiplied back."""
    values = rows.float()
    scale = values.abs().amax(-1, keepdim=True).clamp(min=1e-12) / FP8_MAX
    return (values / scale).clamp(-FP8_MAX, FP8_MAX).to(FP8), scale


class Nf4Linear(nn.Module):
    """4-bit NormalFloat weights with double quantisation, as bitsandbytes stores them, brought back to bf16 for each product.

    At thousands of tokens that costs a tenth of the product. The adapter stays beside: merged, it would be rounded away.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        packed, state = quantize_nf4(source.weight)
        self.shape = tuple(source.weight.shape)
        self.register_buffer("packed", packed.reshape(-1))
        self.register_buffer("code", state.code)
        self.register_buffer("scales", state.absmax)
        self.register_buffer("scales_code", state.state2.code)
        self.register_buffer("scales_scale", state.state2.absmax)
        self.register_buffer("scales_offset", state.offset.to(source.weight.device))  # no float: layers must not differ in the code
        self.scales_block = int(state.state2.blocksize)
        self.register_buffer("bias", source.bias)
        self.register_buffer("lora_a", None if source.lora is None else source.lora.a.to(source.weight.dtype))
        self.register_buffer("lora_b", None if source.lora is None else source.lora.b.to(source.weight.dtype).t().contiguous())
        self.dtype = source.weight.dtype
        self.state = state

    def forward(self, x: Any) -> Any:
        """[..., in] to [..., out]."""
        found = nn.functional.linear(x, self.weight(), self.bias)
        if self.lora_a is None:
            return found
        narrow = nn.functional.linear(x, self.lora_a).view(-1, self.lora_a.shape[0])
        return torch.addmm(found.view(-1, found.shape[-1]), narrow, self.lora_b).view(found.shape)

    def weight(self) -> Any:
        """The weight [out, in] in bf16. Compiled, the arithmetic below is one kernel; else the one of bitsandbytes is faster."""
        if torch.compiler.is_compiling():
            return self.unpacked()
        from bitsandbytes.functional import dequantize_4bit

        return dequantize_4bit(self.packed.view(-1, 1), self.state)

    def unpacked(self) -> Any:
        """The weight by plain arithmetic: code[4 bits] * (scales_code[8 bits] * scales_scale + offset)."""
        pairs = torch.stack((self.packed >> 4, self.packed & 15), -1).view(-1, NF4_BLOCK)
        above = torch.arange(len(self.scales), device=self.scales.device) // self.scales_block
        scale = self.scales_code[self.scales.to(torch.int32)] * self.scales_scale[above] + self.scales_offset
        return (self.code[pairs.to(torch.int32)] * scale[:, None]).to(self.dtype).view(self.shape)


def quantize_nf4(weight: Any) -> tuple[Any, Any]:
    """Packed bytes and their QuantState, by bitsandbytes with double quantisation."""
    from bitsandbytes.functional import quantize_4bit

    packed, state = quantize_4bit(weight.contiguous(), blocksize=NF4_BLOCK, quant_type="nf4", compress_statistics=True)
    return packed, state


def through_nf4(weight: Any) -> Any:
    """The weight that a model quantised to NF4 computes with: to 4 bits and back."""
    from bitsandbytes.functional import dequantize_4bit

    packed, state = quantize_nf4(weight)
    return dequantize_4bit(packed, state)
