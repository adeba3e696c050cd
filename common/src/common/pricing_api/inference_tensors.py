"""Requests and answers of the Open Inference Protocol: BYTES tensors in, JSON or binary, FP64 tensors out. Knows no HTTP."""

import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from common.errors import InvalidInputError, UnavailableError
from common.http.admission import read_length
from common.pricing import MAX_BATCH, ItemError, PricedItem, PriceRequest, PriceResponse
from common.problem import field_errors

INPUTS, OUTPUTS = ("description", "title", "category"), ("price", "low", "high")


class Tensor(BaseModel):
    """An input. `data` is nested or flat, in row-major order; absent where it follows in binary."""

    name: str
    shape: Annotated[list[Annotated[int, Field(ge=0, strict=True)]], Field(min_length=1, max_length=2)]
    datatype: str
    parameters: dict[str, str | int | float | bool] = {}
    data: list[Any] | None = None


class Wanted(BaseModel):
    """An output that is asked for."""

    name: str


class InferRequest(BaseModel):
    """$inference_request; keys of extensions are ignored, as the protocol asks."""

    id: str | None = None
    inputs: Annotated[list[Tensor], Field(min_length=1)]
    outputs: list[Wanted] | None = None


class InferenceError(BaseModel):
    """$inference_error_response, and that of every other path of the protocol."""

    error: str


def metadata_of(name: str, versions: list[str]) -> dict[str, object]:
    """$metadata_model_response. All inputs but the first may be left out."""
    inputs = [{"name": each, "datatype": "BYTES", "shape": [-1]} for each in INPUTS]
    outputs = [{"name": each, "datatype": "FP64", "shape": [-1]} for each in OUTPUTS]
    return {"name": name, "versions": versions, "platform": "pricing_api", "inputs": inputs, "outputs": outputs}


def parse_infer(body: bytes, header: str | None) -> tuple[InferRequest, list[PriceRequest]]:
    """The request and what it asks to price. InvalidInputError says what is wrong with it."""
    length = len(body) if header is None else read_length(header)
    if length is None or length > len(body):
        raise InvalidInputError("Inference-Header-Content-Length must be the length of the JSON before the binary data")
    try:
        found = InferRequest.model_validate_json(body[:length])
    except ValidationError as exc:
        fields = field_errors(exc.errors(include_input=False, include_url=False))
        raise InvalidInputError("; ".join(f"{each.field}: {each.message}" for each in fields[:5])) from exc
    unknown = [each.name for each in found.outputs or [] if each.name not in OUTPUTS]
    if unknown:
        raise InvalidInputError(f"no output {unknown[0]!r}: there are {', '.join(OUTPUTS)}", "outputs")
    return found, _requests(_columns(found, body[length:]))


def _columns(found: InferRequest, binary: bytes) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for tensor in found.inputs:
        if tensor.name not in INPUTS or tensor.name in columns:
            raise InvalidInputError(f"input {tensor.name!r}: there are {', '.join(INPUTS)}, each at most once", "inputs")
        if tensor.datatype != "BYTES":
            raise InvalidInputError(f"input {tensor.name!r} is of datatype BYTES, not {tensor.datatype}", "inputs")
        size = tensor.parameters.get("binary_data_size")
        if isinstance(size, int) and size >= 0 and tensor.data is None:
            values, binary = _unpacked(binary[:size]), binary[size:]
        else:
            values = _flat(tensor)
        if len(values) != math.prod(tensor.shape):
            raise InvalidInputError(f"input {tensor.name!r} has {len(values)} elements, its shape {tensor.shape}", "inputs")
        columns[tensor.name] = values
    return columns


def _flat(tensor: Tensor) -> list[str]:
    data = tensor.data or []
    if data and all(isinstance(row, list) for row in data):
        data = [value for row in data for value in row]
    if not all(isinstance(value, str) for value in data):
        raise InvalidInputError(f"input {tensor.name!r}: every element is a string", "inputs")
    return data


def _unpacked(data: bytes) -> list[str]:
    """Elements of a binary BYTES tensor: each follows its length, four bytes little-endian."""
    values, at = [], 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "little")
        if at + 4 > len(data) or end > len(data):
            raise InvalidInputError("a binary tensor ends within an element", "inputs")
        try:
            values.append(data[at + 4 : end].decode())
        except UnicodeDecodeError as exc:
            raise InvalidInputError("an element of a binary tensor is not UTF-8", "inputs") from exc
        at = end
    return values


def _requests(columns: dict[str, list[str]]) -> list[PriceRequest]:
    count = len(columns.get("description", []))
    if not 1 <= count <= MAX_BATCH:
        raise InvalidInputError(f"input 'description' has 1 to {MAX_BATCH} elements", "inputs")
    for name, values in columns.items():
        if len(values) != count:
            raise InvalidInputError(f"input {name!r} has {len(values)} elements, 'description' {count}", "inputs")
    return [_request({name: values[at] for name, values in columns.items()}, at) for at in range(count)]


def _request(fields: dict[str, str], at: int) -> PriceRequest:
    given = {name: value for name, value in fields.items() if value.strip() or name == "description"}  # a tensor has no null
    try:
        return PriceRequest.model_validate(given)
    except ValidationError as exc:
        (first, *_) = field_errors(exc.errors(include_input=False, include_url=False))
        raise InvalidInputError(f"{first.field}[{at}]: {first.message}", "inputs") from exc


def version_of(results: Sequence[PricedItem]) -> str | None:
    """That of the model which priced them, behind the @ of its name; None where nothing was priced, or it has none."""
    models = (each.model for each in results if isinstance(each, PriceResponse))
    return next(models, "").partition("@")[2] or None


def answer_of(name: str, version: str | None, found: InferRequest, results: Sequence[PricedItem]) -> dict[str, object]:
    """$inference_response. A tensor has no place for one item's error: UnavailableError names the first."""
    priced: list[PriceResponse] = []
    for at, result in enumerate(results):
        if isinstance(result, ItemError):
            raise UnavailableError(f"description[{at}]: {result.error.detail or result.error.title}")
        priced.append(result)
    names = [each.name for each in found.outputs] if found.outputs else list(OUTPUTS)
    outputs = [_output(each, priced) for each in names]
    facts: dict[str, object] = {"model_name": name}
    if version:
        facts["model_version"] = version
    if found.id is not None:
        facts["id"] = found.id
    return facts | {"outputs": outputs}


def _output(name: str, priced: Sequence[PriceResponse]) -> dict[str, object]:
    return {"name": name, "shape": [len(priced)], "datatype": "FP64", "data": [getattr(each, name) for each in priced]}
