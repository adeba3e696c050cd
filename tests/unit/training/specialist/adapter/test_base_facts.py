"""What a base weighs and an adapter adds: the published figures follow from the shape."""

import json

import pytest

from training.specialist.adapter.base_facts import LLAMA_8B, SHAPES, adapter_parameters, disagreements, facts, nf4_bytes
from training.specialist_facts import main


def test_the_shape_of_llama_3_1_8b_gives_the_published_figures() -> None:
    found = facts(LLAMA_8B)
    assert (found["nf4_mb"], found["with_adapter_mb"], found["adapter_parameters"]) == (5591.5, 5700.6, 27_262_976)
    assert found["parameters"] == 8_030_261_248
    assert disagreements("llama-3.1-8b", found) == []


def test_a_figure_that_differs_from_the_published_one_is_told() -> None:
    assert disagreements("llama-3.1-8b", facts(LLAMA_8B, rank=16)) == [
        "with_adapter_mb is 5,646.1, published 5,700.6",
        "adapter_parameters is 13,631,488, published 27,262,976",
    ]


def test_tied_embeddings_are_counted_once() -> None:
    shape = SHAPES["llama-3.2-1b"]
    assert facts(shape)["parameters"] == 1_235_814_400
    assert nf4_bytes(shape) < facts(shape)["bf16_mb"] * 1e6 / 2


def test_an_adapter_on_all_layers_is_larger_by_the_feed_forward_parts() -> None:
    more = adapter_parameters(LLAMA_8B, 32, tuple(LLAMA_8B.linears)) - adapter_parameters(LLAMA_8B)
    assert more == 32 * 32 * 3 * (4096 + 14_336)


def test_without_a_gpu_the_arithmetic_is_done_and_said_to_be_all(capsys: pytest.CaptureFixture[str]) -> None:
    from training.specialist.devices import has_gpu

    if has_gpu():
        pytest.skip("needs a machine without a GPU")
    main([])
    out = capsys.readouterr().out
    assert "no GPU here" in out
    told = json.loads(out.splitlines()[-1])
    assert told["gpu"] is None
    assert told["agrees"] is True


def test_a_layer_that_the_shape_lacks_is_refused() -> None:
    with pytest.raises(SystemExit, match="--targets qkv_proj: a layer has q_proj"):
        main(["--targets", "qkv_proj"])
