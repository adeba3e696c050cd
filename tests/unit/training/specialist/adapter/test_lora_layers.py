"""Which layers get an adapter, by the names that architectures give them."""

import pytest

from training.specialist.adapter.lora_layers import attention_targets, check_targets
from training.specialist.adapter.run import Adapter
from training.specialist.errors import BaseError

FEED_FORWARD = ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")


def names(*attention: str, feed_forward: tuple[str, ...] = FEED_FORWARD, where: str = "model.layers") -> list[str]:
    layers = [f"{where}.{layer}.{leaf}" for layer in range(2) for leaf in (*(f"self_attn.{a}" for a in attention), *feed_forward)]
    return [*layers, "lm_head"]


def test_llama_qwen_and_gemma_get_the_four_published_projections() -> None:
    assert attention_targets(names("q_proj", "k_proj", "v_proj", "o_proj")) == ["q_proj", "k_proj", "v_proj", "o_proj"]


def test_the_fused_projection_of_phi_3_stands_for_three() -> None:
    assert attention_targets(names("qkv_proj", "o_proj", feed_forward=("mlp.gate_up_proj", "mlp.down_proj"))) == [
        "qkv_proj",
        "o_proj",
    ]


def test_phi_2_calls_the_outward_projection_dense() -> None:
    assert attention_targets(names("q_proj", "k_proj", "v_proj", "dense", feed_forward=("mlp.fc1", "mlp.fc2")))[-1] == "dense"


def test_a_model_that_also_sees_gets_its_adapter_on_the_text_side_alone() -> None:
    seeing = names("q_proj", "k_proj", "v_proj", "out_proj", where="model.vision_tower.layers")
    assert attention_targets([*seeing, *names("q_proj", "k_proj", "v_proj", "o_proj")]) == ["q_proj", "k_proj", "v_proj", "o_proj"]


def test_an_unknown_architecture_is_told_what_layers_there_are() -> None:
    with pytest.raises(BaseError, match=r"--targets, out of: down_proj, gate_proj, lm_head, mixer, up_proj"):
        attention_targets(names("mixer"))


def test_layers_that_are_named_must_be_there() -> None:
    there = names("q_proj", "k_proj", "v_proj", "o_proj")
    assert check_targets(["q_proj", "down_proj"], there) == ["q_proj", "down_proj"]
    with pytest.raises(BaseError, match=r"--targets c_attn: this base has no such linear layer; it has: down_proj"):
        check_targets(["q_proj", "c_attn"], there)


def test_layers_of_the_same_name_on_the_side_that_sees_are_left_out() -> None:
    pytest.importorskip("peft", reason="needs peft (make training)")
    from training.specialist.adapter.lora_layers import lora_config

    seeing = names("q_proj", "k_proj", "v_proj", "out_proj", where="model.vision_tower.layers")
    adapter = Adapter(lora=32, lora_alpha=0, dropout=0.1, targets=("attention",))
    config = lora_config(adapter, [*seeing, *names("q_proj", "k_proj", "v_proj", "o_proj")])
    assert config.lora_alpha == 64
    assert "model.vision_tower.layers.0.self_attn.q_proj" in config.exclude_modules
    assert not any(name.startswith("model.layers") for name in config.exclude_modules)
