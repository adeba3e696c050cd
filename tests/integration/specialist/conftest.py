"""Tiny random bases of real transformers, for the tests of the GPU backend. They run on the CPU where there is no GPU."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

WORDS = ("How", "much", "does", "this", "cost", "Price", "is", "$", ".", "00", "lamp", "a", "small")
SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 1024,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}


@pytest.fixture(scope="session")
def make_tokenizer() -> Callable[[bool], Any]:
    """A tokenizer of transformers by words, with each of 0..999 in one token (1299 is 129 and 9) or digit by digit."""

    def make(whole_numbers: bool = True) -> Any:
        from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
        from transformers import PreTrainedTokenizerFast

        words = ["<s>", "<unk>", *WORDS, *map(str, range(1000 if whole_numbers else 10))]
        tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
        digits = pre_tokenizers.Split(Regex(r"\d{1,3}" if whole_numbers else r"\d"), behavior="isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation(), digits])
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
        return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>")

    return make


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Any]:
    """A causal language model of a kind of transformers, with weights large enough for its logits to differ."""

    def make(kind: str = "Llama", dtype: str = "float32", **options: Any) -> Any:
        import torch
        import transformers

        torch.manual_seed(7)
        config = getattr(transformers, f"{kind}Config")(**(SHAPE | options))
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
        for parameter in model.parameters():
            parameter.data.mul_(3)
        return model.to(getattr(torch, dtype))

    return make


@pytest.fixture(scope="session")
def ask() -> Callable[[Any, Sequence[int]], Any]:
    """Logits [tokens, vocabulary] of one sequence, by transformers alone."""

    def ask(model: Any, ids: Sequence[int]) -> Any:
        import torch

        with torch.no_grad():
            return model(torch.tensor([list(ids)], device=model.device)).logits[0].float().cpu()

    return ask
