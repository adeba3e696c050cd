"""A dropped file is priced in batches and given back in its own form; whatever is wrong with it or the ensemble is said."""

import asyncio
import csv
import io
import stat
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import openpyxl
import pytest

from common.errors import InvalidInputError, NotFoundError, OverloadedError, PricingAgentError, UnavailableError
from dashboard.price_file.job import Job
from dashboard.price_file.service import BATCH, KEPT, MOST_AT_ONCE, PATIENCE, PriceFiles
from dashboard.price_file.table import MOST_BYTES, MOST_ROWS, kind_of, read_table

T = TypeVar("T")
ANSWER = {"price": 50.0, "low": 40.0, "high": 60.0, "currency": "USD", "model": "fake@1"}
JUDGED: dict[str, Any] = {"worth": 50.0, "low": 40.0, "high": 60.0, "saving": 5.0, "chance": 0.5, "support": 0.5, "margin": 0.25}
JUDGED |= {"model": "judge@1", "evidence": [], "known": True, "identified": False, "answer": ANSWER}


class FakeEnsemble:
    """Everything is worth 50 dollars, but for what is called bad. `errors` are raised first; `hold`: an event that it waits for."""

    def __init__(self, errors: Sequence[Exception] = (), hold: asyncio.Event | None = None) -> None:
        self.errors, self.hold = list(errors), hold
        self.asked = list[tuple[str, list[dict[str, Any]]]]()
        self.at_once, self.most_at_once, self.reached = 0, 0, asyncio.Event()

    async def post(self, path: str, body: object = None) -> object:
        assert isinstance(body, dict)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.errors:
                raise self.errors.pop(0)
            self.reached.set()
            if self.hold:
                await self.hold.wait()
            await asyncio.sleep(0)
            self.asked.append((path, body["items"]))
            told = JUDGED if path == "/judge/batch" else ANSWER
            return {"results": [self._bad() if "bad" in item["description"] else told for item in body["items"]]}
        finally:
            self.at_once -= 1

    @staticmethod
    def _bad() -> dict[str, Any]:
        return {"error": {"title": "Unprocessable", "status": 422, "detail": "it is bad"}}

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was not expected")


class Clock:
    """Stands still but for what is slept."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def with_files(ensemble: FakeEnsemble, use: Callable[[PriceFiles], Awaitable[T]], clock: Clock | None = None) -> T:
    async def run() -> T:
        times = clock or Clock()
        files = PriceFiles(ensemble, times, times.sleep)
        try:
            return await use(files)
        finally:
            await files.aclose()

    return asyncio.run(run())


async def ended(files: PriceFiles, job: Job) -> Job:
    for _ in range(20_000):
        if job.is_over:
            return files.get(job.id)
        await asyncio.sleep(0.001)
    raise AssertionError(f"it is still {job.state}")


def priced(content: bytes, name: str = "in.csv", ensemble: FakeEnsemble | None = None) -> tuple[Job, bytes]:
    async def use(files: PriceFiles) -> tuple[Job, bytes]:
        job = await ended(files, files.start(name, content))
        return job, files.result(job.id).read_bytes() if job.has_result else b""

    return with_files(ensemble or FakeEnsemble(), use)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


CSV = b"SKU;Name;Body;Cost\r\n"
CSV += b"1;Kettle;1.7 l;39.99\r\n2;Lamp;bad;\r\n3;;;5\r\n4;Caf\xe9;beans;$70\r\n5;Mug;blue;12 EUR\r\n6;a;b;1;more\r\n"


def test_a_table_comes_back_with_its_columns_and_ours() -> None:
    ensemble = FakeEnsemble()
    job, content = priced(CSV, "stock.csv", ensemble)
    rows = rows_of(content)
    assert list(rows[0]) == ["SKU", "Name", "Body", "Cost", "estimated price", "low", "high", "verdict", "saving", "error"]
    assert [(row["SKU"], row["estimated price"], row["verdict"], row["error"]) for row in rows[:4]] == [
        ("1", "50.0", "good price", ""),
        ("2", "", "", "it is bad"),
        ("3", "", "", "no text: neither title nor description"),
        ("4", "50.0", "too dear", ""),
    ]
    assert (rows[3]["Name"], rows[3]["saving"]) == ("Café", "5.0")
    assert (rows[4]["estimated price"], rows[4]["error"]) == ("50.0", "the price '12 EUR' is none in dollars")
    assert "more fields than the header" in rows[5]["error"]
    assert (job.state, job.rows, job.done, job.failed, job.result_name) == ("done", 6, 6, 3, "stock-priced.csv")
    assert [(each.row, each.reason[:6]) for each in job.errors] == [(3, "it is "), (4, "no tex"), (7, "line 7")]
    assert job.counts == {"good price": 1, "too dear": 1}
    assert job.columns == {"title": "Name", "description": "Body", "price": "Cost"}
    assert {path: len(items) for path, items in ensemble.asked} == {"/judge/batch": 2, "/price/batch": 2}
    assert ensemble.asked[0][1][0] == {"title": "Kettle", "description": "1.7 l", "offer": {"price": 39.99, "published": False}}


def test_condition_and_shop_of_an_offer_are_passed_on() -> None:
    ensemble = FakeEnsemble()
    priced(b"title,price,condition,store\nKettle,50,Open box,Acme\n", ensemble=ensemble)
    assert ensemble.asked[0][1][0]["offer"] == {"price": 50.0, "condition": "open-box", "retailer": "Acme", "published": False}


def test_a_workbook_comes_back_as_one() -> None:
    made, target = openpyxl.Workbook(), io.BytesIO()
    for row in (["title", "price", "estimated price"], ["=HYPERLINK(1)", 50, "theirs"], ["Kettle", None, None]):
        made.active.append(row)
    made.active["A2"].data_type = "s"
    made.save(target)
    job, content = priced(target.getvalue(), "in.XLSX")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["title", "price", "estimated price", "estimated price (priced)", "low", "high", "verdict", "saving", "error"]
    assert rows[1][:7] == ["=HYPERLINK(1)", 50, "theirs", 50, 40, 60, "fair price"]
    assert sheet["A2"].data_type == "s"
    assert (job.kind, job.result_name) == ("xlsx", "in-priced.xlsx")


def test_no_text_of_a_table_becomes_a_formula() -> None:
    _, content = priced(b"title,note\n\"=cmd|' /C calc'!A0\",-5\n")
    assert (rows_of(content)[0]["title"], rows_of(content)[0]["note"]) == ("'=cmd|' /C calc'!A0", "-5")


def test_rows_go_in_batches_one_at_a_time_whosever_they_are() -> None:
    ensemble = FakeEnsemble()
    content = b"title\n" + b"".join(f"kettle {n}\n".encode() for n in range(2 * BATCH + 1))

    async def use(files: PriceFiles) -> list[Job]:
        return [await ended(files, job) for job in [files.start(f"{n}.csv", content) for n in range(2)]]

    assert [job.state for job in with_files(ensemble, use)] == ["done", "done"]
    assert sorted(len(items) for _, items in ensemble.asked) == [1, 1, BATCH, BATCH, BATCH, BATCH]
    assert ensemble.most_at_once == 1


def test_while_the_ensemble_is_away_a_file_waits_and_goes_on() -> None:
    clock = Clock()

    async def use(files: PriceFiles) -> Job:
        return await ended(files, files.start("in.csv", b"title\nkettle\n"))

    away = [UnavailableError("the ensemble is away"), OverloadedError("busy")]
    assert with_files(FakeEnsemble(away), use, clock).state == "done"
    assert clock.now >= 10.0
    job = with_files(FakeEnsemble([UnavailableError("the ensemble is away")] * 1_000), use)
    assert (job.state, job.problem, job.ended is not None and job.ended >= PATIENCE) == ("failed", "the ensemble is away", True)


@pytest.mark.parametrize("results", [{"results": []}, {"results": "x"}, "nonsense", None])
def test_an_answer_in_another_form_is_none(results: object) -> None:
    class Strange(FakeEnsemble):
        async def post(self, path: str, body: object = None) -> object:
            return results

    job, _ = priced(b"title\nkettle\n", ensemble=Strange())
    assert job.state == "failed"
    assert job.problem


def test_a_file_that_is_cancelled_is_asked_no_further() -> None:
    async def use(files: PriceFiles) -> tuple[str, list[str]]:
        job = files.start("in.csv", b"title\nkettle\n")
        await ensemble.reached.wait()
        state = (await files.cancel(job.id)).state
        with pytest.raises(NotFoundError, match="has cancelled"):
            files.result(job.id)
        return (await files.cancel(job.id)).state, [state, *(each.state for each in files.all())]

    ensemble = FakeEnsemble(hold=asyncio.Event())
    assert with_files(ensemble, use) == ("cancelled", ["cancelled", "cancelled"])
    assert ensemble.asked == []


def test_only_a_few_files_are_priced_at_once_and_others_are_told() -> None:
    async def use(files: PriceFiles) -> int:
        jobs = [files.start("in.csv", b"title\nkettle\n") for _ in range(MOST_AT_ONCE)]
        with pytest.raises(OverloadedError):
            files.start("in.csv", b"title\nkettle\n")
        await files.cancel(jobs[0].id)
        return len({files.start("in.csv", b"title\nkettle\n").id, *(each.id for each in jobs)})

    assert with_files(FakeEnsemble(hold=asyncio.Event()), use) == MOST_AT_ONCE + 1


def test_results_are_private_and_kept_for_an_hour() -> None:
    clock = Clock()

    async def use(files: PriceFiles) -> Any:
        job = await ended(files, files.start("in.csv", b"title\nkettle\n"))
        path = files.result(job.id)
        modes = [stat.S_IMODE(each.stat().st_mode) & 0o077 for each in (path.parent,)]
        clock.now += KEPT - 1
        assert files.get(job.id) is job
        clock.now += 1
        with pytest.raises(NotFoundError, match="kept for an hour"):
            files.get(job.id)
        again = await ended(files, files.start("in.csv", b"title\nkettle\n"))
        return modes, path.exists(), files.result(again.id)

    modes, exists, left = with_files(FakeEnsemble(), use, clock)
    assert (modes, exists, left.exists(), left.parent.exists()) == ([0], False, False, False)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("in.csv", b"", "empty"),
        ("in.csv", b"x" * (MOST_BYTES + 1), "larger than 10 MB"),
        ("in.pdf", b"%PDF", r"\.csv or \.xlsx"),
        ("in", b"title\n", r"\.csv or \.xlsx"),
        ("in.xls", b"\xd0\xcf\x11\xe0 old", "save it as .xlsx"),
        ("in.xlsx", b"\xd0\xcf\x11\xe0 locked", "password"),
    ],
)
def test_what_is_no_such_file_is_refused_at_once(name: str, content: bytes, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why) as refused:
        kind_of(name, content)
    assert refused.value.field == "file"


def test_a_workbook_is_known_by_its_first_bytes_whatever_its_name() -> None:
    assert kind_of("in.csv", b"PK\x03\x04...") == "xlsx"
    assert kind_of("in.xlsx", b"title\nkettle\n") == "csv"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"title\n", "no row below the header"),
        (b"SKU,EAN\n1,2\n", "no column tells a product.*SKU, EAN"),
        (b"title\n" + b"kettle\n" * (MOST_ROWS + 1), "more than 20,000 rows"),
    ],
)
def test_a_table_without_products_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        read_table(content, "csv")
    job, _ = priced(content)
    assert (job.state, bool(job.problem)) == ("failed", True)


@pytest.mark.parametrize("error", [RuntimeError("boom"), OSError("disk")])
def test_an_error_of_any_kind_ends_the_job_with_a_word(error: Exception) -> None:
    job, _ = priced(b"title\nkettle\n", ensemble=FakeEnsemble([error]))
    assert job.state == "failed"
    assert isinstance(error, PricingAgentError) or job.problem
