"""Prices past $999 in the GPU backend, against brute force: each opening's following token in a forward pass of its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: uv sync --extra gpu, or make training")
pytest.importorskip("transformers", reason="needs transformers: uv sync --extra gpu, or make training")

from common.errors import ArtifactError  # noqa: E402 (after the skips)
from specialist.cuda.convert import Recipe  # noqa: E402
from specialist.cuda.load import Loaded  # noqa: E402
from specialist.cuda.model import CudaPriceModel, Logits  # noqa: E402
from specialist.cuda.tokens import Prompts  # noqa: E402
from specialist.fourth_digit import FOUR_DIGITS, choose, go_on  # noqa: E402
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses  # noqa: E402
from tests.integration.specialist.conftest import WORDS  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")

DIGITS = range(3 + len(WORDS), 12 + len(WORDS))  # tokens of 1 to 9 where numbers are split
TEXTS = ["a small lamp", "lamp " * 30, "", "a lamp 7 " * 9]


def packed(model: Any, tokenizer: Any, classes: PriceClasses = FOUR_DIGITS, batch_tokens: int = 512) -> CudaPriceModel:
    loaded = Loaded(model, tokenizer, Recipe("bf16", "cpu"))
    return CudaPriceModel(loaded, max_text_tokens=64, batch_tokens=batch_tokens, classes=classes)


def likely_digits(model: Any) -> Any:
    """The model, which writes digits 1 to 9 rather than anything else; a random one hardly ever writes three."""
    weight = model.get_output_embeddings().weight.data
    weight[torch.tensor([index for index in range(len(weight)) if index not in DIGITS])] = 0.0
    weight *= 20.0
    return model


def one_by_one(model: Any, prompts: Prompts, first: Logits, ask: Callable[..., Any]) -> Logits:
    """What the whole gives where each asked opening is a text of its own for transformers."""
    rows, dollars = choose(first)
    assert prompts.fourth is not None
    assert rows.tolist() == list(range(len(TEXTS)))
    openings = [*prompts.prefix], [prompts.encode([text])[0] for text in TEXTS]
    answers = [
        [ask(model, [*openings[0], *openings[1][row], *prompts._ids(str(each))])[-1, prompts.fourth.following] for each in places]
        for row, places in zip(rows.tolist(), dollars.tolist(), strict=True)
    ]
    return go_on(first, rows, dollars, np.stack([torch.stack(each).numpy() for each in answers]))


@pytest.mark.parametrize(
    ("kind", "is_whole", "options"),
    [
        ("Llama", True, {}),
        ("Qwen3", True, {"head_dim": 16}),
        ("Phi", True, {}),
        ("Qwen2", False, {}),
        ("Gemma2", False, {"head_dim": 16, "attn_logit_softcapping": 2.0, "tie_word_embeddings": False}),
    ],
)
def test_prices_past_999_are_those_of_a_forward_pass_each(
    kind: str,
    is_whole: bool,
    options: dict[str, Any],
    make_model: Callable[..., Any],
    make_tokenizer: Callable[..., Any],
    ask: Callable[..., Any],
) -> None:
    def made() -> Any:
        model = make_model(kind, **options)
        return model if is_whole else likely_digits(model)

    tokenizer = make_tokenizer(is_whole)
    first = packed(made(), tokenizer, WHOLE_DOLLARS).logits(TEXTS)
    wanted = one_by_one(made(), Prompts(tokenizer, 64, FOUR_DIGITS), first, ask)
    found = packed(made(), tokenizer).logits(TEXTS)
    assert found.shape == (len(TEXTS), 10_000)
    likely = wanted > -30
    np.testing.assert_allclose(found[likely], wanted[likely], atol=2e-3)
    np.testing.assert_allclose(np.exp(found.astype(np.float64)).sum(-1), 1.0, atol=1e-4)


class Counted:
    """A forward pass whose tokens are counted."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self.run, self.rows = run, 0

    def __call__(self, buffer: Any, shape: Any) -> Any:
        self.rows += 1
        return self.run(buffer, shape)


def test_cheap_goods_cost_no_second_pass(make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]) -> None:
    model = make_model()
    head, tokenizer = model.get_output_embeddings(), make_tokenizer()
    dear = torch.tensor(tokenizer.convert_tokens_to_ids([str(price) for price in range(100, 1000)]))
    head.weight.data[dear] = 0.0
    hidden = model.get_input_embeddings().weight.data.abs().mean()
    head.weight.data[tokenizer.convert_tokens_to_ids("25")] *= 100.0 / float(hidden)
    price_model = packed(model, tokenizer)
    run = price_model.forward.run = Counted(price_model.forward.run)
    found = price_model.logits(TEXTS)
    is_cheap = found[:, :100].max(-1) > np.log(0.95)
    assert is_cheap.any()
    run.rows = 0
    price_model.logits([text for text, cheap in zip(TEXTS, is_cheap.tolist(), strict=True) if cheap])
    assert run.rows == 1


def test_a_second_pass_that_does_not_fit_is_made_in_smaller_rows(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]
) -> None:
    texts = [f"lamp {number} " * 10 for number in range(12)]
    large, small = packed(make_model(), make_tokenizer()), packed(make_model(), make_tokenizer(), batch_tokens=128)
    for each in (large, small):
        each.forward.run = Counted(each.forward.run)
    np.testing.assert_allclose(small.logits(texts), large.logits(texts), atol=2e-3)
    assert (large.forward.run.rows, small.forward.run.rows) == (2, 7)


def test_a_tokenizer_that_cannot_say_four_digits_is_refused(
    make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]
) -> None:
    from tokenizers import Regex, pre_tokenizers

    tokenizer = make_tokenizer()
    pairs = pre_tokenizers.Split(Regex(r"\d(?=\d{3}(?!\d))|\d{1,3}"), behavior="isolated")  # 1299 as 1 and 299
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation(), pairs]
    )
    with pytest.raises(ArtifactError, match=r"prices past \$999 cannot be read"):
        packed(make_model(), tokenizer)
    assert packed(make_model(), tokenizer, WHOLE_DOLLARS).logits(["lamp"]).shape == (1, 1000)
