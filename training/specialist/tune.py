"""Tunes the small specialist to price: loss on the price token alone, against a soft target over the 1,000 dollar classes.

Called by specialist_train --preset small. All parameters or LoRA; several runs may be averaged into one model.
"""

import argparse
import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its customary name

from specialist.prompt import PRICES, PromptEncoder
from training.data import Parts, sampling_weights, variant
from training.rows import product_text
from training.specialist_pretrain import price_ids

Batch = tuple[Tensor, Tensor, Tensor]  # ids [n, longest] right-padded, last index [n], row numbers [n]


class Pricer:
    """A Llama with its tokenizer and the tokens of the prices."""

    def __init__(self, folder: Path, device: str, max_text_tokens: int) -> None:
        from transformers import LlamaForCausalLM

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.llama: Any = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).to(device)
        self.encoder = PromptEncoder(lambda text: self.tokenizer.encode(text).ids, max_text_tokens)
        self.device, self.price_ids = device, torch.tensor(price_ids(self.tokenizer), device=device)

    def logits(self, ids: Tensor, last: Tensor) -> Tensor:
        """Price logits [n, 1000] after each row's last token; causal attention makes a mask for the right padding needless."""
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=ids.is_cuda):
            hidden = self.llama.model(input_ids=ids, use_cache=False).last_hidden_state
        at_end = hidden[torch.arange(len(last), device=last.device), last]
        return at_end.float() @ self.llama.lm_head.weight[self.price_ids].float().T

    def batches(self, prompts: Sequence[Sequence[int]], size: int, rng: random.Random | None = None) -> Iterator[Batch]:
        """Batches of similar lengths; shuffled by `rng`, else in order of length."""
        jitter = [rng.uniform(0, 24) if rng else 0.0 for _ in prompts]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]) + jitter[i])
        parts = [order[i : i + size] for i in range(0, len(order), size)]
        if rng:
            rng.shuffle(parts)
        for part in parts:
            ids = torch.zeros(len(part), max(len(prompts[i]) for i in part), dtype=torch.long)
            for row, i in enumerate(part):
                ids[row, : len(prompts[i])] = torch.tensor(prompts[i])
            last = torch.tensor([len(prompts[i]) - 1 for i in part])
            yield ids.to(self.device), last.to(self.device), torch.tensor(part)

    def save(self, folder: Path) -> None:
        """Write weights and tokenizer."""
        self.llama.save_pretrained(folder)
        self.tokenizer.save(str(folder / "tokenizer.json"))


def soft_targets(prices: Tensor, sigma: float) -> Tensor:
    """Share [n, 1000] of each dollar class in a normal of width `sigma` around log(1 + price)."""
    middle = torch.arange(PRICES, device=prices.device).clamp_min(0.5)
    distance = (torch.log1p(middle)[None] - torch.log1p(prices)[:, None]) / sigma
    density = torch.exp(-0.5 * distance**2) / (1 + middle) + 1e-9
    return density / density.sum(1, keepdim=True)


def price_loss(logits: Tensor, prices: Tensor, sigma: float, crps: float) -> Tensor:
    """Cross-entropy against the soft target, plus `crps` x the continuous ranked probability score in hundreds of dollars."""
    loss = -(soft_targets(prices, sigma) * F.log_softmax(logits, 1)).sum(1).mean()
    if crps:
        reached = logits.softmax(1).cumsum(1)
        passed = (torch.arange(PRICES, device=prices.device)[None] + 0.5 >= prices[:, None]).float()
        loss = loss + crps * ((reached - passed) ** 2).sum(1).mean() / 100
    return loss


def add_lora(pricer: Pricer, rank: int) -> None:
    """Put LoRA adapters on every linear layer (alpha = 2 x rank)."""
    from peft import LoraConfig, get_peft_model

    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules=targets, task_type="CAUSAL_LM")
    pricer.llama = get_peft_model(pricer.llama, config).get_base_model()


def merge_lora(pricer: Pricer) -> None:
    """Fold the adapters into the weights they adapt."""
    for name, module in list(pricer.llama.named_modules()):
        if hasattr(module, "merge") and hasattr(module, "base_layer"):
            module.merge()
            pricer.llama.set_submodule(name, module.base_layer)
    pricer.llama.requires_grad_(requires_grad=True)


class Sampler:
    """Draws an epoch: rows by weight, each in one of the forms that a caller might send, some tokens left out."""

    def __init__(self, parts: Parts, args: argparse.Namespace) -> None:
        rows = [*parts.fit, *parts.auxiliary]
        weights = sampling_weights(parts.fit, args.balance, args.balance_rest)
        auxiliary = np.full(len(parts.auxiliary), args.auxiliary * len(parts.fit) / max(1, len(parts.auxiliary)))
        self.chance = np.concatenate((weights, auxiliary))
        self.texts, self.prices = [product_text(row) for row in rows], [float(row.price or 0) for row in rows]
        self.size, self.drop = len(parts.fit), args.token_dropout

    def epoch(self, pricer: Pricer, rng: random.Random) -> tuple[list[list[int]], Tensor]:
        """Prompts and prices of one epoch, as many as there are fitted rows."""
        chosen = rng.choices(range(len(self.texts)), self.chance.tolist(), k=self.size)
        opening = len(pricer.encoder.question)
        prompts = []
        for i in chosen:
            ids = pricer.encoder.ids(variant(self.texts[i], rng))
            end = len(ids) - len(pricer.encoder.answer)
            kept = [one for at, one in enumerate(ids) if not opening <= at < end or rng.random() >= self.drop]
            prompts.append(kept)
        return prompts, torch.tensor([self.prices[i] for i in chosen], device=pricer.device)


class Average:
    """Running mean of a model's weights: what stands at its end generalises better than the last step's weights."""

    def __init__(self) -> None:
        self.count, self.mean = 0, dict[str, Tensor]()

    def add(self, weights: dict[str, Tensor]) -> None:
        """Take in one more set of weights."""
        self.count += 1
        for name, tensor in weights.items():
            held = self.mean.setdefault(name, torch.zeros_like(tensor))
            held += (tensor.detach() - held) / self.count


def tune(pricer: Pricer, sampler: Sampler, args: argparse.Namespace, seed: int) -> list[float]:
    """One run, in place; returns the mean loss of each epoch. Weights are averaged over the run's last third."""
    rng = random.Random(seed)
    parameters = [p for p in pricer.llama.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        parameters, lr=args.lr, betas=(0.9, 0.98), weight_decay=args.weight_decay, fused=pricer.device == "cuda"
    )
    steps, step, average, losses = args.epochs * math.ceil(sampler.size / args.batch), 0, Average(), []
    for epoch in range(args.epochs):
        prompts, prices = sampler.epoch(pricer, rng)
        pricer.llama.train()
        total, start = torch.zeros((), device=pricer.device), time.monotonic()
        for ids, last, rows in pricer.batches(prompts, args.batch, rng):
            for group in optimizer.param_groups:
                group["lr"] = args.lr * min(1.0, (step + 1) / (0.05 * steps)) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
            loss = price_loss(pricer.logits(ids, last), prices[rows], args.sigma, args.crps)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total += loss.detach()
            step += 1
            if step > 2 * steps / 3 and step % 10 == 0:
                average.add(pricer.llama.state_dict())
        losses.append(round(total.item() * args.batch / sampler.size, 4))
        print(f"epoch {epoch} loss {losses[-1]} {time.monotonic() - start:.1f} s", flush=True)
    if average.count:
        pricer.llama.load_state_dict(average.mean)
    return losses


def tune_runs(folder: Path, parts: Parts, args: argparse.Namespace) -> tuple[Pricer, list[list[float]]]:
    """Tune args.runs times from the same pre-trained weights with other seeds, and average the results into one model."""
    sampler, average, losses = Sampler(parts, args), Average(), []
    for run in range(args.runs):
        pricer = Pricer(folder, args.device, args.max_text_tokens)
        torch.manual_seed(args.seed + run)  # the adapter's own start counts, too
        if args.lora:
            add_lora(pricer, args.lora)
        losses.append(tune(pricer, sampler, args, args.seed + run))
        if args.lora:
            merge_lora(pricer)
        average.add(pricer.llama.state_dict())
    pricer.llama.load_state_dict(average.mean)
    return pricer, losses
