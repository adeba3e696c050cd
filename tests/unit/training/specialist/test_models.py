"""The small specialist's training at tiny size: tokenizer, pre-training, tuning, export."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (make training)")
pytest.importorskip("transformers", reason="needs transformers (make training)")
pytest.importorskip("peft", reason="needs peft (make training)")
pytest.importorskip("onnx", reason="needs onnx (make training)")

from training.data import Parts  # noqa: E402
from training.rows import Row  # noqa: E402 (after the skips)

# Libraries of others warn of their own future; that is not for this project's tests to fail on.
pytestmark = pytest.mark.filterwarnings("default")
TINY = ["--layers", "2", "--width", "64", "--inner", "128", "--heads", "4", "--kv-heads", "2", "--device", "cpu", "--no-compile"]


def rows(count: int) -> list[Row]:
    return [
        Row(f"Lamp {n}", (f"lamp of size {n} with a shade",), price=float(5 + n), extra={"source": "shop"}) for n in range(count)
    ]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pre-trained Llama with its tokenizer."""
    from training.specialist_pretrain import END, build_llama, parse, pretrain, train_tokenizer

    folder = tmp_path_factory.mktemp("base")
    texts = [f"{row.title}\n{row.description[0]}" for row in rows(40)]
    tokenizer = train_tokenizer(texts, vocab=2400)
    args = parse([*TINY, "--epochs", "2", "--block", "16", "--batch", "4", "--warmup", "2", "--lr", "0.01"])
    torch.manual_seed(0)
    model = build_llama(args, tokenizer.get_vocab_size())
    ids = np.concatenate([[*tokenizer.encode(text).ids, tokenizer.token_to_id(END)] for text in texts * 4]).astype(np.uint16)
    curve = pretrain(model, ids, args)
    assert curve[-1]["loss"] < curve[0]["loss"]
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def pricer_of(folder: Path) -> Any:
    from training.specialist.tune import Pricer

    return Pricer(folder, "cpu", 32)


def test_every_price_is_one_token_and_long_numbers_are_groups_of_three(base: Path) -> None:
    from tokenizers import Tokenizer

    from training.specialist_pretrain import price_ids

    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    assert len(set(price_ids(tokenizer))) == 1000
    assert [len(tokenizer.encode(text).ids) for text in ("999", "1000", "123456", "$250")] == [1, 2, 2, 2]


@pytest.mark.parametrize(("rank", "rate"), [(0, 0.005), (8, 0.05)])
def test_tuning_learns_prices_with_and_without_adapters(base: Path, rank: int, rate: float) -> None:
    from training.specialist.tune import tune_runs
    from training.specialist_train import parse

    settings = {"epochs": 6, "batch": 8, "lr": rate, "lora": rank, "runs": 2, "auxiliary": 0, "max-text-tokens": 32}
    _, args = parse(["--device", "cpu", *(text for name, value in settings.items() for text in (f"--{name}", str(value)))])
    pricer, losses = tune_runs(base, Parts(rows(60), [], [], []), args)
    assert all(run[-1] < run[0] for run in losses)
    assert not any("lora" in name for name, _ in pricer.llama.named_parameters())


def test_the_soft_target_peaks_at_the_price_and_is_wider_where_prices_are_higher() -> None:
    from training.specialist.tune import soft_targets

    target = soft_targets(torch.tensor([20.0, 400.0]), sigma=0.1)
    assert target.sum(1).tolist() == pytest.approx([1.0, 1.0], abs=1e-5)
    assert target.argmax(1).tolist() == pytest.approx([20, 400], abs=6)
    assert target[0].max() > target[1].max()


def test_a_prompt_keeps_question_and_answer_when_tokens_are_dropped(base: Path) -> None:
    from training.specialist.tune import Sampler
    from training.specialist_train import parse

    pricer = pricer_of(base)
    _, args = parse(["--token-dropout", "0.9", "--device", "cpu"])
    prompts, prices = Sampler(Parts(rows(10), [], [], []), args).epoch(pricer, random.Random(0))
    question, answer = pricer.encoder.question, pricer.encoder.answer
    assert all(ids[: len(question)] == question and ids[-len(answer) :] == answer for ids in prompts)
    assert len(prices) == 10


def test_the_exported_model_answers_as_transformers_does(base: Path, tmp_path: Path) -> None:
    from specialist.onnx_model import OnnxPriceModel
    from specialist.readout import distribution, estimate
    from training.specialist.export import export

    pricer = pricer_of(base)
    export(pricer.llama, pricer.price_ids.tolist(), tmp_path / "model.onnx", longest=128)
    texts = ["Lamp 3", "Lamp 17\nlamp of size 17 with a shade", "shade"]
    with torch.no_grad():
        expected = [
            pricer.llama(torch.tensor([pricer.encoder.ids(text)])).logits[0, -1, pricer.price_ids].numpy() for text in texts
        ]
    full = OnnxPriceModel(tmp_path / "full.onnx", base / "tokenizer.json").logits(texts)
    served = OnnxPriceModel(tmp_path / "model.onnx", base / "tokenizer.json").logits(texts)
    assert full == pytest.approx(np.array(expected), abs=1e-3)
    prices, exact = (estimate(distribution(logits), "median") for logits in (served, full))
    assert prices == pytest.approx(exact, rel=0.05)
