"""A body that is no request is refused as such: the inference protocol's, in JSON and binary, of which no schema says all."""

import json
import struct

from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInputError
from common.pricing import MAX_BATCH, PriceRequest
from common.pricing_api.inference_tensors import parse_infer
from tests.fuzz.test_entries import JSON

TEXTS = st.lists(st.text(max_size=6), max_size=4)
NAMES = st.sampled_from(["description", "title", "category", "other"])
SHAPES = st.lists(st.integers(-1, 5), max_size=3) | JSON


def packed(texts: list[str]) -> bytes:
    return b"".join(struct.pack("<I", len(each.encode())) + each.encode() for each in texts)


TENSORS = st.fixed_dictionaries(
    {"name": NAMES, "datatype": st.sampled_from(["BYTES", "FP32"])},
    optional={
        "shape": SHAPES,
        "data": TEXTS | st.lists(TEXTS, max_size=3) | JSON,
        "parameters": st.fixed_dictionaries({"binary_data_size": st.integers(-1, 40) | JSON}),
    },
)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, str | None]:
    """A body with binary tensors behind its JSON, and the header that says where those begin."""
    told = {"inputs": draw(st.lists(TENSORS, max_size=3) | JSON), "id": draw(JSON), "outputs": draw(st.none() | JSON)}
    head, binary = json.dumps(told).encode(), packed(draw(TEXTS)) + draw(st.binary(max_size=6))
    return head + binary, draw(st.sampled_from([str(len(head)), None, "-1", "²", "9" * 30, "9" * 5000, ""]))


@given(bodies() | st.tuples(st.binary(max_size=40), st.none() | st.text("0123456789", max_size=3)))
def test_a_body_is_a_request_or_is_refused(given: tuple[bytes, str | None]) -> None:
    try:
        _, wanted = parse_infer(*given)
    except InvalidInputError:
        return
    assert 1 <= len(wanted) <= MAX_BATCH
    assert all(isinstance(each, PriceRequest) for each in wanted)


@given(TEXTS.filter(any))
def test_a_binary_tensor_says_the_same_as_its_json(texts: list[str]) -> None:
    texts = [text.strip() or "x" for text in texts]
    tensor = {"name": "description", "shape": [len(texts)], "datatype": "BYTES"}
    data = packed(texts)
    head = json.dumps({"inputs": [tensor | {"parameters": {"binary_data_size": len(data)}}]}).encode()
    plain = json.dumps({"inputs": [tensor | {"data": texts}]}).encode()
    assert parse_infer(head + data, str(len(head)))[1] == parse_infer(plain, None)[1]
