"""Pre-trains a Llama from nothing on a row of token ids: its shape, its optimisers, the loop. Knows nothing of prices."""

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its customary name

from training.specialist.small.corpus import Ids
from training.specialist.small.run import Recipe, Shape

EVAL_SEQUENCES = 128  # at the corpus' end, never trained on
LOG_EVERY = 100  # steps


def build_llama(shape: Shape, vocab: int, longest: int = 512) -> Any:
    """A Llama with random weights and tied embeddings."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocab,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=longest,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        bos_token_id=None,
        eos_token_id=0,
    )
    return LlamaForCausalLM(config)


def add_dropout(model: Any, share: float) -> None:
    """Drop `share` of what each attention and each feed-forward part adds, while training: texts are seen many times."""

    def drop(module: Any, _: object, output: Tensor) -> Tensor:
        return F.dropout(output, share, training=module.training)

    for layer in model.model.layers if share else ():
        layer.self_attn.o_proj.register_forward_hook(drop)
        layer.mlp.register_forward_hook(drop)


def build_optimizers(model: Any, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices, which learns more from repeated data than AdamW; AdamW for embeddings and norms."""
    matrices = [p for p in model.model.layers.parameters() if p.ndim == 2]
    chosen = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in chosen]
    return [
        torch.optim.Muon(matrices, lr=recipe.lr, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=recipe.lr, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def batches(ids: Tensor, recipe: Recipe, steps: int) -> Iterator[Tensor]:
    """`steps` batches [batch, block + 1] of ids, cut at another random offset in each pass over the corpus."""
    rng, span, done = np.random.default_rng(recipe.seed), torch.arange(recipe.block + 1, device=ids.device), 0
    while done < steps:
        offset = int(rng.integers(recipe.block))
        starts = rng.permutation(np.arange(offset, len(ids) - recipe.block - 1, recipe.block))
        for i in range(0, len(starts) - recipe.batch + 1, recipe.batch):
            if done == steps:
                return
            at = torch.from_numpy(starts[i : i + recipe.batch]).to(ids.device)
            yield ids[at[:, None] + span].long()
            done += 1


def next_token_loss(model: Any, tokens: Tensor) -> Tensor:
    """Mean cross-entropy in nats of each token given those before it."""
    with torch.autocast(tokens.device.type, torch.bfloat16, enabled=tokens.is_cuda):
        logits = model(input_ids=tokens[:, :-1], use_cache=False).logits
    return F.cross_entropy(logits.flatten(0, 1).float(), tokens[:, 1:].flatten())


def rate(step: int, steps: int, warmup: int) -> float:
    """Share of the top learning rate: linear up, then linear down to zero."""
    return min((step + 1) / warmup, (steps - step) / max(1, steps - warmup), 1.0)


def held_loss(model: Any, ids: Tensor, recipe: Recipe) -> float:
    """Loss in nats a token on sequences that were not trained on."""
    model.eval()
    sequences = ids[: len(ids) // (recipe.block + 1) * (recipe.block + 1)].view(-1, recipe.block + 1).long()
    with torch.no_grad():
        losses = [next_token_loss(model, part).item() * len(part) for part in sequences.split(recipe.batch)]
    model.train()
    return float(sum(losses) / len(sequences))


def pretrain(model: Any, ids: Ids, recipe: Recipe) -> list[dict[str, float]]:
    """Train in place on all but the corpus' end; returns the loss curve: step, loss, at times eval_loss (on that end), seconds."""
    stream = torch.from_numpy(ids.astype(np.int32)).to(model.device)
    held = min(EVAL_SEQUENCES * (recipe.block + 1), len(ids) // 10 // (recipe.block + 1) * (recipe.block + 1))
    stream, end = stream[: len(stream) - held], stream[len(stream) - held :]
    steps = max(1, math.floor(recipe.epochs * (len(stream) // recipe.block // recipe.batch)))
    add_dropout(model, recipe.dropout)
    optimizers = build_optimizers(model.train(), recipe)
    loss_of = torch.compile(next_token_loss) if recipe.compile else next_token_loss
    curve: list[dict[str, float]] = []
    start = time.monotonic()
    for step, tokens in enumerate(batches(stream, recipe, steps)):
        past = (time.monotonic() - start) / 60 / recipe.minutes
        if past >= 1:
            break
        _set_rate(optimizers, recipe.lr * min(rate(step, steps, recipe.warmup), (1 - past) / 0.9))
        loss = loss_of(model, tokens)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if step % LOG_EVERY == 0 or step == steps - 1:
            curve.append({"step": step, "loss": round(loss.item(), 4), "seconds": round(time.monotonic() - start, 1)})
        if held and step % (10 * LOG_EVERY) == 0:
            curve[-1]["eval_loss"] = round(held_loss(model, end, recipe), 4)
            print(f"step {step}/{steps} {curve[-1]}", flush=True)
    curve.append({"step": step, "loss": round(loss.item(), 4), "seconds": round(time.monotonic() - start, 1)})
    return [*curve[:-1], curve[-1] | ({"eval_loss": round(held_loss(model, end, recipe), 4)} if held else {})]


def _set_rate(optimizers: list[torch.optim.Optimizer], lr: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = lr
