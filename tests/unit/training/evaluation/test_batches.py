"""Batches are priced several at once, within a bound and in order; a failure loses nothing."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from common.client import ServiceClient
from common.errors import UnavailableError
from common.pricing import PriceRequest
from training.evaluation.batches import Batching, EvaluationError, price_rows
from training.evaluation.ledger import Ledger
from training.evaluation.pricers import Answer, OverHttp

Requests = Sequence[PriceRequest]


def requests(count: int) -> list[PriceRequest]:
    return [PriceRequest(description=str(i)) for i in range(count)]


def ledger(count: int, path: Path | None = None) -> Ledger:
    return Ledger(path, {"pricer": "p"}, [str(i) for i in range(count)])


class Late:
    """Answers with the number that the text holds; later batches come sooner. Fails at the numbers in `broken`."""

    def __init__(self, broken: Sequence[int] = ()) -> None:
        self.broken, self.running, self.most = broken, 0, 0
        self.asked: list[int] = []

    async def answer(self, given: Requests) -> list[Answer]:
        numbers = [int(request.description) for request in given]
        self.asked += numbers
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.02 / (1 + numbers[0]))
        self.running -= 1
        if set(numbers) & set(self.broken):
            raise UnavailableError("gone")
        return [Answer(float(number)) for number in numbers]


def test_answers_come_in_the_order_of_the_rows_whatever_order_they_finish_in() -> None:
    seen: list[int] = []
    pricer = Late()
    answers = asyncio.run(
        price_rows(pricer, requests(23), ledger(23), Batching(batch=5, concurrency=3), lambda position, _: seen.append(position))
    )
    assert [answer.price for answer in answers] == list(range(23))
    assert sorted(seen) == list(range(23))
    assert seen != sorted(seen)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_requests_are_in_flight_than_asked_for(concurrency: int) -> None:
    pricer = Late()
    asyncio.run(price_rows(pricer, requests(20), ledger(20), Batching(batch=2, concurrency=concurrency)))
    assert pricer.most == concurrency


def test_a_failure_names_the_rows_and_the_next_run_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    path, batching = tmp_path / "estimates.jsonl", Batching(batch=2, concurrency=1)
    with pytest.raises(EvaluationError, match=r"rows 5 to 6 were not priced: gone \(4 of 8 are kept, the same command goes on\)"):
        asyncio.run(price_rows(Late(broken=[5]), requests(8), ledger(8, path), batching))
    second = Late()
    answers = asyncio.run(price_rows(second, requests(8), ledger(8, path), batching))
    assert second.asked == [4, 5, 6, 7]
    assert [answer.price for answer in answers] == list(range(8))


def test_what_is_in_flight_at_a_failure_is_kept_and_nothing_new_is_begun(tmp_path: Path) -> None:
    pricer, kept = Late(broken=[3]), ledger(20, tmp_path / "estimates.jsonl")
    with pytest.raises(EvaluationError, match="rows 4 to 4 were not priced"):
        asyncio.run(price_rows(pricer, requests(20), kept, Batching(batch=1, concurrency=4)))
    assert set(kept.answers) >= {0, 1, 2}
    assert len(pricer.asked) < 12
    assert sorted(kept.missing) == sorted(set(range(20)) - (set(pricer.asked) - {3}))


def test_without_a_file_the_error_says_that_nothing_is_kept() -> None:
    with pytest.raises(EvaluationError, match="nothing is kept"):
        asyncio.run(price_rows(Late(broken=[0]), requests(2), ledger(2), Batching()))


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
                await price_rows(pricer, requests(3), ledger(3), Batching(batch=50))
            await pricer.client.aclose()
            await hung_up.wait()

    asyncio.run(evaluate_silent_peer())
