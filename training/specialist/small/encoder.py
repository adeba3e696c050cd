"""A sentence encoder that somebody pre-trained on far more text than ours (MPNet, BERT and their like), as a teacher of prices."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from specialist.prompt import bounded
from training.specialist.small.pricer import Pricer
from training.specialist.small.run import CLASSES, Tuning

HEAD_LR = 1e-3  # of the price layer, which starts from nothing


class EncoderPricer(Pricer):
    """The mean of the last layer's states at a text's tokens, and a linear layer over the price classes on top."""

    def __init__(self, folder: Path, device: str, max_text_tokens: int) -> None:
        from transformers import AutoModel

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_text_tokens)
        encoder: Any = AutoModel.from_pretrained(folder, dtype=torch.float32)
        head = nn.Sequential(nn.Dropout(0.1), nn.Linear(encoder.config.hidden_size, len(CLASSES)))
        self.model = nn.ModuleDict({"encoder": encoder, "head": head}).to(device)
        self.fixed, self.device = (1, 1), device

    def prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """The text between the marks that the encoder was trained with."""
        return [one.ids for one in self.tokenizer.encode_batch([bounded(text) for text in texts])]

    def logits(self, ids: Tensor, last: Tensor) -> Tensor:
        """From the mean over each row's tokens up to its last."""
        mask = torch.arange(ids.shape[1], device=ids.device)[None] <= last[:, None]
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=ids.is_cuda):
            hidden = self.model["encoder"](input_ids=ids, attention_mask=mask.long()).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        found: Tensor = self.model["head"]((hidden.float() * weights).sum(1) / weights.sum(1))
        return found

    def begin_tuning(self, tuning: Tuning) -> list[dict[str, Any]]:
        """All parameters: the encoder's at tuning.encoder_lr, the new layer's faster."""
        parts = {"encoder": tuning.encoder_lr, "head": HEAD_LR}
        return [{"params": list(self.model[name].parameters()), "lr": lr} for name, lr in parts.items()]
