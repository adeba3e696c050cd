"""A Llama of any shape with random weights, built weight by weight in its quantised form: 8 B parameters and nothing to fetch.

For measuring memory and time, which do not depend on what the weights are. Knows nothing of prices.
"""

from typing import Any

import torch

from training.specialist.adapter.base import dtype_of
from training.specialist.adapter.base_facts import Shape

SCALE = 0.02  # standard deviation of the weights


def config_of(shape: Shape, longest: int = 1024) -> Any:
    """transformers' LlamaConfig."""
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=shape.vocab,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=longest,
        tie_word_embeddings=shape.is_tied,
    )


def random_llama(shape: Shape, quantization: str, device: str, seed: int = 0) -> Any:
    """The model on `device`, in "nf4" (double quantisation) or "none" (bf16); no more than one weight exists in bf16 beside it."""
    from accelerate import init_empty_weights
    from transformers import LlamaForCausalLM

    generator = torch.Generator(device).manual_seed(seed)
    with init_empty_weights(include_buffers=False):
        model = LlamaForCausalLM(config_of(shape)).to(torch.bfloat16)
    for name, module in list(model.named_modules()):
        if quantization == "nf4" and isinstance(module, torch.nn.Linear) and name != "lm_head":
            model.set_submodule(name, _random_nf4(module, device, generator))
        else:
            _fill(module, device, generator)
    model.tie_weights()
    model.is_loaded_in_4bit = quantization == "nf4"  # by which peft chooses its layers
    return model.to(device).eval()


def _fill(module: torch.nn.Module, device: str, generator: torch.Generator) -> None:
    """Random weights in a module's own parameters: ones in a norm, else normal ones of SCALE."""
    for name, parameter in list(module.named_parameters(recurse=False)):
        values = torch.ones(parameter.shape, dtype=torch.bfloat16, device=device)
        if parameter.ndim > 1:
            values.normal_(0, SCALE, generator=generator)
        setattr(module, name, torch.nn.Parameter(values, requires_grad=False))


def _random_nf4(linear: torch.nn.Linear, device: str, generator: torch.Generator) -> Any:
    from bitsandbytes.nn import Linear4bit, Params4bit

    options = {"compress_statistics": True, "quant_type": "nf4"}
    with torch.device("meta"):
        layer = Linear4bit(linear.in_features, linear.out_features, bias=False, compute_dtype=dtype_of(device), **options)
    values = torch.empty(linear.weight.shape, dtype=torch.bfloat16, device=device).normal_(0, SCALE, generator=generator)
    layer.weight = Params4bit(values, requires_grad=False, module=layer, **options).to(device)  # which quantises it
    return layer
