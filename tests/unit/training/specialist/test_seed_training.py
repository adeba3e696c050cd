"""The seed preset from end to end on tiny random bases: the real trainer, a few steps, on the CPU."""

import json
import shutil
import signal
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (make training)")
for needed in ("transformers", "peft", "trl", "datasets", "matplotlib", "bitsandbytes"):
    pytest.importorskip(needed, reason=f"needs {needed} (make training)")

from common.artifact import read_artifact  # noqa: E402 (after the skips)
from specialist.adapter_meta import COMMAND, FORMAT_VERSION, read_adapter  # noqa: E402
from specialist.readout import Calibration  # noqa: E402
from tests.unit.training.hub_server import NAME, TOKEN, Hub, running  # noqa: E402
from tests.unit.training.specialist.tiny_bases import save_base, save_products  # noqa: E402
from training.specialist.adapter.finish import push  # noqa: E402
from training.specialist.adapter.run import AdapterRun  # noqa: E402
from training.specialist.curve.drawing import series  # noqa: E402
from training.specialist_train import main, parse  # noqa: E402

# Libraries of others warn of their own future; that is not for this project's tests to fail on.
pytestmark = pytest.mark.filterwarnings("default")

STEPS = 12
FEW = {"max-steps": STEPS, "save-steps": 5, "eval-steps": 5, "log-steps": 1, "eval-rows": 6, "max-text-tokens": 64, "lr": 0.01}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_products(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_base(tmp_path_factory.mktemp("llama"), "Llama")


def arguments(base: Path | str, data: Path, out: Path, *more: str, quantization: str = "none") -> list[str]:
    settings = [text for name, value in FEW.items() for text in (f"--{name}", str(value))]
    fixed = ["--preset", "seed", "--base", str(base), "--data", str(data), "--out", str(out), "--device", "cpu"]
    return [*fixed, "--quantization", quantization, *settings, *more]


def run_of(argv: list[str]) -> AdapterRun:
    run = parse(argv)
    assert isinstance(run, AdapterRun)
    return run


@pytest.fixture(scope="module")
def whole(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that an undisturbed run leaves."""
    out = tmp_path_factory.mktemp("whole") / "adapter"
    main(arguments(base, data, out))
    return out


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return dict(load_file(folder / "adapter_model.safetensors"))


def test_the_gpu_service_takes_the_adapter_as_it_was_made(whole: Path, base: Path) -> None:
    meta = json.loads((whole / "meta.json").read_text())
    found = read_adapter(str(whole), str(base))
    assert found.version == meta["version"]
    assert (found.max_text_tokens, asdict(found.calibration)) == (64, meta["calibration"])


def test_the_adapter_comes_with_its_calibration_and_checked_files(whole: Path, base: Path) -> None:
    artifact = read_artifact(whole, format_version=FORMAT_VERSION, command=COMMAND)
    meta = artifact.meta
    assert set(meta["files"]) == {"adapter_config.json", "adapter_model.safetensors"}
    assert Calibration.read(meta["calibration"]).estimator in {"median", "mean", "midmean"}
    assert (meta["base"], meta["quantization"], meta["max_text_tokens"]) == (str(base), "none", 64)
    assert meta["classes"] == {"dollars": 1000}
    assert meta["training"]["steps"] == STEPS
    assert {"held", "dev"} <= set(meta["metrics"])
    assert json.loads((whole / "adapter_config.json").read_text())["r"] == 32


def test_loss_and_dollar_error_are_followed_from_before_the_first_step(whole: Path) -> None:
    records = json.loads((whole / "loss.json").read_text())["records"]
    assert series(records, "eval_mae")[0] == [0, 5, 10, STEPS]
    assert series(records, "eval_loss")[0] == [0, 5, 10, STEPS]
    steps, losses = series(records, "loss")
    assert steps == list(range(1, STEPS + 1))
    assert losses[-1] < losses[0]
    assert (whole / "loss.png").read_bytes().startswith(b"\x89PNG")


class Interruption:
    """Stands in for whoever ends the process: sends SIGTERM once step `at` is over."""

    def __new__(cls, at: int) -> Any:
        from transformers import TrainerCallback

        class Sent(TrainerCallback):  # type: ignore[misc]
            def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                del args, control
                if state.global_step == at:
                    signal.raise_signal(signal.SIGTERM)

        return Sent()


def interrupt(argv: list[str], at: int) -> int:
    """Run until SIGTERM at step `at`; the step that is kept."""
    from training.data.parts import data_folder, load_parts
    from training.specialist.adapter.run_folder import last_checkpoint, note_settings, take_folder
    from training.specialist.adapter.sft import StopSignal
    from training.specialist.adapter.stages import build

    run = run_of(argv)
    work = take_folder(run)
    note_settings(run, work)
    stop = StopSignal()
    with stop.listening():
        trainer, _ = build(run, load_parts(data_folder(run.data)), work, stop)
        trainer.add_callback(Interruption(at))
        trainer.train()
    kept = last_checkpoint(work)
    assert stop.is_set
    assert kept is not None
    return int(kept.name.rpartition("-")[2])


def test_a_run_stopped_by_a_signal_goes_on_to_the_same_adapter(whole: Path, base: Path, data: Path, tmp_path: Path) -> None:
    argv = arguments(base, data, tmp_path / "adapter")
    assert interrupt(argv, at=6) == 7
    assert not (tmp_path / "adapter" / "meta.json").exists()
    main([*argv, "--resume"])
    ours, theirs = weights(tmp_path / "adapter"), weights(whole)
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-6) for name in theirs)
    records = [json.loads((folder / "loss.json").read_text())["records"] for folder in (tmp_path / "adapter", whole)]
    assert series(records[0], "loss")[1] == pytest.approx(series(records[1], "loss")[1], abs=1e-6)


def test_a_checkpoint_that_was_not_finished_is_passed_over(whole: Path, tmp_path: Path) -> None:
    from training.specialist.adapter.run_folder import last_checkpoint

    shutil.copytree(whole / "run", tmp_path / "run")
    (tmp_path / "run" / "checkpoint-99").mkdir()
    (tmp_path / "run" / f"checkpoint-{STEPS}" / "trainer_state.json").write_text('{"global_st')
    found = last_checkpoint(tmp_path / "run")
    assert found is not None
    assert found.name == "checkpoint-10"
    assert last_checkpoint(tmp_path) is None


def test_an_earlier_run_is_neither_overwritten_nor_mixed_with_another(whole: Path, base: Path, data: Path) -> None:
    with pytest.raises(SystemExit, match="give --resume to go on, or another --out"):
        main(arguments(base, data, whole))
    with pytest.raises(SystemExit, match=r"--resume: the run in .* had --lora 32 \(now 8\)"):
        main(arguments(base, data, whole, "--resume", "--lora", "8"))
    assert (whole / "meta.json").is_file()


def test_the_loss_is_taken_on_the_price_alone(base: Path, data: Path, tmp_path: Path) -> None:
    trainer, tokens = built(arguments(base, data, tmp_path))
    batch = next(iter(trainer.get_train_dataloader()))
    tokenizer = tokens.tokenizer
    for ids, labels in zip(batch["input_ids"], batch["labels"], strict=True):
        learnt = ids[labels != -100].tolist()
        assert labels[labels != -100].tolist() == learnt
        assert tokenizer.decode(learnt).endswith(".00<|end|>")
        before = tokenizer.decode(ids[: int((labels != -100).nonzero()[0])])
        assert before.startswith("<|begin|>How much does this cost")
        assert before.endswith("Price is $")


def built(argv: list[str]) -> tuple[Any, Any]:
    """(trainer, tokens) before the first step."""
    from training.data.parts import data_folder, load_parts
    from training.specialist.adapter.run_folder import take_folder
    from training.specialist.adapter.sft import StopSignal
    from training.specialist.adapter.stages import build

    run = run_of(argv)
    trainer, model = build(run, load_parts(data_folder(run.data)), take_folder(run), StopSignal())
    return trainer, model.tokens


def test_trained_and_served_prompts_are_the_same_tokens(base: Path, data: Path, tmp_path: Path) -> None:
    from specialist.cuda.tokens import Prompts
    from training.data.rows import Row, product_text
    from training.specialist.adapter.examples import examples

    _, tokens = built(arguments(base, data, tmp_path))
    served = Prompts(tokens.tokenizer, 64)
    row = Row("Lamp, red.", ("A lamp. " * 60,), price=25.4)
    (example,) = examples([row], tokens)
    asked = [one for one, learnt in zip(example["input_ids"], example["completion_mask"], strict=True) if not learnt]
    assert asked == [*served.prefix, *served.encode([product_text(row)])[0]]
    assert example["completion"] == "25.00"


@pytest.mark.parametrize(("kind", "targets"), [("Qwen2", "q_proj k_proj v_proj o_proj"), ("Phi3", "qkv_proj o_proj")])
def test_other_architectures_are_tuned_in_their_own_layers(kind: str, targets: str, data: Path, tmp_path: Path) -> None:
    other = save_base(tmp_path / "base", kind, digits="ones", has_opening=False)
    main(arguments(other, data, tmp_path / "out", "--max-steps", "2", "--eval-rows", "2"))
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert set(config["target_modules"]) == set(targets.split())
    meta = json.loads((tmp_path / "out" / "meta.json").read_text())
    assert meta["is_one_token"] is False
    assert np.isfinite(meta["metrics"]["held"]["all"]["mae"])


@pytest.mark.parametrize("quantization", ["nf4", "int8"])
def test_quantised_bases_are_tuned_with_an_adapter_in_32_bits(quantization: str, base: Path, data: Path, tmp_path: Path) -> None:
    main(arguments(base, data, tmp_path / "out", "--max-steps", "2", "--eval-rows", "2", quantization=quantization))
    assert json.loads((tmp_path / "out" / "meta.json").read_text())["quantization"] == quantization
    assert {tensor.dtype for tensor in weights(tmp_path / "out").values()} == {torch.float32}


def test_the_evaluation_gives_the_figures_of_the_training(whole: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from training.specialist_eval import main as evaluate

    evaluate(["--adapter", str(whole), "--data", str(data), "--device", "cpu"])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    meta = json.loads((whole / "meta.json").read_text())
    assert told["held"]["all"] == meta["metrics"]["held"]["all"]
    assert told["dev"]["all"] == meta["metrics"]["dev"]["all"]


def test_prices_past_999_are_trained_calibrated_and_evaluated(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.specialist_eval import main as evaluate

    data, out = save_products(tmp_path / "data", times=20.0), tmp_path / "out"
    main(arguments(base, data, out, "--max-steps", "2", "--eval-rows", "2", "--highest-price", "9999"))
    meta = json.loads((out / "meta.json").read_text())
    assert meta["classes"] == {"dollars": 10_000}
    assert meta["rows"]["fit"] + meta["rows"]["held"] == 120 + 2  # the catalogue's two lamps, too
    assert max(meta["calibration"]["prices"]) > 100
    assert "From $1,000 to $9,999" in (out / "README.md").read_text()
    capsys.readouterr()
    evaluate(["--adapter", str(out), "--data", str(data), "--device", "cpu"])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["held"]["all"] == meta["metrics"]["held"]["all"]


def test_the_published_recipe_leaves_out_what_it_cannot_say(base: Path, tmp_path: Path) -> None:
    from training.specialist.adapter.stages import read_parts

    data = save_products(tmp_path / "data", times=20.0)
    published, wide = (run_of(arguments(base, data, tmp_path, *more)) for more in ((), ("--highest-price", "9999")))
    assert max(row.price or 0.0 for row in read_parts(published).fit) <= 999.49
    assert max(row.price or 0.0 for row in read_parts(wide).fit) > 5000


def refused(argv: Sequence[str]) -> str:
    with pytest.raises(SystemExit) as found:
        main(list(argv))
    return str(found.value)


def test_what_cannot_be_trained_is_said_in_one_line(base: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "no CUDA device" in refused([*arguments(base, data, out), "--device", "cuda"]) or torch.cuda.is_available()
    assert "there is no base" in refused(arguments(tmp_path / "none", data, out))
    assert "no data" in refused(arguments(base, tmp_path / "none", out))
    assert "--max-length" in refused(arguments(base, data, out, "--max-length", "40"))
    assert "no such linear layer" in refused(arguments(base, data, out, "--targets", "c_attn"))


def test_a_push_without_a_token_is_refused_before_the_training(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert "--hub-name: pushing needs HF_TOKEN" in refused(arguments(base, data, tmp_path / "out", "--hub-name", NAME))
    assert not (tmp_path / "out").exists()


def test_the_pushed_adapter_is_private_and_says_no_path_of_this_machine(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    with running(Hub(kind="models")) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        assert push(whole, NAME).endswith("/commit/1")
    assert hub.private is True
    weights_and_papers = {"README.md", "meta.json", "loss.png", "loss.json", "adapter_config.json", "adapter_model.safetensors"}
    assert set(hub.files) == weights_and_papers
    texts = b"".join(content for name, content in hub.files.items() if name.endswith((".md", ".json")))
    assert str(whole.parent).encode() not in texts
    assert b"/tmp" not in texts
    for name, content in hub.files.items():
        (tmp_path / name).write_bytes(content)
    read_artifact(tmp_path, format_version=FORMAT_VERSION, command=COMMAND)


def test_a_push_that_fails_leaves_the_finished_adapter(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert push(whole, NAME).startswith("not pushed: the hub did not answer")
    read_artifact(whole, format_version=FORMAT_VERSION, command=COMMAND)
