"""The GPU backend with a tiny random Llama: real transformers, peft and bitsandbytes, on a GPU where there is one, else the CPU."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: uv sync --extra gpu, or make training")
peft = pytest.importorskip("peft", reason="needs peft: uv sync --extra gpu, or make training")
transformers = pytest.importorskip("transformers", reason="needs transformers: uv sync --extra gpu, or make training")

from common.errors import ArtifactError  # noqa: E402 (after the skips)
from specialist.cuda_model import Base, CudaPriceModel  # noqa: E402

# Libraries of others warn of their own future; that is not for this project's tests to fail on.
pytestmark = pytest.mark.filterwarnings("default")

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
TEXTS = ["a small lamp", "a much longer description of a large lamp with many words in it", "lamp"]


def save_tokenizer(folder: Path, *, whole_numbers: bool) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = [
        "<unk>",
        "How",
        "much",
        "does",
        "this",
        "cost",
        "Price",
        "is",
        "$",
        "lamp",
        "a",
        "small",
        *map(str, range(1000 if whole_numbers else 10)),
    ]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
    pieces = [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=not whole_numbers)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(pieces)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>").save_pretrained(folder)


@pytest.fixture(scope="module")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    save_tokenizer(folder, whole_numbers=True)
    torch.manual_seed(7)
    shape = {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    }
    config = transformers.LlamaConfig(vocab_size=1024, max_position_embeddings=512, **shape)
    transformers.LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapter_folder(base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapter")
    model = transformers.AutoModelForCausalLM.from_pretrained(base_folder)
    config = peft.LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    peft.get_peft_model(model, config).save_pretrained(folder)
    return folder


def load(base: Path, adapter: str = "", quantization: str = "none", batch: int = 2) -> CudaPriceModel:
    return CudaPriceModel(Base(str(base), adapter, quantization, DEVICE), max_text_tokens=64, batch=batch)


def test_padding_does_not_change_a_price(base_folder: Path) -> None:
    together, alone = load(base_folder, batch=3), load(base_folder, batch=1)
    np.testing.assert_allclose(together.logits(TEXTS), alone.logits(TEXTS), atol=0.05)


def test_the_adapter_changes_the_answer(base_folder: Path, adapter_folder: Path) -> None:
    plain, adapted = load(base_folder), load(base_folder, str(adapter_folder))
    assert np.abs(plain.logits(TEXTS) - adapted.logits(TEXTS)).max() > 0.1


def test_four_bit_weights_stay_near_the_full_ones(base_folder: Path, adapter_folder: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="needs bitsandbytes: uv sync --extra gpu, or make training")
    full, four_bit = load(base_folder, str(adapter_folder)), load(base_folder, str(adapter_folder), "nf4")
    kinds = {type(module).__name__ for module in four_bit.model.modules()}
    assert "Linear4bit" in kinds
    a, b = full.logits(TEXTS).ravel(), four_bit.logits(TEXTS).ravel()
    assert np.corrcoef(a, b)[0, 1] > 0.9


def test_a_tokenizer_that_splits_numbers_is_refused(base_folder: Path, tmp_path: Path) -> None:
    for file in base_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    save_tokenizer(tmp_path, whole_numbers=False)
    with pytest.raises(ArtifactError, match="splits 990 of the prices"):
        load(tmp_path)


def test_a_base_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="SPECIALIST_BASE_MODEL"):
        load(tmp_path / "none")


def test_without_a_gpu_the_backend_says_what_to_do(base_folder: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("needs a machine without a CUDA device")
    with pytest.raises(ArtifactError, match="SPECIALIST_BACKEND=onnx"):
        CudaPriceModel(Base(str(base_folder)), max_text_tokens=64, batch=2)
