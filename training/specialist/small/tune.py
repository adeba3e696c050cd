"""Tunes a model to price: loss on the price alone; weights averaged over a run's end."""

import math
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its customary name

from training.specialist.small.examples import Examples, Targets, prompts_of
from training.specialist.small.pricer import Pricer
from training.specialist.small.run import CLASSES, Tuning

CLASS_WIDTH = math.log(CLASSES.edges[1] / CLASSES.edges[0])
Prompts = list[list[int]]


def price_loss(logits: Tensor, density: Tensor, function: Tensor, crps: float) -> Tensor:
    """Cross-entropy against the target density, plus `crps` x the ranked probability score in units of ln(price)."""
    loss = -(density * F.log_softmax(logits, 1)).sum(1).mean()
    if crps:
        loss = loss + crps * ((logits.softmax(1).cumsum(1) - function) ** 2).sum(1).mean() * CLASS_WIDTH
    return loss


class Average:
    """Running mean of a model's weights: what stands at its end generalises better than the last step's weights."""

    def __init__(self) -> None:
        self.count, self.mean = 0, dict[str, Tensor]()

    def add(self, weights: dict[str, Tensor]) -> None:
        """Take in one more set of weights."""
        self.count += 1
        for name, tensor in weights.items():
            if not tensor.is_floating_point():  # positions and the like
                self.mean[name] = tensor
                continue
            held = self.mean.setdefault(name, torch.zeros_like(tensor))
            held += (tensor.detach().to(held.device) - held) / self.count


def prepared_epochs(pricer: Pricer, examples: Examples, tuning: Tuning, rng: random.Random) -> Iterator[tuple[Tensor, Prompts]]:
    """Row numbers and prompts of each epoch; the next epoch's are made while one is trained on, as tokenising takes as long."""

    def prepare(seed: int) -> tuple[Tensor, Prompts]:
        own = random.Random(seed)
        chosen, texts = examples.draw(own)
        return torch.tensor(chosen), prompts_of(texts, pricer, tuning.token_dropout, own)

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(prepare, rng.getrandbits(32))
        for left in range(tuning.epochs - 1, -1, -1):
            found = coming.result()
            if left:
                coming = pool.submit(prepare, rng.getrandbits(32))
            yield found


def tune(pricer: Pricer, examples: Examples, tuning: Tuning, seed: int) -> list[dict[str, float]]:
    """One run, in place, adapters merged at its end; returns the loss curve. Weights are averaged over the run's last third."""
    torch.manual_seed(seed)  # the adapter's own start counts, too
    groups = pricer.begin_tuning(tuning)
    highest = [group["lr"] for group in groups]
    rng, targets, average = random.Random(seed), Targets(examples, tuning.sigma, pricer.device), Average()
    tuned = {name: parameter for name, parameter in pricer.model.named_parameters() if parameter.requires_grad}
    fused = pricer.device.startswith("cuda")
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=tuning.weight_decay, fused=fused)
    steps, step, start = tuning.epochs * math.ceil(examples.size / tuning.batch), 0, time.monotonic()
    curve: list[dict[str, float]] = []
    for epoch, (numbers, prompts) in enumerate(prepared_epochs(pricer, examples, tuning, rng)):
        pricer.model.train()
        total = torch.zeros((), device=pricer.device)
        for ids, last, rows in pricer.batches(prompts, tuning.batch, rng):
            for group, lr in zip(optimizer.param_groups, highest, strict=True):
                group["lr"] = lr * min(1.0, (step + 1) / (0.05 * steps)) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
            loss = price_loss(pricer.logits(ids, last), *targets.of(numbers[rows]), tuning.crps)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(tuned.values(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total += loss.detach() * len(rows)
            step += 1
            if step > 2 * steps / 3 and step % 10 == 0:
                average.add(tuned)
        seconds = round(time.monotonic() - start, 1)
        curve.append({"epoch": epoch, "step": step, "loss": round(total.item() / examples.size, 4), "seconds": seconds})
        print(f"seed {seed} {curve[-1]}", flush=True)
    if average.count:
        pricer.model.load_state_dict(average.mean, strict=False)  # what was not tuned stays as it is
    pricer.end_tuning()
    return curve
