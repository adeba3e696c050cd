"""What a base weighs and an adapter adds, by arithmetic on the base's shape. Needs no torch and no weights.

Megabytes are decimal. NF4 holds the decoder's linear layers in half a byte a weight; embeddings, head and norms stay in bf16, and
the scales of the blocks (about 0.127 bits a weight, quantised twice) are not counted, as in transformers' get_memory_footprint.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")


@dataclass(frozen=True)
class Shape:
    """A decoder of Llama's kind: token embeddings, layers of attention and a gated feed-forward part, norms, a head."""

    vocab: int
    width: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    is_tied: bool = False

    @property
    def linears(self) -> dict[str, tuple[int, int]]:
        """(inputs, outputs) of each linear layer of a decoder layer."""
        head = self.width // self.heads
        return {
            "q_proj": (self.width, self.width),
            "k_proj": (self.width, head * self.kv_heads),
            "v_proj": (self.width, head * self.kv_heads),
            "o_proj": (self.width, self.width),
            "gate_proj": (self.width, self.inner),
            "up_proj": (self.width, self.inner),
            "down_proj": (self.inner, self.width),
        }


LLAMA_8B = Shape(vocab=128_256, width=4096, inner=14_336, layers=32, heads=32, kv_heads=8)  # Llama 3, 3.1
SHAPES = {
    "llama-3.1-8b": LLAMA_8B,
    "llama-3.2-3b": Shape(vocab=128_256, width=3072, inner=8192, layers=28, heads=24, kv_heads=8, is_tied=True),
    "llama-3.2-1b": Shape(vocab=128_256, width=2048, inner=8192, layers=16, heads=32, kv_heads=8, is_tied=True),
    "tiny": Shape(vocab=512, width=64, inner=128, layers=2, heads=4, kv_heads=2),  # to try the measurement without a GPU
}
# What was seen on one H200 with transformers 5.17, peft 0.21, bitsandbytes 0.50.2: NF4, NF4 with the adapter, the adapter.
PUBLISHED = {"llama-3.1-8b": {"nf4_mb": 5591.5, "with_adapter_mb": 5700.6, "adapter_parameters": 27_262_976}}


def linear_parameters(shape: Shape) -> int:
    """Weights of the decoder's linear layers."""
    return shape.layers * sum(inputs * outputs for inputs, outputs in shape.linears.values())


def other_parameters(shape: Shape) -> int:
    """Weights of embeddings, head and norms."""
    return shape.vocab * shape.width * (1 if shape.is_tied else 2) + (2 * shape.layers + 1) * shape.width


def adapter_parameters(shape: Shape, rank: int = 32, targets: Sequence[str] = ATTENTION) -> int:
    """Weights of LoRA's two matrices on each target."""
    return shape.layers * sum(rank * sum(shape.linears[target]) for target in targets)


def nf4_bytes(shape: Shape) -> int:
    """Bytes of the weights in NF4."""
    return linear_parameters(shape) // 2 + 2 * other_parameters(shape)


def facts(shape: Shape, rank: int = 32, targets: Sequence[str] = ATTENTION) -> dict[str, float]:
    """Sizes of base and adapter; the adapter is held in 32 bits."""
    adapter = adapter_parameters(shape, rank, targets)
    return {
        "parameters": linear_parameters(shape) + other_parameters(shape),
        "bf16_mb": round(2 * (linear_parameters(shape) + other_parameters(shape)) / 1e6, 1),
        "nf4_mb": round(nf4_bytes(shape) / 1e6, 1),
        "with_adapter_mb": round((nf4_bytes(shape) + 4 * adapter) / 1e6, 1),
        "adapter_parameters": adapter,
    }


def disagreements(name: str, found: dict[str, float]) -> list[str]:
    """Where facts of a shape differ from what was published of it: megabytes by more than 0.05, or parameters at all."""
    known = PUBLISHED.get(name, {})
    return [
        f"{key} is {found[key]:,}, published {value:,}"
        for key, value in known.items()
        if abs(found[key] - value) > (0 if key == "adapter_parameters" else 0.0501)
    ]
