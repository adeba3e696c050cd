"""A pricer behind a URL: a real server is asked several batches at once, within the bound, and its answers keep their order."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from common.pricing import PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.pricing_api.pricer_app import build_pricer_app
from tests.waiting import until
from training import evaluate


class Numbered:
    """Prices "product 7" at 7 dollars, the later the number the sooner; remembers how many batches it worked on at once."""

    def __init__(self) -> None:
        self.running, self.most, self.asked = 0, 0, 0

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PriceResponse]:
        self.running += 1
        self.most = max(self.most, self.running)
        numbers = [int(word) if (word := request.description.split()[-1]).isdigit() else 1 for request in requests]
        await asyncio.sleep(0.2 / (1 + numbers[0] % 7))
        self.running -= 1
        self.asked += len(requests)
        return [PriceResponse(price=number, low=number / 2, high=number * 2, model="numbered@1") for number in numbers]


@pytest.fixture
def pricer() -> Numbered:
    return Numbered()


@pytest.fixture
def url(pricer: Numbered) -> Iterator[str]:
    async def load(_: FastAPI) -> Pricer:
        return pricer

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(build_pricer_app("numbered", load), log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started and pricer.asked)
    pricer.most = pricer.asked = 0
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listener.close()


def rows(path: Path, count: int) -> Path:
    """Products that cost one dollar more than their number."""
    path.write_text("".join(json.dumps({"title": f"product {i}", "price": i + 1}) + "\n" for i in range(1, count + 1)))
    return path


@pytest.mark.parametrize("concurrency", [1, 3])
def test_batches_in_flight_are_bounded_and_answers_keep_their_order(
    url: str, pricer: Numbered, concurrency: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = rows(tmp_path / "rows.jsonl", 60)
    assert evaluate.main(["--pricer", url, "--data", str(data), "--batch", "5", "--concurrency", str(concurrency), "--quiet"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["n"], last["mae"], last["bias"], last["coverage80"]) == (60, 1.0, -1.0, 1.0)
    assert pricer.asked == 60
    assert pricer.most == concurrency


def test_a_url_and_a_local_pricer_are_compared(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = rows(tmp_path / "rows.jsonl", 60)
    assert evaluate.main(["--pricer", url, "--pricer", "constant:30", "--data", str(data), "--out", str(tmp_path / "out")]) == 0
    (found,) = json.loads(capsys.readouterr().out.splitlines()[-1])["differences"]
    assert found["better"] == url
    assert found["difference"] < -10


def test_a_server_that_is_gone_ends_in_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert evaluate.main(["--pricer", gone, "--data", str(rows(tmp_path / "rows.jsonl", 3))]) == 1
    assert "rows 1 to 3 were not priced: the pricer cannot be reached" in capsys.readouterr().err
