"""FP8, NF4 and LoRA adapters in the GPU backend, against exact arithmetic and against peft's own forward pass."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: uv sync --extra gpu, or make training")
peft = pytest.importorskip("peft", reason="needs peft: uv sync --extra gpu, or make training")
pytest.importorskip("transformers", reason="needs transformers: uv sync --extra gpu, or make training")
pytest.importorskip("bitsandbytes", reason="needs bitsandbytes: uv sync --extra gpu, or make training")

from common.errors import ArtifactError  # noqa: E402 (after the skips)
from specialist.cuda.linear import Fp8Linear, Lora, Nf4Linear, Source, served, through_nf4, to_fp8  # noqa: E402
from specialist.cuda.load import Base, load_adapter  # noqa: E402
from specialist.cuda.model import CudaPriceModel  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
TEXTS = ["a small lamp", "a much longer description of a large lamp " * 5, "lamp", "a lamp 7 " * 9]


def source(rows: int = 96, columns: int = 64, *, rank: int = 0) -> Source:
    torch.manual_seed(3)
    lora = Lora(drawn(rank, columns) * 0.3, drawn(rows, rank) * 0.3) if rank else None
    return Source(drawn(rows, columns), drawn(rows), lora)


def drawn(*shape: int) -> Any:
    """Where it is served: not every release of torch multiplies fp8 by rows on a CPU."""
    return torch.randn(*shape, device=DEVICE).bfloat16()


def distance(found: Any, wanted: Any) -> float:
    return float((found.double() - wanted.double()).norm() / wanted.double().norm())


def test_fp8_keeps_three_bits_of_each_row_whatever_its_size() -> None:
    rows = torch.randn(5, 64) * torch.tensor([[1e-6], [1e-2], [1.0], [1e3], [0.0]])
    values, scale = to_fp8(rows)
    back = values.float() * scale
    assert (values.float().abs() <= 448).all()
    assert ((back - rows).abs() <= rows.abs().amax(-1, keepdim=True) / 16 + 1e-20).all()


def test_a_row_of_nothing_but_noise_does_not_reach_its_neighbours() -> None:
    layer, rows = Fp8Linear(source()), drawn(4, 64)
    rows[2] = float("nan")
    found = layer(rows)
    assert torch.equal(found[[0, 1, 3]], layer(rows[[0, 1, 3]]))


def test_an_fp8_product_is_near_the_exact_one() -> None:
    given, x = source(), drawn(1, 7, 64)
    exact = x.double() @ given.weight.double().t() + given.bias.double()
    assert distance(Fp8Linear(given)(x), exact) < 0.05


def test_what_a_form_cannot_take_stays_as_it_is() -> None:
    assert type(served(source(rows=24), "fp8")).__name__ == "PlainLinear"
    assert type(served(source(columns=96), "nf4")).__name__ == "PlainLinear"
    assert isinstance(served(source(), "nf4"), Nf4Linear)


def test_four_bits_unpacked_by_plain_arithmetic_are_those_of_bitsandbytes() -> None:
    layer = Nf4Linear(source(rows=512, columns=320))
    assert torch.equal(layer.unpacked(), through_nf4(source(rows=512, columns=320).weight))


def test_the_adapter_beside_four_bit_weights_is_what_peft_computes() -> None:
    given, x = source(rank=4), drawn(1, 7, 64)
    assert given.lora is not None
    exact = (
        x.double() @ (through_nf4(given.weight).double() + given.lora.b.double() @ given.lora.a.double()).t() + given.bias.double()
    )
    assert distance(Nf4Linear(given)(x), exact) < 0.01


@pytest.fixture(scope="module")
def base_folder(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("base")
    make_model(dtype="bfloat16").save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapter_folder(make_model: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapter")
    config = peft.LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    peft.get_peft_model(make_model(dtype="bfloat16"), config).save_pretrained(folder)
    return folder


def said_to_be(folder: Path, quantization: str, into: Path) -> str:
    for file in folder.iterdir():
        (into / file.name).write_bytes(file.read_bytes())
    (into / "meta.json").write_text(json.dumps({"quantization": quantization}))
    return str(into)


def price(base: Path, adapter: str, quantization: str, texts: list[str] = TEXTS) -> Any:
    return CudaPriceModel(Base(str(base), adapter, quantization, DEVICE), max_text_tokens=64).logits(texts)


def by_peft(base: Path, adapter: str, tokenizer: Any, *, nf4: bool) -> Any:
    """peft's own forward pass, each text alone, in float32 over the same bf16 weights."""
    from transformers import AutoModelForCausalLM

    from specialist.cuda.tokens import Prompts

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    if nf4:
        for name, child in model.model.named_modules():
            if isinstance(child, torch.nn.Linear) and name:
                child.weight.data = through_nf4(child.weight.data)
    wrapped = peft.PeftModel.from_pretrained(model, adapter).eval().float()
    prompts = Prompts(tokenizer, 64)
    with torch.no_grad():
        rows = [wrapped(torch.tensor([[*prompts.prefix, *ids]])).logits[0, -1, prompts.price_ids] for ids in prompts.encode(TEXTS)]
    return torch.stack(rows).numpy()


@pytest.mark.parametrize("trained_on", ["bf16", "nf4"])
@pytest.mark.parametrize("form", ["bf16", "fp8"])
def test_a_merged_adapter_answers_as_peft_does_over_the_weights_it_was_trained_on(
    form: str,
    trained_on: str,
    base_folder: Path,
    adapter_folder: Path,
    make_tokenizer: Callable[..., Any],
    tmp_path: Path,
) -> None:
    adapter = said_to_be(adapter_folder, trained_on, tmp_path)
    right, wrong = (by_peft(base_folder, adapter, make_tokenizer(), nf4=nf4) for nf4 in (trained_on == "nf4", trained_on != "nf4"))
    found = price(base_folder, adapter, form)
    assert np.corrcoef(found.ravel(), right.ravel())[0, 1] > {"bf16": 0.999, "fp8": 0.95}[form]
    assert np.abs(found - right).mean() < np.abs(found - wrong).mean()


def test_an_adapter_beside_four_bit_weights_answers_as_peft_does(
    base_folder: Path, adapter_folder: Path, make_tokenizer: Callable[..., Any]
) -> None:
    found = price(base_folder, str(adapter_folder), "nf4")
    wanted = by_peft(base_folder, str(adapter_folder), make_tokenizer(), nf4=True)
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.999
    assert np.abs(found - price(base_folder, "", "nf4")).max() > 0.1


def test_an_adapter_of_another_base_is_refused(make_model: Callable[..., Any], adapter_folder: Path) -> None:
    with pytest.raises(ArtifactError, match="holds no LoRA adapter"):
        load_adapter(make_model(hidden_act="silu", head_dim=32), str(adapter_folder))


def test_an_adapter_of_more_than_the_decoder_is_refused(make_model: Callable[..., Any], tmp_path: Path) -> None:
    targets = ["q_proj", "lm_head"]
    config = peft.LoraConfig(r=4, target_modules=targets, init_lora_weights=False, task_type="CAUSAL_LM")
    peft.get_peft_model(make_model(), config).save_pretrained(tmp_path)
    with pytest.raises(ArtifactError, match="adapts 3 layers, 2 of them linear ones of the decoder"):
        load_adapter(make_model(), str(tmp_path))


def test_a_folder_without_an_adapter_is_refused(base_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="specialist_train --preset seed"):
        price(base_folder, str(tmp_path), "bf16")


def test_a_base_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="SPECIALIST_BASE_MODEL"):
        price(tmp_path / "none", "", "bf16")


def test_without_a_gpu_the_backend_says_what_to_do(base_folder: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("needs a machine without a CUDA device")
    with pytest.raises(ArtifactError, match="SPECIALIST_BACKEND=onnx"):
        CudaPriceModel(Base(str(base_folder)), max_text_tokens=64)
