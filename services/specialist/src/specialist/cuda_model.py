"""A big base with a LoRA adapter through transformers, peft and bitsandbytes. The only file that knows them and torch.

The price is read from the logits of the last position in one forward pass: nothing is generated. Needs a tokenizer that keeps
each of 0..999 in one token, as Llama 3's does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from common.errors import ArtifactError
from specialist.prompt import PRICES, PromptEncoder

BATCH = 32  # texts in one forward pass


@dataclass(frozen=True)
class Base:
    """Which weights to load, and how. `quantization`: nf4 (with double quantisation, bf16 arithmetic) or none (bf16)."""

    model: str
    adapter: str = ""
    quantization: str = "nf4"
    device: str = "cuda"


class CudaPriceModel:
    """Texts are padded to the left, so that every row's next token is predicted at the last position."""

    def __init__(self, base: Base, *, max_text_tokens: int, batch: int = BATCH) -> None:
        if base.device.startswith("cuda") and not torch.cuda.is_available():
            raise ArtifactError("SPECIALIST_BACKEND=cuda needs a CUDA device; without one use SPECIALIST_BACKEND=onnx")
        tokenizer = _load(AutoTokenizer, base.model)
        self.price_ids = torch.tensor(price_token_ids(tokenizer), device=base.device)
        start = [tokenizer.bos_token_id] if tokenizer.bos_token_id is not None else []
        encoder = PromptEncoder(lambda text: tokenizer(text, add_special_tokens=False)["input_ids"], max_text_tokens)
        encoder.question = start + encoder.question
        self.encoder, self.batch, self.device = encoder, batch, base.device
        self.model = _load_model(base)

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[n, 1000] price logits."""
        prompts = [self.encoder.ids(text) for text in texts]
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        found = np.empty((len(prompts), PRICES), np.float32)
        for start in range(0, len(order), self.batch):
            chosen = order[start : start + self.batch]
            found[chosen] = self._forward([prompts[index] for index in chosen])
        return found

    def _forward(self, prompts: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        try:
            return self._forward_once(prompts)
        except torch.cuda.OutOfMemoryError:
            if len(prompts) == 1:
                raise
        torch.cuda.empty_cache()
        half = len(prompts) // 2
        return np.concatenate((self._forward(prompts[:half]), self._forward(prompts[half:])))

    def _forward_once(self, prompts: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        longest = max(map(len, prompts))
        ids = torch.zeros((len(prompts), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt) :] = torch.tensor(prompt)
            mask[row, longest - len(prompt) :] = 1
        with torch.inference_mode():
            answer = self.model(input_ids=ids.to(self.device), attention_mask=mask.to(self.device), logits_to_keep=1)
            return np.asarray(answer.logits[:, -1, self.price_ids].float().cpu().numpy())


def price_token_ids(tokenizer: Any) -> list[int]:
    """Ids of the tokens 0..999; ArtifactError where the tokenizer splits one of them."""
    ids = [tokenizer(str(price), add_special_tokens=False)["input_ids"] for price in range(PRICES)]
    split = [price for price, found in enumerate(ids) if len(found) != 1]
    if split:
        raise ArtifactError(
            f"this base's tokenizer splits {len(split)} of the prices 0..999 (the first: {split[0]}), so no single next token"
            " names the price; use a base such as Llama 3, whose tokenizer keeps them whole"
        )
    return [found[0] for found in ids]


def _load_model(base: Base) -> Any:
    four_bit = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    quantized = {"quantization_config": four_bit} if base.quantization == "nf4" else {}
    model = _load(AutoModelForCausalLM, base.model, dtype=torch.bfloat16, device_map=base.device, **quantized)
    if base.adapter:
        try:
            model = PeftModel.from_pretrained(model, base.adapter)
        except (OSError, ValueError) as exc:
            remedy = "make it with: uv run python -m training.specialist_train --preset seed"
            raise ArtifactError(f"{base.adapter} holds no LoRA adapter for {base.model} ({exc}); {remedy}") from exc
    return model.eval()


def _load(kind: Any, name: str, **options: Any) -> Any:
    try:
        return kind.from_pretrained(name, **options)
    except (OSError, ValueError) as exc:
        raise ArtifactError(f"{name} cannot be loaded: {exc}; give SPECIALIST_BASE_MODEL a name on the hub or a folder") from exc
