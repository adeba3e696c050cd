"""What is tuned to price and asked, as training needs it: prompts in, price logits out; and a Llama of our own as one."""

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from specialist.prompt import PRICES, PromptEncoder, bounded
from training.specialist.small.corpus import ENCODED, price_ids
from training.specialist.small.run import CLASSES, Tuning

Batch = tuple[Tensor, Tensor, Tensor]  # ids [n, longest] right-padded, last index [n], row numbers [n]
LABEL_BATCH = 256
HEAD_FILE = "price_head.safetensors"


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
        """Price logits [n, classes] of right-padded prompts [n, longest] whose last tokens stand at `last` [n]."""

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
        """[n, classes] share of each price class."""
        found = np.empty((len(texts), len(CLASSES)), np.float16)
        self.model.eval()
        with torch.inference_mode():
            for ids, last, rows in self.batches(self.prompts(texts), LABEL_BATCH):
                found[rows.numpy()] = self.shares(ids, last)
        return found

    def shares(self, ids: Tensor, last: Tensor) -> npt.NDArray[np.float16]:
        """Those of one batch."""
        return np.asarray(self.logits(ids, last).softmax(1).half().cpu().numpy())


def last_states(body: Any, ids: Tensor, last: Tensor) -> Tensor:
    """A causal model's states [n, width] after each row's last token; being causal it needs no mask for the right padding."""
    with torch.autocast(ids.device.type, torch.bfloat16, enabled=ids.is_cuda):
        hidden = body(input_ids=ids, use_cache=False).last_hidden_state
    found: Tensor = hidden[torch.arange(len(last), device=last.device), last].float()
    return found


class LlamaPricer(Pricer):
    """A causal model that reads the question, the text and the answer's opening, and a layer that reads the price off its state.

    The layer begins as what the model itself would say: of each class the token of the whole dollar that is nearest.
    """

    def __init__(self, folder: Path, device: str, max_text_tokens: int) -> None:
        from transformers import LlamaForCausalLM

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
        self.model.price_head = price_head(self.model, self.tokenizer, folder)
        self.model.to(device)
        self.encoder = PromptEncoder(lambda text: self.tokenizer.encode(text).ids, max_text_tokens)
        self.fixed = len(self.encoder.question), len(self.encoder.answer)
        self.device = device
        self.is_adapted = False

    def prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """Question, text and answer's opening."""
        parts = (texts[start : start + ENCODED] for start in range(0, len(texts), ENCODED))
        encoded = (one for part in parts for one in self.tokenizer.encode_batch([bounded(text) for text in part]))
        return [self.encoder.around(one.ids) for one in encoded]

    def logits(self, ids: Tensor, last: Tensor) -> Tensor:
        """After each row's last token."""
        found: Tensor = self.model.price_head(last_states(self.model.model, ids, last))
        return found

    def begin_tuning(self, tuning: Tuning) -> list[dict[str, Any]]:
        """Adapters of rank tuning.lora and the price layer, or all parameters, at tuning.lr."""
        if tuning.lora:
            add_lora(self, tuning.lora)
            self.model.price_head.requires_grad_(requires_grad=True)
            self.is_adapted = True
        return [{"params": [p for p in self.model.parameters() if p.requires_grad], "lr": tuning.lr}]

    def end_tuning(self) -> None:
        """Fold the adapters in."""
        if self.is_adapted:
            merge_lora(self)
            self.is_adapted = False

    def save(self, folder: Path) -> None:
        """Write weights and tokenizer."""
        weights = {name: tensor for name, tensor in self.model.state_dict().items() if not name.startswith("price_head.")}
        self.model.save_pretrained(folder, state_dict=weights)
        save_file({name: each.contiguous() for name, each in self.model.price_head.state_dict().items()}, folder / HEAD_FILE)
        self.tokenizer.save(str(folder / "tokenizer.json"))


def price_head(llama: Any, tokenizer: Tokenizer, folder: Path) -> nn.Linear:
    """The layer over the price classes: the folder's, else one that begins with the tokens of whole dollars."""
    head = nn.Linear(llama.config.hidden_size, len(CLASSES))
    if (folder / HEAD_FILE).is_file():
        head.load_state_dict(load_file(folder / HEAD_FILE))
    else:
        head.load_state_dict(head_of_dollars(llama.lm_head.weight.data[price_ids(tokenizer)].float()))
    return head


def head_of_dollars(weight: Tensor) -> dict[str, Tensor]:
    """A layer over the classes from the whole dollars' weights [1000, width]: the nearest dollar's, by the class's width."""
    nearest = np.clip(np.rint(CLASSES.middles), 0, PRICES - 1).astype(int)
    bias = np.log(np.diff(CLASSES.edges))
    return {"weight": weight[nearest.tolist()].clone(), "bias": torch.tensor(bias, dtype=torch.float32)}


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
