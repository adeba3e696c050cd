"""The command prices every row, reports, and keeps what it has when a pricer fails."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx2
import pytest

from common.client import ServiceClient
from common.errors import InvalidInputError, UnavailableError
from common.pricing import PriceRequest
from ensemble.combine import Interval, Offsets, Rule, Weights
from training import evaluate
from training.evaluate import EvaluationError, Ledger, price_rows
from training.evaluation import pricers
from training.evaluation.pricers import Answer, Combined, Constant, OverHttp
from training.rows import Row

PRICES = [5.0, 30.0, 60.0, 150.0, 250.0, 500.0]
KEYS = {"pricer", "n", "mae", "mae_ci95", "rmsle", "hits", "coverage80", "by"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    record = {"features": [], "description": [], "details": "{}"}
    rows = [{**record, "title": f"<lamp {price}>", "price": price, "split": "s", "main_category": "c"} for price in PRICES]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


class Failing:
    """Prices `after` requests, then fails."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.asked: list[str] = []

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        if self.left < len(requests):
            raise UnavailableError("gone")
        self.left -= len(requests)
        self.asked += [request.description for request in requests]
        return [Answer(10.0, 5.0, 20.0)] * len(requests)


def over(handler: Callable[[httpx2.Request], httpx2.Response], timeout: float = 5.0) -> OverHttp:
    transport = httpx2.MockTransport(handler)
    return OverHttp(ServiceClient("the pricer", "http://pricer", timeout=timeout, transport=transport))


def ask(pricer: OverHttp | Combined, count: int = 2) -> list[Answer]:
    return asyncio.run(pricer.answer([PriceRequest(description="lamp")] * count))


def rows(count: int) -> list[Row]:
    return [Row(title=f"lamp {i}", price=10.0) for i in range(count)]


def test_the_last_line_is_one_json_object_with_the_agreed_keys(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["--pricer", "constant:60", "--data", str(data)]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(last) == KEYS
    assert last["n"] == 6
    assert last["mae"] == pytest.approx(sum(abs(price - 60) for price in PRICES) / 6, abs=1e-3)
    assert set(last["by"]) == {"split", "category", "price_band"}
    assert last["by"]["price_band"]["200-400"]["n"] == 1
    assert last["by"]["split"]["s"]["coverage80"] == 1.0


def test_the_report_holds_the_rows_and_escapes_them(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    assert evaluate.main(["--pricer", "constant:60", "--data", str(data), "--out", str(out)]) == 0
    page = (out / "report.html").read_text()
    assert page.count("<circle") == len(PRICES)
    assert "&lt;lamp 5.0&gt;" in page
    assert "<lamp" not in page
    assert json.loads((out / "scores.json").read_text())["n"] == 6
    assert not (out / evaluate.PROGRESS).exists()


def test_a_file_without_usable_rows_ends_in_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none.jsonl").write_text("nothing\n")
    assert evaluate.main(["--pricer", "constant:60", "--data", str(tmp_path / "none.jsonl")]) == 1
    assert "no row with a text and a price" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nobody", "constant:cheap", "constant:-1", "constant:nan"])
def test_an_unknown_pricer_ends_in_a_message(data: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert evaluate.main(["--pricer", name, "--data", str(data)]) == 1
    assert name in capsys.readouterr().err


def test_a_missing_artifact_names_the_command(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    assert evaluate.main(["--pricer", "ensemble", "--data", str(data)]) == 1
    assert "training.ensemble_train" in capsys.readouterr().err


def test_a_failure_names_the_rows_and_the_next_run_goes_on_after_them(tmp_path: Path) -> None:
    header = {"pricer": "p"}
    with pytest.raises(EvaluationError, match=r"rows 5 to 6 were not priced: gone \(the 4 before them are kept"):
        asyncio.run(price_rows(Failing(after=4), rows(6), Ledger(tmp_path, header), batch=2))
    second = Failing(after=6)
    ledger = Ledger(tmp_path, header)
    asyncio.run(price_rows(second, rows(6), ledger, batch=2))
    assert second.asked == ["lamp 4", "lamp 5"]
    assert len(ledger.answers) == 6


def test_kept_estimates_of_something_else_are_not_used(tmp_path: Path) -> None:
    Ledger(tmp_path, {"pricer": "one"}).add([Answer(1, 1, 1)])
    assert Ledger(tmp_path, {"pricer": "two"}).answers == []


def test_a_line_cut_short_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    Ledger(tmp_path, {"pricer": "one"}).add([Answer(1, 1, 1), Answer(2, 2, 2)])
    path = tmp_path / evaluate.PROGRESS
    path.write_text(path.read_text()[:-5])
    assert Ledger(tmp_path, {"pricer": "one"}).answers == [Answer(1, 1, 1)]


def result(price: object = 10.0) -> dict[str, object]:
    return {"price": price, "low": 5.0, "high": 20.0, "currency": "USD", "model": "m"}


def test_a_url_is_asked_in_batches_and_its_answers_taken_in_order() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == "/price/batch"
        return httpx2.Response(200, json={"results": [result(i + 1.0) for i, _ in enumerate(json.loads(request.content)["items"])]})

    assert [answer.price for answer in ask(over(handler), 3)] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, json={"results": [result()]}),
        httpx2.Response(200, json={"results": [{"price": "much"}, result()]}),
        httpx2.Response(200, json={"results": [result(-3.0), result()]}),
        httpx2.Response(200, content=b'{"results": [{"price": 1e999, "low": 1, "high": 2, "model": "m"}, 0]}'),
        httpx2.Response(503, json={"title": "Service Unavailable", "status": 503}),
    ],
    ids=["html", "too few", "words", "negative", "infinite", "unavailable"],
)
def test_garbage_from_a_url_is_an_error(response: httpx2.Response) -> None:
    with pytest.raises(UnavailableError):
        ask(over(lambda _: response))


def test_an_item_that_a_url_refuses_is_named() -> None:
    refused = {"error": {"title": "Unprocessable", "status": 422, "detail": "too odd"}}
    with pytest.raises(InvalidInputError, match="item 1 was not priced: too odd"):
        ask(over(lambda _: httpx2.Response(200, json={"results": [result(), refused]})))


def test_a_url_that_hangs_ends_at_its_deadline() -> None:
    async def evaluate_silent_peer() -> None:
        hung_up = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            await writer.wait_closed()
            hung_up.set()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            pricer = OverHttp(ServiceClient("the pricer", url, timeout=0.2))
            with pytest.raises(EvaluationError, match=r"rows 1 to 3 were not priced: the pricer did not answer within 0.2 s"):
                await price_rows(pricer, rows(3), Ledger(None, {}), batch=50)
            await pricer.client.aclose()
            await hung_up.wait()

    asyncio.run(evaluate_silent_peer())


def test_the_ensemble_combines_its_members_as_the_service_does() -> None:
    flat, wide = Offsets([0.0], [0.0]), Interval([0.0], [-1.0], [1.0])
    weights = Weights(["a", "b"], {"a+b": Rule({"a": 0.5, "b": 0.5}, 0.0, flat, wide)})
    (answer,) = ask(Combined({"a": Constant(10.0), "b": Constant(40.0)}, weights), 1)
    assert answer.price == pytest.approx(20.0)
    assert answer.low == pytest.approx(20.0 / 2.718281828)


def test_a_pricer_is_found_by_the_name_of_its_service() -> None:
    assert set(pricers.MEMBERS) == {"frontier-rag", "random-forest", "specialist"}
    assert isinstance(asyncio.run(pricers.load("http://127.0.0.1:1")), OverHttp)
