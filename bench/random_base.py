"""Bases with random weights for the GPU benchmarks: the time of a forward pass does not depend on what the weights say.

Knows transformers and tokenizers; nothing of the specialist.
"""

from typing import Any

SHAPES: dict[str, dict[str, int]] = {
    "llama-8b": {
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 128256,
    },
    "tiny": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 2048,
    },
}
WORDS = (
    "How",
    "much",
    "does",
    "this",
    "cost",
    "to",
    "the",
    "nearest",
    "dollar",
    "?",
    "Price",
    "is",
    "$",
    ".",
    "00",
    "lamp",
    "a",
    "small",
)


def random_model(shape: str, device: str, seed: int = 7) -> Any:
    """A Llama of SHAPES[shape] in bf16, made on `device` itself."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    config = LlamaConfig(max_position_embeddings=8192, rope_theta=500000.0, tie_word_embeddings=False, **SHAPES[shape])
    torch.manual_seed(seed)
    with torch.device(device):
        return AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).eval()


def whole_number_tokenizer() -> Any:
    """Words by white space, each of 0..999 in one token, a begin-of-text token in front, as Llama 3's has."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = dict.fromkeys(("<s>", "<unk>", *WORDS, *map(str, range(1000))))
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation()])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>")


def words(count: int, seed: int) -> str:
    """A text of `count` tokens for that tokenizer."""
    import random

    draw = random.Random(seed)
    return " ".join(draw.choice(("lamp", "small", "a", str(draw.randrange(1000)))) for _ in range(count))
