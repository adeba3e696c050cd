"""How the decoder layer is compiled, seen through compilers of our own that count, fail or dawdle."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import structlog

torch = pytest.importorskip("torch", reason="needs torch: uv sync --extra gpu, or make training")
pytest.importorskip("transformers", reason="needs transformers: uv sync --extra gpu, or make training")

from specialist.cuda.graphs import capture_all, compile_layers, use_cache  # noqa: E402 (after the skips)
from specialist.cuda.model import CudaPriceModel  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")

WIDE = {"hidden_size": 128, "head_dim": 64, "num_attention_heads": 2, "num_key_value_heads": 2, "num_hidden_layers": 3}


@pytest.fixture
def model(make_model: Callable[..., Any], make_tokenizer: Callable[..., Any]) -> Iterator[CudaPriceModel]:
    torch._dynamo.reset()
    # Rows of 128 and 256 tokens, as the hidden state and the key rows of the base are wide: they must not be confused.
    yield CudaPriceModel.of(make_model(**WIDE), make_tokenizer(), quantization="bf16", max_text_tokens=64, batch_tokens=256)
    torch._dynamo.reset()


def test_one_compilation_serves_all_layers_and_all_rows(model: CudaPriceModel) -> None:
    graphs: list[Any] = []

    def count(graph: Any, _: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    texts = [f"lamp {number} " * 7 for number in range(20)]
    plain = model.logits(texts)
    assert compile_layers(model.forward, model.shapes, backend=count) is not None
    assert len(graphs) == 1
    for size in (1, 3, 9, 20):
        np.testing.assert_allclose(model.logits(texts[:size]), plain[:size], atol=1e-4)
    assert len(graphs) == 1


def test_a_compiler_that_fails_leaves_the_plain_layers_and_a_line_in_the_log(model: CudaPriceModel) -> None:
    def fail(graph: Any, _: Any) -> Any:
        raise RuntimeError("no such instruction")

    plain = model.logits(["lamp"])
    with structlog.testing.capture_logs() as logs:
        assert compile_layers(model.forward, model.shapes, backend=fail) is None
    assert [(line["event"], "no such instruction" in line["why"]) for line in logs] == [("specialist_not_compiled", True)]
    np.testing.assert_array_equal(model.logits(["lamp"]), plain)


def test_a_compiler_that_takes_too_long_is_not_waited_for(model: CudaPriceModel) -> None:
    is_over = threading.Event()

    def dawdle(graph: Any, _: Any) -> Any:
        is_over.wait(60)
        return graph.forward

    plain = model.logits(["lamp"])
    with structlog.testing.capture_logs() as logs:
        assert compile_layers(model.forward, model.shapes, seconds=0.2, backend=dawdle) is None
    assert [line["event"] for line in logs] == ["specialist_not_compiled"]
    np.testing.assert_array_equal(model.logits(["lamp"]), plain)
    is_over.set()
    for thread in threading.enumerate():
        if thread.name == "compile":
            thread.join(60)


def test_rows_too_large_for_the_memory_are_left_out_and_a_failure_ends_the_capture(model: CudaPriceModel) -> None:
    large, small = model.shapes[-1], model.shapes[0]

    def capture(shape: Any) -> None:
        if shape == large:
            raise torch.OutOfMemoryError("CUDA out of memory")
        if shape == small:
            raise RuntimeError("operation not permitted when stream is capturing")

    with structlog.testing.capture_logs() as logs:
        assert capture_all(model.shapes, capture) == list(reversed(model.shapes[1:-1]))
    assert [line["event"] for line in logs] == ["specialist_graph_too_large", "specialist_not_captured"]


def test_compiled_code_is_kept_where_told_and_else_under_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for folder, wanted in (
        (str(tmp_path / "a"), tmp_path / "a" / "compiled"),
        ("", tmp_path / "product-pricing-agent" / "compiled"),
    ):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "to be set back")
        monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
        assert use_cache(folder) == wanted
