"""Llama's form in FP8 with its steps fused: the prices stay; on a GPU the kernels beside plain arithmetic."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: uv sync --extra gpu, or make training")
pytest.importorskip("transformers", reason="needs transformers: uv sync --extra gpu, or make training")

from specialist.cuda import steps  # noqa: E402 (after the skips)
from specialist.cuda.convert import Recipe, convert  # noqa: E402
from specialist.cuda.forward import PackedForward  # noqa: E402
from specialist.cuda.fused import FusedDecoder  # noqa: E402
from specialist.cuda.linear import Lora  # noqa: E402
from specialist.cuda.load import Loaded  # noqa: E402
from specialist.cuda.model import CudaPriceModel, Speed  # noqa: E402
from specialist.cuda.steps import Heads, Known  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
TEXTS = ["a small lamp", "a much longer description of a large lamp " * 5, "lamp", "", "a lamp 7 " * 9]
HEADS = Heads(4, 2, 16)


def served(model: Any, tokenizer: Any, form: str, loras: dict[str, Lora] | None = None) -> CudaPriceModel:
    return CudaPriceModel(Loaded(model, tokenizer, Recipe(form, DEVICE, loras=loras)), max_text_tokens=64, speed=Speed(False))  # type: ignore[arg-type]


def loras_of(model: Any) -> dict[str, Lora]:
    torch.manual_seed(5)
    linears = {
        name: each.weight.shape for name, each in model.model.named_modules() if name.endswith(("q_proj", "o_proj", "up_proj"))
    }
    return {
        name: Lora(torch.randn(4, columns).bfloat16() * 0.2, torch.randn(rows, 4).bfloat16() * 0.2)
        for name, (rows, columns) in linears.items()
    }


@pytest.mark.parametrize("kind", ["Llama", "Mistral"])
def test_fused_the_answers_are_those_of_the_exact_model_but_for_eight_bits(
    kind: str, make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]
) -> None:
    exact = served(make_model(kind, dtype="bfloat16"), make_tokenizer(), "bf16").logits(TEXTS)
    fused = served(make_model(kind, dtype="bfloat16"), make_tokenizer(), "fp8")
    assert isinstance(fused.forward.served.decoder, FusedDecoder)
    found = fused.logits(TEXTS)
    together = np.concatenate([fused.logits([text]) for text in TEXTS])
    np.testing.assert_allclose(together, found, atol=0.05)  # whatever row a prompt stands in
    head, prefix = fused.prompts.head, fused.prompts.prefix
    layers = convert(make_model(kind, dtype="bfloat16"), Recipe("fp8", DEVICE), head, is_packed=False)
    fused.forward = PackedForward(layers, prefix, fused.longest)
    assert np.abs(found - exact).mean() < 1.2 * np.abs(fused.logits(TEXTS) - exact).mean()


def test_an_adapter_is_in_the_fused_weights(make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]) -> None:
    loras = loras_of(make_model())
    plain = served(make_model(dtype="bfloat16"), make_tokenizer(), "bf16").logits(TEXTS)
    exact = served(make_model(dtype="bfloat16"), make_tokenizer(), "bf16", loras).logits(TEXTS)
    found = served(make_model(dtype="bfloat16"), make_tokenizer(), "fp8", loras).logits(TEXTS)
    assert np.abs(found - exact).mean() < 0.3 * np.abs(plain - exact).mean()


def test_what_may_follow_a_price_is_the_same_fused(make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]) -> None:
    """Places behind a prompt see it and themselves alone, also where of the last layer their last tokens are computed alone."""
    tokenizer = make_tokenizer()
    found = []
    for form in ("bf16", "fp8"):
        model = make_model(dtype="bfloat16")
        forward = PackedForward(convert(model, Recipe(form, DEVICE), [*range(1010)]), [0, 2, 3], 64)  # type: ignore[arg-type]
        prompts = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("a small lamp", "lamp $ 7 " * 4)]
        found.append(forward.behind(prompts, [[[30], [31, 32]], [[40], [41, 42]]]).cpu().numpy())
    exact, fused = found
    assert exact.shape == fused.shape == (2, 2, 10)
    assert np.corrcoef(exact.ravel(), fused.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("kind", ["Qwen2", "Gemma", "Phi3"])
def test_other_forms_are_computed_as_transformers_have_them(
    kind: str, make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]
) -> None:
    options = {"head_dim": 16} if kind == "Gemma" else {}
    model = served(make_model(kind, dtype="bfloat16", **options), make_tokenizer(), "fp8")
    assert not model.forward.served.is_fused
    assert np.isfinite(model.logits(TEXTS)).all()


def test_numbers_in_several_tokens_are_not_fused(make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]) -> None:
    model = served(make_model(dtype="bfloat16"), make_tokenizer(False), "fp8")
    assert not model.forward.served.is_fused
    assert np.isfinite(model.logits(TEXTS)).all()


@needs_gpu
@pytest.mark.parametrize("size", [96, 4096, 14336])
def test_the_kernels_compute_what_plain_arithmetic_does(size: int) -> None:
    from specialist.cuda import kernels

    torch.manual_seed(2)
    rows, added = (torch.randn(70, size, device="cuda").bfloat16() for _ in range(2))
    rows[3] = 0
    weight = torch.randn(size, device="cuda").bfloat16()
    for more in (None, added):
        (total, found), (wanted_total, wanted) = (
            kernels.norm_to_fp8(rows, more, weight, 1e-5),
            plain(steps.norm_to_fp8, rows, more, weight, 1e-5),
        )
        assert torch.equal(total.cpu(), wanted_total)
        assert near(found, wanted)
    both = torch.cat((rows, added), -1)
    assert near(kernels.gated_to_fp8(both), plain(steps.gated_to_fp8, both))
    assert near(kernels.rows_to_fp8(rows), plain(steps.rows_to_fp8, rows))


@needs_gpu
@pytest.mark.parametrize("known", [True, False])
def test_the_kernel_turns_queries_and_fetches_keys_as_plain_arithmetic_does(known: bool) -> None:
    from specialist.cuda import kernels

    torch.manual_seed(3)
    mixed = torch.randn(9, 8 * HEADS.size, device="cuda").bfloat16()
    angles = torch.rand(9, HEADS.size // 2, device="cuda").repeat(1, 2) * 50
    turns = (angles.cos().bfloat16(), angles.sin().bfloat16())
    prefix = Known(*(torch.randn(3, 2, 16, device="cuda").bfloat16() for _ in range(2))) if known else None
    at = torch.tensor([0, 1, 2, 3, 8, 0, 5] if known else [*range(9), 0], dtype=torch.int32, device="cuda")
    wanted = plain(steps.rotated, mixed, turns, HEADS, at, prefix)
    for found, right in zip(kernels.rotated(mixed.clone(), turns, HEADS, at, prefix), wanted, strict=True):
        torch.testing.assert_close(found.cpu(), right, rtol=0.01, atol=0.01)


def plain(step: Callable[..., Any], *given: Any) -> Any:
    """The step on the CPU."""

    def moved(each: Any) -> Any:
        if isinstance(each, tuple):
            return tuple(map(moved, each))
        if isinstance(each, Known):
            return Known(each.keys.cpu(), each.values.cpu())
        return each.cpu() if hasattr(each, "cpu") else each

    return step(*map(moved, given))


def near(found: tuple[Any, Any], wanted: tuple[Any, Any]) -> bool:
    """Within one step of e4m3, and no more than a few of a thousand apart at all."""
    (one, scale), (two, other) = ((each.cpu() for each in pair) for pair in (found, wanted))
    apart = (one.float() * scale - two.float() * other).abs()
    return bool((apart <= two.float().abs() * other / 7 + other * 2.0**-9).all()) and float((apart > 1e-6).float().mean()) < 0.01
