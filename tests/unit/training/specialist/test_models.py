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

from tests.unit.training.specialist.tiny_bases import lamps as rows  # noqa: E402 (after the skips)
from training.data.rows import Row  # noqa: E402
from training.specialist.small.run import CLASSES, Sampling, SmallRun, Tuning  # noqa: E402
from training.specialist_train import parse  # noqa: E402

# Libraries of others warn of their own future; that is not for this project's tests to fail on.
pytestmark = pytest.mark.filterwarnings("default")


def pricer_of(folder: Path) -> Any:
    from training.specialist.small.pricer import LlamaPricer

    return LlamaPricer(folder, "cpu", 32)


def test_every_price_is_one_token_and_long_numbers_are_groups_of_three(base: Path) -> None:
    from tokenizers import Tokenizer

    from training.specialist.small.corpus import price_ids

    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    assert len(set(price_ids(tokenizer))) == 1000
    assert [len(tokenizer.encode(text).ids) for text in ("999", "1000", "123456", "$250")] == [1, 2, 2, 2]


def test_prices_are_tokens_beside_many_texts_in_a_small_vocabulary() -> None:
    from training.specialist.small.corpus import price_ids, train_tokenizer

    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=5)) for _ in range(600)]
    texts = [" ".join(chance.choices(words, k=60)) for _ in range(3_000)]  # each word thrice as often as a price at first
    assert len(set(price_ids(train_tokenizer(texts, 2_000)))) == 1000
    with pytest.raises(ValueError, match="the tokenizer splits"):
        train_tokenizer(texts, 1_000)


def tuning(**given: object) -> Tuning:
    texts = [text for name, value in given.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    run = parse(["--device", "cpu", *texts])
    assert isinstance(run, SmallRun)
    return run.teaching.tuning


@pytest.mark.parametrize(("rank", "rate"), [(0, 0.005), (8, 0.05)])
def test_tuning_learns_prices_with_and_without_adapters(base: Path, rank: int, rate: float) -> None:
    from training.specialist.small.examples import priced_examples
    from training.specialist.small.tune import tune

    pricer = pricer_of(base)
    curve = tune(pricer, priced_examples(rows(60), [], Sampling(0.4, 0.2, 0)), tuning(epochs=6, batch=8, lr=rate, lora=rank), 1)
    assert curve[-1]["loss"] < curve[0]["loss"]
    assert not any("lora" in name for name, _ in pricer.model.named_parameters())


def test_a_sentence_encoder_is_tuned_and_asked_like_a_llama(base: Path, tmp_path: Path) -> None:
    import shutil

    from transformers import BertConfig, BertModel

    from training.specialist.small.encoder import EncoderPricer
    from training.specialist.small.examples import priced_examples
    from training.specialist.small.teachers import open_pricer
    from training.specialist.small.tune import tune

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=2400, **sizes)).save_pretrained(tmp_path)
    shutil.copy(base / "tokenizer.json", tmp_path / "tokenizer.json")
    pricer = open_pricer(tmp_path, "cpu", 32)
    assert isinstance(pricer, EncoderPricer)
    assert max(map(len, pricer.prompts(["lamp " * 100]))) == 32
    examples = priced_examples(rows(60), [], Sampling(0.4, 0.2, 0))
    curve = tune(pricer, examples, tuning(epochs=6, batch=8, encoder_lr=1e-3), 1)
    assert curve[-1]["loss"] < curve[0]["loss"]
    texts = [row.title for row in rows(3)]
    together = pricer.probabilities([*texts, "lamp " * 60])
    assert together.sum(1).tolist() == pytest.approx([1] * 4, abs=1e-2)
    assert np.abs(together[:3] - pricer.probabilities(texts)).max() < 1e-3  # padding changes nothing


def test_a_language_model_of_others_is_tuned_and_asked_like_a_llama_of_ours(base: Path, tmp_path: Path) -> None:
    import shutil

    from transformers import Qwen2Config, Qwen2ForCausalLM

    from training.specialist.small.causal import CausalPricer, adapted_layers
    from training.specialist.small.examples import priced_examples
    from training.specialist.small.teachers import open_pricer
    from training.specialist.small.tune import tune

    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 64}
    Qwen2ForCausalLM(Qwen2Config(vocab_size=2400, eos_token_id=0, **sizes)).save_pretrained(tmp_path)
    shutil.copy(base / "tokenizer.json", tmp_path / "tokenizer.json")
    pricer = open_pricer(tmp_path, "cpu", 32)
    assert isinstance(pricer, CausalPricer)
    texts = [row.title for row in rows(3)]
    assert pricer.prompts(texts) == [pricer.encoder.ids(text) for text in texts]
    even = pytest.approx([1 / len(CLASSES)] * 3, rel=1e-2)
    assert pricer.probabilities(texts)[0, ::250].tolist() == even  # before tuning it knows nothing
    before = {name: tensor.clone() for name, tensor in pricer.model["body"].named_parameters()}
    examples = priced_examples(rows(60), [], Sampling(0.4, 0.2, 0))
    curve = tune(pricer, examples, tuning(epochs=6, batch=8, lora=4, causal_lr=1e-2), 1)
    assert curve[-1]["loss"] < curve[0]["loss"]
    layers = adapted_layers(pricer.model["body"])
    assert len(layers) == 2 * 7
    assert all(layer.merged for layer in layers)
    kept = dict(pricer.model["body"].named_parameters())
    assert all(torch.equal(kept[name], tensor) for name, tensor in before.items() if "norm" in name or "embed" in name)
    together = pricer.probabilities([*texts, "lamp " * 60])
    assert together.sum(1).tolist() == pytest.approx([1] * 4, abs=1e-2)
    assert np.abs(together[:3] - pricer.probabilities(texts)).max() < 1e-3  # padding changes nothing


def test_a_teacher_that_is_no_folder_is_looked_for_on_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    from training.specialist.small import causal
    from training.specialist.small.teachers import open_pricer

    class AskedError(Exception):
        """Stands for the hub's answer."""

    def load(name: str) -> None:
        raise AskedError(name)

    monkeypatch.setattr(causal, "load_tokenizer", load)
    with pytest.raises(AskedError, match=r"^Qwen/Qwen2\.5-Coder-1\.5B-Instruct$"):
        open_pricer(Path("Qwen/Qwen2.5-Coder-1.5B-Instruct"), "cpu", 32)


def test_the_soft_target_peaks_at_the_price_and_is_alike_wide_in_shares_of_it() -> None:
    from training.specialist.small.examples import soft_targets

    target = soft_targets(torch.tensor([20.0, 400.0]), sigma=0.1)
    assert target.sum(1).tolist() == pytest.approx([1.0, 1.0], abs=1e-5)
    assert CLASSES.middles[target.argmax(1).numpy()].tolist() == pytest.approx([20, 400], rel=0.03)
    assert float(target[0].max()) == pytest.approx(float(target[1].max()), rel=0.1)  # alike wide in shares of the price


def test_a_prompt_keeps_question_and_answer_when_tokens_are_dropped(base: Path) -> None:
    from training.specialist.small.examples import prompts_of

    pricer = pricer_of(base)
    prompts = prompts_of([row.title for row in rows(10)], pricer, 0.9, random.Random(0))
    question, answer = pricer.encoder.question, pricer.encoder.answer
    assert all(ids[: len(question)] == question and ids[-len(answer) :] == answer for ids in prompts)
    assert [pricer.encoder.ids(row.title) for row in rows(3)] == pricer.prompts([row.title for row in rows(3)])


def test_an_example_blends_its_price_with_what_the_teacher_says() -> None:
    from training.specialist.small.examples import Mixture, Targets, priced_examples, taught_examples

    priced = priced_examples(rows(4), rows(6)[4:], Sampling(0.4, 0.2, 0.5))
    said = np.zeros((4, len(CLASSES)), np.float16)
    said[:, 300] = 1
    examples = taught_examples(priced, said, ["a lamp without price"], said[:1], Mixture(trust=0.25, share=2.0, balance=0.4))
    density, function = Targets(examples, 0.2, "cpu").of(torch.tensor([0, 4, 6]))
    assert density.sum(1).tolist() == pytest.approx([1, 1, 1], abs=1e-3)
    assert density[:, 300].tolist() == pytest.approx([0.75, 0, 1], abs=1e-3)
    assert function[:, 250].tolist() == pytest.approx(
        [0.25, 1, 0], abs=1e-3
    )  # a fitted row, an auxiliary row, a text without price
    assert examples.size == 12
    assert examples.chance[6:].sum() == pytest.approx(8)


def test_labels_of_a_fitted_row_come_from_the_run_that_left_it_out(tmp_path: Path) -> None:
    from training.specialist.small.teachers import TeacherRun, left_out_answers

    folds, runs = np.array([1, 0, 1]), [TeacherRun(tmp_path, fold, tmp_path / str(fold)) for fold in (0, 1)]
    for run in runs:
        run.folder.mkdir()
        np.save(run.folder / "fold.npy", np.full((int((folds == run.fold).sum()), 1000), run.fold, np.float16))
    assert left_out_answers(runs, folds)[:, 0].tolist() == [1, 0, 1]


def test_the_teachers_are_those_whose_average_errs_least() -> None:
    from training.specialist.small.teachers import best_of

    def certain(*prices: int) -> Any:
        return np.eye(len(CLASSES), dtype=np.float16)[np.searchsorted(CLASSES.edges, prices) - 1]

    low, high, wild = certain(5, 5), certain(9, 9), certain(900, 900)
    assert best_of({"low": low, "exact": certain(7, 7), "high": high, "wild": wild}, [Row("", price=7.0), Row("", price=7.0)]) == (
        "exact",
    )


def test_the_exported_model_answers_as_transformers_does(base: Path, tmp_path: Path) -> None:
    from specialist.onnx_model import OnnxPriceModel
    from specialist.readout import distribution, estimate
    from training.specialist.small.export import export

    pricer = pricer_of(base)
    export(pricer.model, tmp_path / "model.onnx", longest=128)
    texts = ["Lamp 3", "Lamp 17\nlamp of size 17 with a shade", "shade"]
    with torch.no_grad():
        states = [pricer.model.model(torch.tensor([pricer.encoder.ids(text)])).last_hidden_state[0, -1] for text in texts]
        expected = [pricer.model.price_head(state).numpy() for state in states]
    full = OnnxPriceModel(tmp_path / "full.onnx", base / "tokenizer.json").logits(texts)
    served = OnnxPriceModel(tmp_path / "model.onnx", base / "tokenizer.json").logits(texts)
    assert full == pytest.approx(np.array(expected), abs=1e-3)
    prices, exact = (estimate(distribution(logits), "median", CLASSES) for logits in (served, full))
    assert prices == pytest.approx(exact, rel=0.05)
