"""What is tuned to price and asked, as training needs it: prompts in, price logits out; and a Llama of our own as one."""

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor

from specialist.prompt import PRICES, PromptEncoder, bounded
from training.specialist.small.corpus import price_ids
from training.specialist.small.run import Tuning

Batch = tuple[Tensor, Tensor, Tensor]  # ids [n, longest] right-padded, last index [n], row numbers [n]
LABEL_BATCH = 256


class Pricer(ABC):
    """Weights in fp32 on `device`, bf16 arithmetic on a GPU."""

    model: Any
    fixed: tuple[int, int]  # tokens at a prompt's beginning and end that are no text: never left out
    device: str

    @abstractmethod
    def prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """The prompt's ids for each text."""

    @abstractmethod
    def logits(self, ids: Tensor, last: Tensor) -> Tensor:
        """Price logits [n, 1000] of right-padded prompts [n, longest] whose last tokens stand at `last` [n]."""

    @abstractmethod
    def begin_tuning(self, tuning: Tuning) -> list[dict[str, Any]]:
        """Make ready to be tuned; what the optimiser gets: groups of "params", each with its highest "lr"."""

    def end_tuning(self) -> None:  # noqa: B027 (most have nothing to undo)
        """Undo what tuning alone needed."""

    def batches(self, prompts: Sequence[Sequence[int]], size: int, rng: random.Random | None = None) -> Iterator[Batch]:
        """Batches of similar lengths; shuffled by `rng`, else in order of length."""
        jitter = [rng.uniform(0, 24) if rng else 0.0 for _ in prompts]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]) + jitter[i])
        parts = [order[i : i + size] for i in range(0, len(order), size)]
        if rng:
            rng.shuffle(parts)
        for part in parts:
            ids = np.zeros((len(part), max(len(prompts[i]) for i in part)), np.int64)
            for row, i in enumerate(part):
                ids[row, : len(prompts[i])] = prompts[i]
            last = torch.tensor([len(prompts[i]) - 1 for i in part])
            yield torch.from_numpy(ids).to(self.device), last.to(self.device), torch.tensor(part)

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float16]:
        """[n, 1000] share of each dollar class."""
        found = np.empty((len(texts), PRICES), np.float16)
        self.model.eval()
        with torch.inference_mode():
            for ids, last, rows in self.batches(self.prompts(texts), LABEL_BATCH):
                found[rows.numpy()] = self.logits(ids, last).softmax(1).half().cpu().numpy()
        return found


def last_states(body: Any, ids: Tensor, last: Tensor) -> Tensor:
    """A causal model's states [n, width] after each row's last token; being causal it needs no mask for the right padding."""
    with torch.autocast(ids.device.type, torch.bfloat16, enabled=ids.is_cuda):
        hidden = body(input_ids=ids, use_cache=False).last_hidden_state
    found: Tensor = hidden[torch.arange(len(last), device=last.device), last].float()
    return found


class LlamaPricer(Pricer):
    """A causal model that reads the question, the text and the answer's opening, and goes on with the price's token."""

    def __init__(self, folder: Path, device: str, max_text_tokens: int) -> None:
        from transformers import LlamaForCausalLM

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).to(device)
        self.encoder = PromptEncoder(lambda text: self.tokenizer.encode(text).ids, max_text_tokens)
        self.fixed = len(self.encoder.question), len(self.encoder.answer)
        self.device, self.price_ids = device, torch.tensor(price_ids(self.tokenizer), device=device)
        self.is_adapted = False

    def prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """Question, text and answer's opening."""
        return [self.encoder.around(one.ids) for one in self.tokenizer.encode_batch([bounded(text) for text in texts])]

    def logits(self, ids: Tensor, last: Tensor) -> Tensor:
        """After each row's last token."""
        return last_states(self.model.model, ids, last) @ self.model.lm_head.weight[self.price_ids].float().T

    def begin_tuning(self, tuning: Tuning) -> list[dict[str, Any]]:
        """Adapters of rank tuning.lora, or all parameters, at tuning.lr."""
        if tuning.lora:
            add_lora(self, tuning.lora)
            self.is_adapted = True
        return [{"params": [p for p in self.model.parameters() if p.requires_grad], "lr": tuning.lr}]

    def end_tuning(self) -> None:
        """Fold the adapters in."""
        if self.is_adapted:
            merge_lora(self)
            self.is_adapted = False

    def save(self, folder: Path) -> None:
        """Write weights and tokenizer."""
        self.model.save_pretrained(folder)
        self.tokenizer.save(str(folder / "tokenizer.json"))


def add_lora(pricer: LlamaPricer, rank: int) -> None:
    """Put LoRA adapters on every linear layer (alpha = 2 x rank)."""
    from peft import LoraConfig, get_peft_model

    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules=targets, task_type="CAUSAL_LM")
    pricer.model = get_peft_model(pricer.model, config).get_base_model()


def merge_lora(pricer: LlamaPricer) -> None:
    """Fold the adapters into the weights they adapt."""
    for name, module in list(pricer.model.named_modules()):
        if hasattr(module, "merge") and hasattr(module, "base_layer"):
            module.merge()
            pricer.model.set_submodule(name, module.base_layer)
    pricer.model.requires_grad_(requires_grad=True)
