"""The packed forward pass against transformers one prompt at a time, for the kinds of base that are served."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: uv sync --extra gpu, or make training")
pytest.importorskip("transformers", reason="needs transformers: uv sync --extra gpu, or make training")

from common.errors import ArtifactError, UnavailableError  # noqa: E402 (after the skips)
from specialist.cuda.convert import choose  # noqa: E402
from specialist.cuda.model import CudaPriceModel  # noqa: E402

# Libraries of others warn of their own future; that is not for this project's tests to fail on.
pytestmark = pytest.mark.filterwarnings("default")

TEXTS = ["a small lamp", "a much longer description of a large lamp " * 5, "lamp", "", "a lamp 7 " * 9]


def expected(model: Any, tokenizer: Any, texts: Sequence[str], ask: Callable[..., Any], length: int = 64) -> Any:
    """Price logits by whole prompts as text, tokenised by transformers, one at a time."""
    from specialist.prompt import ANSWER, QUESTION, tidy

    prices = tokenizer.convert_tokens_to_ids([str(price) for price in range(1000)])
    rows = []
    for text in texts:
        inner = tokenizer(tidy(text), add_special_tokens=False)["input_ids"][:length]
        ids = tokenizer(QUESTION)["input_ids"] + inner + tokenizer(ANSWER, add_special_tokens=False)["input_ids"]
        rows.append(ask(model, ids)[-1, prices].numpy())
    return np.stack(rows)


@pytest.mark.parametrize("kind", ["Llama", "Mistral", "Qwen2", "Qwen3", "Gemma", "Gemma3Text", "Phi", "Phi3"])
def test_packed_logits_are_those_of_transformers_one_by_one(
    kind: str, make_model: Callable[..., Any], make_tokenizer: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    options = {"head_dim": 16} if kind in {"Gemma", "Gemma3Text", "Qwen3"} else {}
    model, tokenizer = make_model(kind, **options), make_tokenizer()
    wanted = expected(model, tokenizer, TEXTS, ask)
    assert np.ptp(wanted) > 1
    packed = CudaPriceModel.of(model, tokenizer, quantization="bf16", max_text_tokens=64)
    np.testing.assert_allclose(packed.logits(TEXTS), wanted, atol=1e-4)


def test_many_texts_are_split_by_the_budget_of_tokens_and_come_back_in_order(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    texts = [f"lamp {number} " * (1 + number % 7) for number in range(60)]
    wanted = expected(model, tokenizer, texts, ask)
    packed = CudaPriceModel.of(model, tokenizer, quantization="bf16", max_text_tokens=64, batch_tokens=128)
    rows: list[int] = []
    forward = packed.forward.run
    packed.forward.run = lambda buffer, shape: rows.append(shape.tokens) or forward(buffer, shape)
    np.testing.assert_allclose(packed.logits(texts), wanted, atol=1e-4)
    assert len(rows) > 3
    assert set(rows) == {128}


def test_the_text_is_cut_and_the_answers_opening_is_not(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    wanted = expected(model, tokenizer, ["lamp " * 200], ask, length=16)
    packed = CudaPriceModel.of(model, tokenizer, quantization="bf16", max_text_tokens=16)
    np.testing.assert_allclose(packed.logits(["lamp " * 200]), wanted, atol=1e-4)


class OutOfMemory:
    """A forward pass that has room for `tokens` only."""

    def __init__(self, run: Callable[..., Any], tokens: int) -> None:
        self.run, self.tokens, self.refused = run, tokens, 0

    def __call__(self, buffer: Any, shape: Any) -> Any:
        if shape.tokens > self.tokens:
            self.refused += 1
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self.run(buffer, shape)


def test_out_of_memory_ends_in_smaller_passes_now_and_later(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    model, tokenizer = make_model(), make_tokenizer()
    texts = [f"lamp {number} " * 20 for number in range(16)]
    wanted = expected(model, tokenizer, texts, ask)
    packed = CudaPriceModel.of(model, tokenizer, quantization="bf16", max_text_tokens=64, batch_tokens=1024)
    small = packed.forward.run = OutOfMemory(packed.forward.run, 256)
    np.testing.assert_allclose(packed.logits(texts), wanted, atol=1e-4)
    refused = small.refused
    assert refused > 0
    assert packed.budget <= 256
    np.testing.assert_allclose(packed.logits(texts), wanted, atol=1e-4)
    assert small.refused == refused


def test_no_memory_for_one_prompt_is_told_and_does_not_stop_the_service(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]
) -> None:
    packed = CudaPriceModel.of(make_model(), make_tokenizer(), quantization="bf16", max_text_tokens=64)
    whole = packed.forward.run
    packed.forward.run = OutOfMemory(whole, 0)
    with pytest.raises(UnavailableError, match="memory"):
        packed.logits(["lamp", "a lamp"])
    packed.forward.run = whole
    assert packed.logits(["lamp"]).shape == (1, 1000)


def test_a_broken_gpu_ends_the_process_and_answers_nothing_more(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]
) -> None:
    packed = CudaPriceModel.of(make_model(), make_tokenizer(), quantization="bf16", max_text_tokens=64)
    given_up: list[bool] = []
    packed.give_up = lambda: given_up.append(True)

    def broken(buffer: Any, shape: Any) -> Any:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    packed.forward.run = broken
    for _ in range(2):
        with pytest.raises(UnavailableError, match="restarts"):
            packed.logits(["lamp"])
    assert given_up == [True]


def test_a_base_with_a_window_shorter_than_a_prompt_is_refused(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]
) -> None:
    with pytest.raises(ArtifactError, match="sees back 32 tokens"):
        CudaPriceModel.of(make_model("Mistral", sliding_window=32), make_tokenizer(), quantization="bf16", max_text_tokens=64)


def test_names_of_forms(make_model: Callable[..., Any]) -> None:
    assert [choose(name, "cpu") for name in ("auto", "none", "bf16", "fp8", "nf4")] == ["bf16", "bf16", "bf16", "fp8", "nf4"]
    with pytest.raises(ArtifactError, match="none of auto"):
        choose("int3", "cpu")
