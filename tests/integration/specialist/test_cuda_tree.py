"""Prices of bases that split numbers, against brute force: each price's tokens in a forward pass of its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: uv sync --extra gpu, or make training")
pytest.importorskip("transformers", reason="needs transformers: uv sync --extra gpu, or make training")

from specialist.cuda.model import CudaPriceModel  # noqa: E402 (after the skips)
from specialist.cuda.tokens import Prompts  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")

TEXTS = ["a small lamp", "lamp " * 30, ""]
PRICES = (0, 1, 7, 9, 10, 25, 90, 99, 100, 123, 400, 999)


def brute_force(model: Any, prompts: Prompts, text: str, price: int, ask: Callable[..., Any]) -> float:
    """log P of the price's digits and, where a longer price begins with them, of the "." behind."""
    opening = [*prompts.prefix, *prompts.encode([text])[0]]
    following = prompts._ids(f"{price}." if 0 < price < 100 else str(price))
    chances = ask(model, opening + following).log_softmax(-1)
    return float(sum(chances[len(opening) - 1 + place, token] for place, token in enumerate(following)))


@pytest.mark.parametrize(
    ("kind", "options"),
    [("Qwen2", {}), ("Gemma", {"head_dim": 16}), ("Gemma2", {"head_dim": 16, "attn_logit_softcapping": 2.0}), ("Phi3", {})],
)
def test_split_prices_are_scored_as_by_a_forward_pass_each(
    kind: str, options: dict[str, Any], make_model: Callable[..., Any], make_tokenizer: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    model, tokenizer = make_model(kind, **options), make_tokenizer(False)
    prompts = Prompts(tokenizer, 64)
    wanted = [[brute_force(model, prompts, text, price, ask) for price in PRICES] for text in TEXTS]
    packed = CudaPriceModel.of(model, tokenizer, quantization="bf16", max_text_tokens=64, batch_tokens=256)
    np.testing.assert_allclose(packed.logits(TEXTS)[:, PRICES], wanted, atol=1e-4)
