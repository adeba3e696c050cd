"""Both kernels of the small model on ONNX Runtime: a tiny model of 8-bit products, and the trained one as it is delivered."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from structlog.testing import capture_logs

from common.settings import artifacts_dir
from specialist import onnx_graph
from specialist.kernel import Kernel
from specialist.onnx_graph import FLOAT, Model, write_float_form, write_probe
from specialist.onnx_model import OnnxPriceModel
from specialist.readout import distribution, estimate

BYTE = 2  # TensorProto.DataType
BLOCK, DEPTH, WIDTH = 32, 128, 24
Floats = npt.NDArray[np.float32]
ARTIFACT = artifacts_dir() / "specialist"
TEXTS = ["Desk lamp", "Cordless drill driver kit, 20 V, two batteries, charger and bag " * 6, "Guitar strings", "USB-C cable, 6 ft"]


def add_product(model: Any, number: int, random: np.random.Generator, **changed: int) -> None:
    """y{number} = x @ weights, in blocks of 8 bits."""
    sizes = {"K": DEPTH, "N": WIDTH, "bits": 8, "block_size": BLOCK} | changed
    blocks = sizes["K"] // BLOCK
    bytes_of = random.integers(0, 256, (sizes["N"], blocks, BLOCK), np.uint8)
    scales = random.uniform(0.001, 0.02, sizes["N"] * blocks).astype(np.float32)
    node = model.graph.node.add(op_type="MatMulNBits", domain="com.microsoft")
    node.input[:], node.output[:] = ["x", f"b{number}", f"s{number}"], [f"y{number}"]
    for name, value in sizes.items():
        node.attribute.add(name=name, i=value, type=2)
    for name, kind, values in ((f"b{number}", BYTE, bytes_of), (f"s{number}", FLOAT, scales)):
        model.graph.initializer.add(name=name, data_type=kind, dims=values.shape, raw_data=values.tobytes())


def write(folder: Path, products: int = 2, **changed: int) -> Path:
    """A model of `products` products of the same rows."""
    model, random = Model(ir_version=8), np.random.default_rng(3)
    for domain, version in (("", 17), ("com.microsoft", 1)):
        model.opset_import.add(domain=domain, version=version)
    model.graph.name = "tiny"
    model.graph.input.add(name="x").type.tensor_type.elem_type = FLOAT
    for number in range(products):
        add_product(model, number, random, **changed)
        model.graph.output.add(name=f"y{number}")
    path = folder / "tiny.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def run(path: Path) -> list[Floats]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    rows = np.random.default_rng(5).standard_normal((16, DEPTH), np.float32)
    found: list[Floats] = session.run(None, {"x": rows})
    return found


def operators(path: Path) -> list[str]:
    return [node.op_type for node in onnx_graph.read_model(path).graph.node]


def test_the_float32_form_computes_the_same_products(tmp_path: Path) -> None:
    path = write(tmp_path)
    large = write_float_form(path, tmp_path)
    assert (operators(path), operators(large)) == (["MatMulNBits"] * 2, ["MatMul"] * 2)
    for small, full in zip(run(path), run(large), strict=True):
        np.testing.assert_allclose(full, small, rtol=0, atol=0.01 * float(np.abs(small).max()))
    weights = np.fromfile(large.with_suffix(".weights"), np.float32)
    assert weights.size == 2 * DEPTH * WIDTH


def test_what_is_no_product_of_8_bits_stays_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, bits=4)
    assert operators(write_float_form(path, tmp_path)) == ["MatMulNBits"] * 2
    assert write_probe(path, tmp_path) is None


def test_a_probe_holds_the_first_products_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_graph, "PROBED_WEIGHTS", DEPTH * WIDTH + 1)
    path = write(tmp_path, products=4)
    probe = write_probe(path, tmp_path)
    assert probe is not None
    assert probe.inputs == {"x": DEPTH}
    for probed, whole in zip(run(probe.path), run(path)[:2], strict=True):
        np.testing.assert_array_equal(probed, whole)


@pytest.fixture(scope="module")
def opened() -> Callable[[Kernel], OnnxPriceModel]:
    models = {
        kernel: OnnxPriceModel(ARTIFACT / "model.onnx", ARTIFACT / "tokenizer.json", kernel=kernel)
        for kernel in ("int8", "float32")
    }
    return models.__getitem__


def prices(model: OnnxPriceModel, texts: list[str]) -> npt.NDArray[np.float64]:
    return estimate(distribution(model.logits(texts)), "median")


def test_both_kernels_price_the_trained_model_alike(opened: Callable[[Kernel], OnnxPriceModel]) -> None:
    small, large = prices(opened("int8"), TEXTS), prices(opened("float32"), TEXTS)
    assert np.abs(large / small - 1).max() < 0.03
    assert (large != small).any()  # they are two kernels


@pytest.mark.parametrize("kernel", ["int8", "float32"])
def test_a_text_has_the_same_price_alone_and_in_a_batch(opened: Callable[[Kernel], OnnxPriceModel], kernel: Kernel) -> None:
    together = prices(opened(kernel), TEXTS * 3)
    alone = [prices(opened(kernel), [text])[0] for text in TEXTS]
    assert together == pytest.approx(alone * 3, rel=1e-4)


def test_the_choice_is_logged_once() -> None:
    with capture_logs() as logs:
        model = OnnxPriceModel(ARTIFACT / "model.onnx", ARTIFACT / "tokenizer.json", kernel="auto")
    (line,) = logs
    assert (line["event"], line["kernel"]) == ("kernel_chosen", model.kernel)
    assert min(line["int8_ms"], line["float32_ms"]) > 0


def test_without_room_for_a_file_the_small_form_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with capture_logs() as logs:
        model = OnnxPriceModel(ARTIFACT / "model.onnx", ARTIFACT / "tokenizer.json", kernel="auto")
    assert model.kernel == "int8"
    assert [line["event"] for line in logs] == ["kernel_not_chosen"]
    with pytest.raises(OSError, match="gone"):
        OnnxPriceModel(ARTIFACT / "model.onnx", ARTIFACT / "tokenizer.json", kernel="float32")
