"""The Open Inference Protocol v2 as published (kserve/open-inference-protocol, inference_rest.md), on all that price."""

import gzip
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.contract.speakers import SPEAKERS, speaking


@pytest.fixture(params=SPEAKERS)
def module(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(module: str) -> Iterator[TestClient]:
    with speaking(module) as client:
        yield client


@pytest.fixture
def model(module: str) -> str:
    return module.replace("_", "-")


def tensor(name: str, *values: object, **changed: object) -> dict[str, Any]:
    return {"name": name, "shape": [len(values)], "datatype": "BYTES", "data": list(values)} | changed


def infer(client: TestClient, model: str, *inputs: dict[str, Any], **rest: object) -> Any:
    return client.post(f"/v2/models/{model}/infer", json={"inputs": list(inputs), **rest})


def packed(*texts: str) -> bytes:
    """A binary BYTES tensor as tritonclient.utils.serialize_byte_tensor makes it."""
    return b"".join(struct.pack("<I", len(text.encode())) + text.encode() for text in texts)


def test_server_and_model_describe_themselves(client: TestClient, model: str) -> None:
    for path in ("/v2", "/v2/"):
        server = client.get(path).json()
        assert (server["name"], type(server["version"]), type(server["extensions"])) == (model, str, list)
    metadata = client.get(f"/v2/models/{model}").json()
    assert (metadata["name"], metadata["versions"]) == (model, ["7"])
    assert [(each["name"], each["datatype"], each["shape"]) for each in metadata["inputs"]] == [
        (name, "BYTES", [-1]) for name in ("description", "title", "category")
    ]
    assert [(each["name"], each["datatype"]) for each in metadata["outputs"]] == [
        (name, "FP64") for name in ("price", "low", "high")
    ]
    assert client.get(f"/v2/models/{model}/versions/7").json() == metadata


def test_probes_answer(client: TestClient, model: str) -> None:
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json()["ready"] is True
    for path in (f"/v2/models/{model}/ready", f"/v2/models/{model}/versions/7/ready"):
        assert client.get(path).json() == {"name": model, "ready": True}


def test_descriptions_are_priced_and_the_id_comes_back(client: TestClient, model: str) -> None:
    answer = infer(client, model, tensor("description", "abc", "abcde"), id="42").json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == (model, "7", "42")
    assert answer["outputs"][0] == {"name": "price", "shape": [2], "datatype": "FP64", "data": [3.0, 5.0]}
    assert [each["name"] for each in answer["outputs"]] == ["price", "low", "high"]


def test_titles_and_nested_data_and_chosen_outputs_are_understood(client: TestClient, model: str) -> None:
    inputs = [tensor("title", "Lamp", ""), tensor("description", ["abc"], ["abc"], shape=[2, 1])]
    answer = infer(client, model, *inputs, outputs=[{"name": "high"}, {"name": "price", "parameters": {}}]).json()
    assert "id" not in answer
    assert [(each["name"], each["data"]) for each in answer["outputs"]] == [("high", [10_000.0] * 2), ("price", [8.0, 3.0])]


def test_a_binary_tensor_is_read_as_tritonclient_sends_it(client: TestClient, model: str) -> None:
    data = packed("abc", "größer")
    described = {"name": "description", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": len(data)}}
    head = json.dumps({"inputs": [described], "parameters": {"binary_data_output": True}}).encode()
    headers = {"Inference-Header-Content-Length": str(len(head)), "Content-Type": "application/octet-stream"}
    answer = client.post(f"/v2/models/{model}/infer", content=head + data, headers=headers)
    assert answer.json()["outputs"][0]["data"] == [3.0, 6.0]
    for broken in (data[:-1], data + b"x"):
        described["parameters"] = {"binary_data_size": len(broken)}
        head = json.dumps({"inputs": [described]}).encode()
        headers["Inference-Header-Content-Length"] = str(len(head))
        assert client.post(f"/v2/models/{model}/infer", content=head + broken, headers=headers).status_code == 400


@pytest.mark.parametrize("length", ["9" * 5000, "3", "-1", "1.0", "²"])
def test_a_length_of_the_json_that_cannot_be_is_refused(client: TestClient, model: str, length: str) -> None:
    headers = {"Inference-Header-Content-Length": length.encode()}
    answer = client.post(f"/v2/models/{model}/infer", content=b"{}", headers=headers)
    assert (answer.status_code, "Inference-Header-Content-Length" in answer.json()["error"]) == (400, True)


def test_the_request_of_the_specification_is_refused_in_its_own_form(client: TestClient, model: str) -> None:
    inputs = [
        {"name": "input0", "shape": [2, 2], "datatype": "UINT32", "data": [1, 2, 3, 4]},
        {"name": "input1", "shape": [3], "datatype": "BOOL", "data": [True]},
    ]
    answer = infer(client, model, *inputs, id="42", outputs=[{"name": "output0"}])
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert "output0" in answer.json()["error"]


@pytest.mark.parametrize(
    ("inputs", "culprit"),
    [
        ([], "inputs"),
        ([tensor("title", "x")], "description"),
        ([tensor("description", 5)], "string"),
        ([tensor("description", "x", shape=[2])], "shape"),
        ([tensor("description", "x", datatype="FP32", data=[1.0])], "BYTES"),
        ([tensor("description", "x"), tensor("description", "x")], "once"),
        ([tensor("description", "x", "y"), tensor("title", "t")], "title"),
        ([tensor("description", "x", "")], "description[1]"),
        ([tensor("description", *["x"] * 1001)], "1000"),
        ([tensor("description", "x", shape=[-1])], "shape"),
    ],
)
def test_a_wrong_input_is_named(client: TestClient, model: str, inputs: list[dict[str, Any]], culprit: str) -> None:
    answer = infer(client, model, *inputs)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert culprit in answer.json()["error"]


@pytest.mark.parametrize("path", ["/v2/models/other", "/v2/models/other/ready", "/v2/nothing", "/v2/models/{}/versions/8"])
def test_what_is_not_there_is_said_in_the_protocols_form(client: TestClient, model: str, path: str) -> None:
    answer = client.get(path.format(model))
    assert (answer.status_code, list(answer.json()), answer.headers["content-type"]) == (404, ["error"], "application/json")


@pytest.mark.parametrize("path", ["/v2/models/{name}", "/v2/models/{name}/ready", "/v2/models/{name}/infer"])
def test_an_unknown_model_is_documented_in_that_form(client: TestClient, path: str) -> None:
    document = client.get("/openapi.json").json()
    (operation,) = document["paths"][path].values()
    assert [each["name"] for each in operation["parameters"]] == ["name"]
    found = document["components"]["responses"][operation["responses"]["404"]["$ref"].rpartition("/")[2]]
    assert found["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/InferenceError"}


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP", "gzip, identity", "nonsense"])
def test_a_packed_body_is_refused_in_that_form(client: TestClient, model: str, coding: str) -> None:
    head = {"Content-Encoding": coding, "Inference-Header-Content-Length": "9"}
    answer = client.post(f"/v2/models/{model}/infer", content=gzip.compress(b"{}"), headers=head)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    assert "Content-Encoding" in answer.json()["error"]


def test_refusals_of_the_front_door_have_that_form_too(module: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "one")
    with speaking(module) as client:
        assert client.get("/v2/health/ready").status_code == 200  # a probe has no key
        answer = infer(client, model, tensor("description", "x"))
        assert (answer.status_code, list(answer.json())) == (401, ["error"])
        large = client.post(f"/v2/models/{model}/infer", content=b"x" * 17_000_000, headers={"X-API-Key": "one"})
        assert (large.status_code, list(large.json())) == (413, ["error"])
    assert "error" not in client.get("/healthz").json()
