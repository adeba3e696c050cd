"""What only a GPU can show: flash attention, FP8 products, compiled layers and captured graphs against the plain arithmetic."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: uv sync --extra gpu, or make training")
pytest.importorskip("transformers", reason="needs transformers: uv sync --extra gpu, or make training")

from specialist.cuda.attention import packed_attention  # noqa: E402 (after the skips)
from specialist.cuda.convert import Recipe  # noqa: E402
from specialist.cuda.linear import Fp8Linear, Nf4Linear, Source, through_nf4  # noqa: E402
from specialist.cuda.load import Loaded  # noqa: E402
from specialist.cuda.model import CudaPriceModel, Speed  # noqa: E402
from specialist.fourth_digit import FOUR_DIGITS  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
    pytest.mark.timeout(400),
]

TEXTS = [f"lamp {number} " * (1 + number % 17) for number in range(70)]
BIG = {"hidden_size": 256, "intermediate_size": 512, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64}


def distance(found: Any, wanted: Any) -> float:
    return float((found.double() - wanted.double()).norm() / wanted.double().norm())


def test_flash_attention_is_the_one_prompt_after_the_other() -> None:
    torch.manual_seed(1)
    queries, keys = [5, 1, 40, 130], [17, 13, 52, 142]
    query = torch.randn(190, 8, 64, device="cuda", dtype=torch.bfloat16)
    key, value = (torch.randn(240, 2, 64, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    starts = torch.tensor([np.cumsum([0, *counts, 0, 0]) for counts in (queries, keys)], dtype=torch.int32)
    found = packed_attention(query, key, value, starts.cuda(), 150, 0.125)
    wanted = packed_attention(query.cpu().float(), key.cpu().float(), value.cpu().float(), starts, 150, 0.125)
    assert distance(found[:176].cpu(), wanted[:176]) < 0.01


def test_an_fp8_product_is_near_the_exact_one() -> None:
    torch.manual_seed(1)
    weight, x = torch.randn(512, 256, device="cuda").bfloat16(), torch.randn(1, 100, 256, device="cuda").bfloat16()
    assert distance(Fp8Linear(Source(weight, None))(x), x.double() @ weight.double().t()) < 0.05


def test_four_bits_unpacked_by_plain_arithmetic_are_those_of_bitsandbytes() -> None:
    pytest.importorskip("bitsandbytes", reason="needs bitsandbytes: uv sync --extra gpu, or make training")
    weight = torch.randn(512, 320, device="cuda").bfloat16()
    assert torch.equal(Nf4Linear(Source(weight, None)).unpacked(), through_nf4(weight))


def strangeness(found: Any, wanted: Any) -> float:
    """How far the answers are from those wanted, over how far those are from the ones to other texts."""
    return float(np.abs(found - wanted).mean() / np.abs(np.roll(wanted, 1, 0) - wanted).mean())


def loaded(model: Any, tokenizer: Any, form: str, speed: Speed, device: str = "cuda") -> CudaPriceModel:
    return CudaPriceModel(Loaded(model, tokenizer, Recipe(form, device)), max_text_tokens=64, batch_tokens=1024, speed=speed)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["bf16", "fp8", "nf4"])
def test_compiled_and_captured_the_answers_stay_those_of_the_plain_pass(
    form: str, make_model: Callable[..., Any], make_tokenizer: Callable[..., Any], tmp_path: Path
) -> None:
    if form == "nf4":
        pytest.importorskip("bitsandbytes", reason="needs bitsandbytes: uv sync --extra gpu, or make training")
    plain = loaded(make_model(dtype="bfloat16", **BIG), make_tokenizer(), form, Speed(is_compiled=False))
    plain.graphs = None
    fast = loaded(make_model(dtype="bfloat16", **BIG), make_tokenizer(), form, Speed(cache=str(tmp_path)))
    assert (fast.compile_seconds is None) == (form == "fp8")  # whose steps are fused already
    assert fast.graphs is not None
    assert len(fast.graphs.captured) == len(fast.shapes)
    wanted = plain.logits(TEXTS)
    for _ in range(3):
        assert strangeness(fast.logits(TEXTS), wanted) < 0.2
    assert strangeness(np.concatenate([fast.logits([text]) for text in TEXTS]), wanted) < 0.2


def test_two_threads_get_each_their_own_answers(make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]) -> None:
    model = loaded(make_model(dtype="bfloat16", **BIG), make_tokenizer(), "bf16", Speed(is_compiled=False))
    groups = [TEXTS[start : start + 7] for start in range(0, 70, 7)] * 4
    wanted = [model.logits(group) for group in groups]
    with ThreadPoolExecutor(2) as pool:
        for found, right in zip(pool.map(model.logits, groups), wanted, strict=True):
            np.testing.assert_array_equal(found, right)


def test_on_the_gpu_prices_are_those_of_transformers_on_the_cpu(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]
) -> None:
    reference = loaded(make_model(**BIG), make_tokenizer(), "bf16", Speed(is_compiled=False), "cpu").logits(TEXTS)
    found = loaded(make_model(dtype="bfloat16", **BIG), make_tokenizer(), "bf16", Speed(is_compiled=False)).logits(TEXTS)
    assert strangeness(found, reference) < 0.1


def test_the_tree_of_prices_answers_on_the_gpu_as_on_the_cpu(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]
) -> None:
    reference = loaded(make_model("Qwen2", **BIG), make_tokenizer(False), "bf16", Speed(), "cpu").logits(TEXTS[:20])
    found = loaded(make_model("Qwen2", dtype="bfloat16", **BIG), make_tokenizer(False), "bf16", Speed()).logits(TEXTS[:20])
    assert strangeness(found, reference) < 0.1


@pytest.mark.parametrize(("kind", "is_whole"), [("Llama", True), ("Qwen2", False)])
def test_prices_past_999_are_on_the_gpu_those_of_the_cpu(
    kind: str, is_whole: bool, make_model: Callable[..., Any], make_tokenizer: Callable[..., Any], tmp_path: Path
) -> None:
    """Through compiled layers and captured graphs. Shares up to each price, since other openings may be asked."""

    def shares(dtype: str, device: str) -> Any:
        base = Loaded(make_model(kind, dtype=dtype, **BIG), make_tokenizer(is_whole), Recipe("bf16", device))
        speed = Speed(cache=str(tmp_path))
        model = CudaPriceModel(base, max_text_tokens=64, batch_tokens=1024, speed=speed, classes=FOUR_DIGITS)
        return np.exp(model.logits(TEXTS[:20]).astype(np.float64)).cumsum(-1)

    wanted, found = shares("float32", "cpu"), shares("bfloat16", "cuda")
    assert found.shape == (20, 10_000)
    np.testing.assert_allclose(found[:, -1], 1.0, atol=1e-3)
    assert wanted[:, 999].min() < 0.5  # most of some text's shares lie past 999
    assert strangeness(found, wanted) < 0.1
