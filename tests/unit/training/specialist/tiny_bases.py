"""Tiny bases with random weights and tokenizers of our own, and a folder of priced products in our own words."""

import json
import lzma
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from training.data.rows import Row

SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}
WORDS = ["lamp", "table", "chair", "radio", "camera", "kettle", "ladder", "guitar", "drill", "phone"]
SIZES = ["small", "large", "red", "blue", "heavy", "light", "wooden", "steel", "portable", "used"]


def product(number: int) -> dict[str, Any]:
    """One product, whose price follows from its words. No two of them share a run of words that makes them repeats."""
    word, size = WORDS[number % 10], SIZES[number // 10 % 10]
    own = " ".join(f"{word}{number}x{part}" for part in range(9))
    price = 8.0 + 30.0 * (number % 10) + 2.0 * (number // 10 % 10)
    return {
        "title": f"{size} {word} {number}",
        "description": [f"A {size} {word}: {own}"],
        "features": [],
        "details": "{}",
        "price": price,
        "main_category": "Tools",
        "source": "shop",
    }


def lamps(count: int) -> list[Row]:
    """Rows alike but for a number, which is the price less 5 dollars."""
    return [
        Row(f"Lamp {n}", (f"lamp of size {n} with a shade",), price=float(5 + n), extra={"source": "shop"}) for n in range(count)
    ]


CATALOGUE = """brand,title,category,year,list,street,condition,text
Acme,Acme Desk Lamp 3,Office,2024,39.99,34.99,new,a lamp with an arm
Acme,Acme Floor Lamp 5,Office,2023,89.99,79.99,new,a lamp that stands
"""


def save_products(folder: Path, fit: int = 120, dev: int = 12, unpriced: int = 0, times: float = 1.0) -> Path:
    """A data folder with products-*.jsonl.xz, the prices `times` those of `product`, and a catalogue of two lamps."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "goods.csv").write_text(CATALOGUE, encoding="utf-8")
    rows = [row | {"price": row["price"] * times} for row in map(product, range(fit + dev))]
    parts = {"train": rows[:fit], "dev": [row | {"split": "seed"} for row in rows[fit:]], "pcparts": rows[:1]}
    others = [product(number) for number in range(1000, 1000 + unpriced)]
    parts["unpriced"] = [{"text": f"{row['title']} {row['description']}"} for row in others]
    for name, chosen in parts.items():
        with lzma.open(folder / f"products-{name}.jsonl.xz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in chosen)
    return folder


def tokenizer_of(*, digits: str, has_opening: bool) -> Tokenizer:
    """Byte-level BPE; numbers in groups of up to three ("threes", as Llama 3) or digit by digit ("ones", as Qwen)."""
    tokenizer = Tokenizer(models.BPE())
    groups = {"threes": r"\p{N}{1,3}", "ones": r"\p{N}"}[digits]
    from tokenizers import Regex

    pattern = Regex(rf"[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{groups}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    split = pre_tokenizers.Split(pattern, behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1800,
        special_tokens=["<|begin|>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    numbers = " ".join(map(str, range(1000)))
    prompt = "How much does this cost to the nearest dollar?\n\nsmall lamp.\n\nPrice is $25.00"
    tokenizer.train_from_iterator([*[numbers] * 20, *[prompt] * 20, *(product(n)["title"] for n in range(100))], trainer)
    tokenizer.add_special_tokens([AddedToken("<|begin|>", special=True), AddedToken("<|end|>", special=True)])
    if has_opening:
        tokenizer.post_processor = processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", 0)])
    return tokenizer


def save_base(folder: Path, kind: str, *, digits: str = "threes", has_opening: bool = True) -> Path:
    """A base of transformers' class `kind` ("Llama", "Qwen2", "Phi3", "Gemma2") in a folder."""
    import torch
    import transformers

    tokenizer = tokenizer_of(digits=digits, has_opening=has_opening)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|begin|>", eos_token="<|end|>")
    fast.save_pretrained(folder)
    torch.manual_seed(3)
    ends = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    more = {"head_dim": 16} if kind == "Gemma2" else {}
    config = getattr(transformers, f"{kind}Config")(vocab_size=1824, **SHAPE, **ends, **more)
    getattr(transformers, f"{kind}ForCausalLM")(config).save_pretrained(folder)
    return folder
