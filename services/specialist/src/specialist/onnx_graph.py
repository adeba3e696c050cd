"""The model's graph in two other forms: its 8-bit block weights as float32, and a few of its products alone, to be timed.

Of ONNX's file format it names what it changes (fields by their numbers in onnx.proto, which never change); protobuf, which ONNX
Runtime brings, keeps the rest as it is. Knows neither ONNX Runtime nor prices, nor how many of them there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClassesForFiles

FLOAT, EXTERNAL = 1, 1  # TensorProto.DataType and .DataLocation
MIDDLE = 128  # of bytes that stand for signed weights
PROBED_WEIGHTS = 2_900_000  # a layer of the small model, 12 MB in float32: more than the caches next to a core hold
SCALARS = {
    "int": FieldDescriptorProto.TYPE_INT64,
    "str": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
}
FIELDS = {
    "Model": "1 ir_version int, 8 opset_import Opset*, 7 graph Graph",
    "Opset": "1 domain str, 2 version int",
    "Graph": "1 node Node*, 2 name str, 5 initializer Tensor*, 11 input Value*, 12 output Value*",
    "Node": "1 input str*, 2 output str*, 4 op_type str, 5 attribute Attribute*, 7 domain str",
    "Attribute": "1 name str, 3 i int, 20 type int",
    "Tensor": "1 dims int*, 2 data_type int, 8 name str, 9 raw_data bytes, 13 external_data Entry*, 14 data_location int",
    "Entry": "1 key str, 2 value str",
    "Value": "1 name str, 2 type Type",
    "Type": "1 tensor_type TensorType",
    "TensorType": "1 elem_type int",
}


def _message_classes() -> dict[str, Any]:
    file = FileDescriptorProto(name="onnx_part.proto", package="onnx_part", syntax="proto2")
    for message, fields in FIELDS.items():
        described = file.message_type.add(name=message)
        for number, name, kind in (field.split() for field in fields.split(", ")):
            label = FieldDescriptorProto.LABEL_REPEATED if kind.endswith("*") else FieldDescriptorProto.LABEL_OPTIONAL
            field = described.field.add(name=name, number=int(number), label=label)
            if kind.rstrip("*") in SCALARS:
                field.type = SCALARS[kind.rstrip("*")]
            else:
                field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".onnx_part.{kind.rstrip('*')}"
    pool = DescriptorPool()
    pool.Add(file)
    return {name.rpartition(".")[2]: found for name, found in GetMessageClassesForFiles([file.name], pool).items()}


Model: Any = _message_classes()["Model"]


@dataclass(frozen=True)
class Probe:
    """A model of a few products: where it lies, and the width of each of its float inputs [rows, width] by name."""

    path: Path
    inputs: dict[str, int]


def read_model(path: Path) -> Any:
    """The file as a message."""
    return Model.FromString(path.read_bytes())


def write_float_form(source: Path, folder: Path) -> Path:
    """The model `source` with its 8-bit block weights in float32, as model-float32.onnx and a file of weights beside it.

    The weights lie outside the graph, so that ONNX Runtime maps them and no copy of them is on the heap while it packs its own.
    """
    model, target = read_model(source), folder / f"{source.stem}-float32.onnx"
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    products = list(_products(model))
    with target.with_suffix(".weights").open("wb") as file:
        for node, _, _ in products:
            _write_weights(node, weights, file)
    for node, _, _ in products:
        node.op_type, node.domain = "MatMul", ""
        del node.attribute[:], node.input[2:]
    used = {name for node in model.graph.node for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    target.write_bytes(model.SerializeToString())
    return target


def write_probe(source: Path, folder: Path) -> Probe | None:
    """The first 8-bit products of the model `source`, until they hold PROBED_WEIGHTS, as a model; None where it has none."""
    model, chosen, inputs, held = read_model(source), Model(), dict[str, int](), 0
    for node, depth, width in _products(model):
        chosen.graph.node.append(node)
        chosen.graph.output.add(name=node.output[0])
        inputs[node.input[0]] = depth
        held += depth * width
        if held >= PROBED_WEIGHTS:
            break
    if not inputs:
        return None
    chosen.ir_version, chosen.graph.name = model.ir_version, "probe"
    chosen.opset_import.extend(model.opset_import)
    for name in inputs:
        chosen.graph.input.add(name=name).type.tensor_type.elem_type = FLOAT
    used = {name for node in chosen.graph.node for name in node.input}
    chosen.graph.initializer.extend(tensor for tensor in model.graph.initializer if tensor.name in used)
    path = folder / "probe.onnx"
    path.write_bytes(chosen.SerializeToString())
    return Probe(path, inputs)


def _products(model: Any) -> Iterator[tuple[Any, int, int]]:
    """The nodes that multiply by symmetric 8-bit block weights, each with its depth (rows of weights) and width (columns)."""
    here = {tensor.name for tensor in model.graph.initializer if tensor.raw_data}
    for node in model.graph.node:
        sizes = {attribute.name: attribute.i for attribute in node.attribute}
        has_only_scales = len(node.input) == 3 and here.issuperset(node.input[1:])
        if (node.op_type, sizes.get("bits")) == ("MatMulNBits", 8) and has_only_scales and sizes["K"] % sizes["block_size"] == 0:
            yield node, sizes["K"], sizes["N"]


def _write_weights(node: Any, weights: dict[str, Any], file: BinaryIO) -> None:
    """Append the node's weights [depth, width] in float32 to the file and let its tensor point there; once for each tensor."""
    tensor, scales = weights[node.input[1]], np.frombuffer(weights[node.input[2]].raw_data, np.float32)
    if tensor.data_location == EXTERNAL:
        return
    width, blocks, block = tensor.dims
    signed = np.frombuffer(tensor.raw_data, np.uint8).reshape(width, blocks, block).astype(np.float32) - MIDDLE
    full: npt.NDArray[np.float32] = (signed * scales.reshape(width, blocks, 1)).reshape(width, blocks * block).T
    place = {"location": Path(file.name).name, "offset": str(file.tell()), "length": str(full.nbytes)}
    file.write(np.ascontiguousarray(full).data)
    tensor.ClearField("raw_data")
    tensor.data_type, tensor.data_location = FLOAT, EXTERNAL
    tensor.dims[:] = full.shape
    for key, value in place.items():
        tensor.external_data.add(key=key, value=value)
