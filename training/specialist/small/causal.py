"""A language model that somebody pre-trained on far more text than ours (Qwen, Llama, SmolLM and the like), as a teacher of prices.

Its own tokens stand for digits, so no single one is a price: a new layer reads the price off the state that would write it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from specialist.prompt import bounded
from training.specialist.adapter.base import load_model, load_tokenizer
from training.specialist.adapter.examples import PromptTokens
from training.specialist.adapter.lora_layers import linear_names
from training.specialist.small.pricer import Pricer, last_states
from training.specialist.small.run import CLASSES, Tuning


class CausalPricer(Pricer):
    """The state after "Price is $" and a linear layer over the price classes; adapters in all layers before it.

    The base's own weights stay as they are, in bf16 on a GPU; what is tuned is in fp32.
    """

    def __init__(self, base: Path, device: str, max_text_tokens: int) -> None:
        self.tokenizer = load_tokenizer(str(base))
        self.encoder = PromptTokens.of(self.tokenizer, max_text_tokens).encoder
        self.fixed, self.device = (len(self.encoder.question), len(self.encoder.answer)), device
        body = load_model(str(base), "none", device).base_model.requires_grad_(requires_grad=False)
        head = nn.Linear(body.config.hidden_size, len(CLASSES), device=device)
        nn.init.zeros_(head.weight)  # all prices alike: the states are long, and chance would make it sure of something
        nn.init.zeros_(head.bias)
        self.model = nn.ModuleDict({"body": body, "head": head})

    def prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """Question, text and answer's opening, behind the tokens that the base begins every text with."""
        encoded = self.tokenizer([bounded(text) for text in texts], add_special_tokens=False, verbose=False)["input_ids"]
        return [self.encoder.around(ids) for ids in encoded]

    def logits(self, ids: Tensor, last: Tensor) -> Tensor:
        """From the state after each row's last token."""
        found: Tensor = self.model["head"](last_states(self.model["body"], ids, last))
        return found

    def begin_tuning(self, tuning: Tuning) -> list[dict[str, Any]]:
        """Adapters of rank tuning.lora on every linear layer, and the new layer, at tuning.causal_lr."""
        from peft import LoraConfig, inject_adapter_in_model

        body = self.model["body"]
        layers = sorted({name.rpartition(".")[2] for name in linear_names(body)})
        inject_adapter_in_model(LoraConfig(r=tuning.lora, lora_alpha=2 * tuning.lora, target_modules=layers), body)
        for layer in adapted_layers(body):
            layer.cast_input_dtype_enabled = False  # else every input is copied to fp32, only for autocast to turn it back
        for parameter in body.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()  # a step is too small for bf16
        return [{"params": [p for p in self.model.parameters() if p.requires_grad], "lr": tuning.causal_lr}]

    def end_tuning(self) -> None:
        """Fold the adapters in: asking then takes half the time."""
        for layer in adapted_layers(self.model["body"]):
            layer.merge()


def adapted_layers(body: nn.Module) -> list[Any]:
    """The layers with an adapter."""
    from peft.tuners.lora import LoraLayer

    return [module for module in body.modules() if isinstance(module, LoraLayer)]
