"""A served specialist's weights come back out of its file, and training can go on from them."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (make training)")
pytest.importorskip("transformers", reason="needs transformers (make training)")
onnx = pytest.importorskip("onnx", reason="needs onnx (make training)")

from specialist.price_classes import PriceClasses  # noqa: E402 (after the skips)
from training.specialist.errors import BaseError  # noqa: E402
from training.specialist.small.export import export  # noqa: E402
from training.specialist.small.pricer import LlamaPricer, head_of_dollars  # noqa: E402
from training.specialist.small.run import CLASSES  # noqa: E402
from training.specialist.small.served import in_classes, is_served, restore  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")
TEXTS = ["Lamp 3", "Lamp 17\nlamp of size 17 with a shade", "shade"]


def test_a_restored_model_says_what_the_exported_one_was(base: Path, tmp_path: Path) -> None:
    pricer = LlamaPricer(base, "cpu", 32)
    artifact = tmp_path / "artifact"
    artifact.mkdir()
    export(pricer.model, artifact / "model.onnx", longest=128)
    pricer.tokenizer.save(str(artifact / "tokenizer.json"))
    assert is_served(artifact)
    restored = LlamaPricer(restore(artifact, tmp_path / "again"), "cpu", 32)
    assert not is_served(tmp_path / "again")
    before, after = (CLASSES.quantile(each.probabilities(TEXTS).astype(float), 0.5) for each in (pricer, restored))
    assert after == pytest.approx(before, rel=0.05)


def test_what_is_no_specialist_of_ours_is_refused(tmp_path: Path) -> None:
    node = onnx.helper.make_node("Identity", ["a"], ["b"])
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "ab"]
    table = onnx.numpy_helper.from_array(np.zeros((2, 4), np.int8), "embed.table")
    scale = onnx.numpy_helper.from_array(np.ones((2, 1), np.float32), "embed.scale")
    graph = onnx.helper.make_graph([node], "other", ends[:1], ends[1:], [table, scale])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "model.onnx")
    with pytest.raises(BaseError, match="none of our specialists"):
        restore(tmp_path, tmp_path / "again")


def test_dollars_are_parted_among_the_classes_by_how_much_of_each_they_hold() -> None:
    shares = np.zeros((1, 1000))
    shares[0, [3, 250]] = 0.5
    found = in_classes(shares).astype(float)
    assert found.sum() == pytest.approx(1, abs=1e-3)
    inside = (CLASSES.middles > 2.5) & (CLASSES.middles < 3.5)
    assert found[0, inside].sum() == pytest.approx(0.5, abs=0.02)
    assert CLASSES.quantile(found, 0.75)[0] == pytest.approx(250, rel=0.02)


def test_a_layer_that_begins_with_dollars_says_about_what_they_said() -> None:
    state = torch.tensor(np.random.default_rng(1).normal(size=16), dtype=torch.float32)
    level = -((torch.arange(1000) - 60.0) ** 2) / 800  # a hill at 60 dollars
    weight = level[:, None] * state / (state @ state)
    head = head_of_dollars(weight)
    said = (head["weight"] @ state + head["bias"]).double().softmax(0).numpy()[None]
    exact = PriceClasses.dollars(1000).quantile((weight @ state).double().softmax(0).numpy()[None], 0.5)[0]
    assert CLASSES.quantile(said, 0.5)[0] == pytest.approx(exact, rel=0.03)
