"""Pre-trains the small specialist: its own tokenizer and a Llama of 32 M parameters, on product texts without prices.

    uv run python -m training.specialist_pretrain [--data FOLDER] [--out runs/specialist/pretrained]

Eight minutes on one H200; on a CPU only a tiny `--limit` is sensible. specialist_train goes on from the folder it leaves.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its customary name

from specialist.prompt import ANSWER, PRICES, QUESTION
from training.data import corpus_texts, data_folder, data_hashes

END = "<|end|>"
# Llama 3's pattern: digits in groups of up to three, so that every price from 0 to 999 can be one token.
PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
Ids = npt.NDArray[np.uint16]


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Arguments; every one has a default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: data/ of the shared folder)")
    add("--out", type=Path, default=Path("runs/specialist/pretrained"))
    add("--limit", type=int, help="take only this many rows of each file: a smoke test")
    add("--vocab", type=int, default=16_384)
    add("--layers", type=int, default=8)
    add("--width", type=int, default=512)
    add("--inner", type=int, default=1408, help="width inside the feed-forward part")
    add("--heads", type=int, default=8)
    add("--kv-heads", type=int, default=4)
    add("--epochs", type=float, default=14)
    add("--block", type=int, default=512, help="tokens in one training sequence")
    add("--batch", type=int, default=64, help="sequences in one step")
    add("--lr", type=float, default=2e-3)
    add("--weight-decay", type=float, default=0.1)
    add("--warmup", type=int, default=150, help="steps")
    add("--minutes", type=float, default=1e9, help="upper limit: the learning rate then falls with the clock")
    add("--seed", type=int, default=42)
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--compile", action=argparse.BooleanOptionalAction, default=torch.cuda.is_available())
    return parser.parse_args(argv)


def train_tokenizer(texts: list[str], vocab: int) -> Tokenizer:
    """Byte-level BPE in which each of 0..999 is one token (ValueError when one is not)."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(PATTERN), behavior="isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab, special_tokens=[END], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    numbers = [" ".join(map(str, range(PRICES)))] * max(100, len(texts) // 50)
    tokenizer.train_from_iterator([*texts, *numbers, *[QUESTION + ANSWER] * 50], trainer)
    price_ids(tokenizer)
    return tokenizer


def price_ids(tokenizer: Tokenizer) -> list[int]:
    """Token of each whole dollar 0..999; ValueError names the first that is no single token."""
    ids = [tokenizer.encode(str(dollars)).ids for dollars in range(PRICES)]
    for dollars, found in enumerate(ids):
        if len(found) != 1:
            raise ValueError(f"the tokenizer splits {dollars} into {len(found)} tokens")
    return [found[0] for found in ids]


def prepare(args: argparse.Namespace) -> tuple[Tokenizer, Ids]:
    """Tokenizer and the whole corpus as one row of ids; both are kept in --out and used again for the same data."""
    folder = data_folder(args.data)
    key = {"data": data_hashes(folder), "limit": args.limit, "vocab": args.vocab}
    mark, ids_path, tokenizer_path = args.out / "corpus.json", args.out / "corpus.npy", args.out / "tokenizer.json"
    if mark.is_file() and json.loads(mark.read_text()) == key:
        return Tokenizer.from_file(str(tokenizer_path)), np.load(ids_path)
    texts = corpus_texts(folder, args.limit)
    tokenizer = train_tokenizer(texts, args.vocab)
    end = tokenizer.token_to_id(END)
    order = np.random.default_rng(args.seed).permutation(len(texts))
    encoded = tokenizer.encode_batch([texts[i] for i in order])
    ids = np.concatenate([np.array([*one.ids, end], np.uint16) for one in encoded])
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(tokenizer_path))
    np.save(ids_path, ids)
    mark.write_text(json.dumps(key))
    print(f"corpus: {len(texts)} texts, {len(ids)} tokens, vocabulary {tokenizer.get_vocab_size()}", flush=True)
    return tokenizer, ids


def build_llama(args: argparse.Namespace, vocab: int) -> Any:
    """A Llama with random weights and tied embeddings."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocab,
        hidden_size=args.width,
        intermediate_size=args.inner,
        num_hidden_layers=args.layers,
        num_attention_heads=args.heads,
        num_key_value_heads=args.kv_heads,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        bos_token_id=None,
        eos_token_id=0,
    )
    return LlamaForCausalLM(config)


def build_optimizers(model: Any, args: argparse.Namespace) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices, which learns more from repeated data than AdamW; AdamW for embeddings and norms."""
    matrices = [p for p in model.model.layers.parameters() if p.ndim == 2]
    chosen = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in chosen]
    return [
        torch.optim.Muon(matrices, lr=args.lr, weight_decay=args.weight_decay, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=args.lr, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def batches(ids: Ids, args: argparse.Namespace, steps: int) -> Iterator[Tensor]:
    """`steps` batches of block + 1 tokens, cut at another random offset in each pass over the corpus."""
    rng = np.random.default_rng(args.seed)
    stream = torch.from_numpy(ids.astype(np.int32)).to(args.device)
    done = 0
    while done < steps:
        offset = int(rng.integers(args.block))
        starts = rng.permutation(np.arange(offset, len(ids) - args.block - 1, args.block))
        for i in range(0, len(starts) - args.batch + 1, args.batch):
            if done == steps:
                return
            at = torch.from_numpy(starts[i : i + args.batch]).to(args.device)
            yield stream[at[:, None] + torch.arange(args.block + 1, device=args.device)].long()
            done += 1


def next_token_loss(model: Any, tokens: Tensor) -> Tensor:
    """Mean cross-entropy in nats of each token given those before it."""
    with torch.autocast(tokens.device.type, torch.bfloat16, enabled=tokens.is_cuda):
        logits = model(input_ids=tokens[:, :-1], use_cache=False).logits
    return F.cross_entropy(logits.flatten(0, 1).float(), tokens[:, 1:].flatten())


def rate(step: int, steps: int, warmup: int) -> float:
    """Share of the top learning rate: linear up, then linear down to zero."""
    return min((step + 1) / warmup, (steps - step) / max(1, steps - warmup), 1.0)


def pretrain(model: Any, ids: Ids, args: argparse.Namespace) -> list[dict[str, float]]:
    """Train in place; returns the loss curve. With --minutes the schedule is driven by the clock, whichever ends first."""
    steps = max(1, math.floor(args.epochs * (len(ids) // args.block // args.batch)))
    optimizers = build_optimizers(model, args)
    loss_of = torch.compile(next_token_loss) if args.compile else next_token_loss
    curve: list[dict[str, float]] = []
    start = time.monotonic()
    for step, tokens in enumerate(batches(ids, args, steps)):
        past = (time.monotonic() - start) / 60 / args.minutes
        if past >= 1:
            break
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = args.lr * min(rate(step, steps, args.warmup), (1 - past) / 0.9)
        loss = loss_of(model, tokens)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if step % 100 == 0 or step == steps - 1:
            curve.append({"step": step, "loss": round(loss.item(), 4), "seconds": round(time.monotonic() - start, 1)})
            print(f"step {step}/{steps} loss {curve[-1]['loss']} {curve[-1]['seconds']} s", flush=True)
    return curve


def main(argv: list[str] | None = None) -> None:
    """Prepare, train, save."""
    args = parse(argv)
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("high")
    tokenizer, ids = prepare(args)
    model = build_llama(args, tokenizer.get_vocab_size()).to(args.device)
    curve = pretrain(model, ids, args)
    model.save_pretrained(args.out)
    settings = {name: value for name, value in vars(args).items() if name not in {"data", "out"}}
    parameters = sum(p.numel() for p in model.parameters())
    done = {"parameters": parameters, "tokens": len(ids), "arguments": settings, "data": data_hashes(data_folder(args.data))}
    (args.out / "pretrain.json").write_text(json.dumps({**done, "curve": curve}, indent=2))
    print(json.dumps({"parameters": parameters, "tokens": len(ids), "loss": curve[-1]["loss"]}))


if __name__ == "__main__":
    main()
