"""The pages on which files are dropped: refusals at the field, progress, errors by row, the priced file."""

import csv
import io
import re
import time
from collections.abc import Iterator
from html import unescape

import openpyxl
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from dashboard.app import Fakes, create_app
from dashboard.price_file.table import MOST_BYTES
from tests.unit.dashboard.fakes import World

FORM = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
CSV = b"title,price\nKettle,39.99\nbad lamp,\n,5\nMug,9000\n"
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with TestClient(create_app(Fakes(world.clients())), follow_redirects=False) as made:
        yield made


def drop(client: TestClient, name: str, content: bytes) -> Response:
    return client.post("/price/file", files={"file": (name, content)}, headers=FORM)


def ended(client: TestClient, path: str) -> str:
    until = time.monotonic() + 20
    while 'hx-trigger="every 1s' in (page := client.get(path).text):
        assert time.monotonic() < until
        time.sleep(0.02)
    return page


def done(client: TestClient, name: str, content: bytes) -> tuple[str, str]:
    answer = drop(client, name, content)
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    return path, ended(client, path)


def test_a_table_comes_back_priced_with_its_errors_by_row(client: TestClient) -> None:
    path, page = done(client, "stock.csv", CSV)
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    for text in ("4 of 4, 2 without a price", "1 good price", "1 too dear", "title: title , price: price", "Rows without a price"):
        assert text in words
    assert re.search(r'<th scope="row">3</th><td>it is &lt;b&gt;bad&lt;/b&gt;</td>', page)
    assert re.search(r'<th scope="row">4</th><td>no text', page)
    result = client.get(f"{path}/result")
    assert result.headers["content-disposition"] == 'attachment; filename="stock-priced.csv"'
    assert result.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(result.content.decode("utf-8-sig"))))
    assert [(row["title"], row["estimated price"], row["verdict"]) for row in rows] == [
        ("Kettle", "129.5", "good price"),
        ("bad lamp", "", ""),
        ("", "", ""),
        ("Mug", "129.5", "too dear"),
    ]


def test_a_workbook_comes_back_as_one(client: TestClient) -> None:
    made, target = openpyxl.Workbook(), io.BytesIO()
    for row in (["title", "price"], ["Kettle", 39.99]):
        made.active.append(row)
    made.save(target)
    path, page = done(client, "Größen.xlsx", target.getvalue())
    assert "Größen-priced.xlsx" in page
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{path}/result").content)).active
    assert [cell.value for cell in sheet[2]][:3] == ["Kettle", 39.99, 129.5]


def test_files_of_the_last_hour_are_listed_with_how_far_they_are(client: TestClient) -> None:
    path, _ = done(client, "stock.csv", CSV)
    page = client.get("/price/file").text
    assert f'href="{path}"' in page
    for text in ("Of the last hour", "4 of 4, 2 without a price", "just now", "20,000 rows and 10 MB"):
        assert text in page


@pytest.mark.parametrize(
    ("name", "content", "status", "said"),
    [
        ("stock.pdf", b"%PDF", 422, "a file is .csv or .xlsx"),
        ("stock.csv", b"", 422, "the file is empty"),
        ("stock.csv", b"x" * (MOST_BYTES + 1), 422, "larger than 10 MB"),
        ("", b"x", 422, "choose a file"),
    ],
)
def test_what_is_no_table_is_refused_at_the_field(client: TestClient, name: str, content: bytes, status: int, said: str) -> None:
    answer = drop(client, name, content) if name else client.post("/price/file", data={"x": "y"}, headers=FORM)
    assert answer.status_code == status
    assert said in answer.text
    assert re.search(r'<input id="file"[^>]*aria-invalid="true" aria-describedby="problem"', answer.text)
    assert "Of the last hour" not in answer.text


def test_far_too_large_a_body_is_refused_before_it_is_read(client: TestClient) -> None:
    assert drop(client, "stock.csv", b"x" * (MOST_BYTES + 100_000)).status_code == 413


def test_a_table_without_products_fails_with_the_reason(client: TestClient) -> None:
    path, page = done(client, "stock.csv", b"a,b\n1,2\n")
    assert "It failed: no column tells a product" in page
    assert client.get(f"{path}/result").status_code == 404


def test_while_the_ensemble_is_away_a_file_waits_and_can_be_cancelled(world: World, client: TestClient) -> None:
    world.down.add("ensemble")
    path = drop(client, "stock.csv", CSV).headers["location"]
    until = time.monotonic() + 20
    while "It waits, and goes on by itself" not in (page := client.get(path).text):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    assert '<progress max="100" value="0"' in page
    answer = client.post(f"{path}/cancel", headers=FORM)
    assert answer.headers["location"].startswith(f"{path}?flash=")
    page = client.get(answer.headers["location"]).text
    assert "Cancelled." in page
    assert ">cancelled<" in page
    assert "http-equiv" not in page


def test_more_files_than_are_priced_at_once_are_sent_away(world: World, client: TestClient) -> None:
    world.down.add("ensemble")
    answers = [drop(client, f"{number}.csv", CSV) for number in range(5)]
    assert [answer.status_code for answer in answers] == [303, 303, 303, 303, 429]
    assert "4 files are being priced already" in answers[-1].text


@pytest.mark.parametrize("path", ["/price/file/none", "/price/file/none/result", "/price/file/..%2f..%2fsecret/result"])
def test_a_file_that_is_gone_has_a_page_that_says_so(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_hostile_names_columns_and_reasons_stay_words(client: TestClient) -> None:
    path, page = done(client, f'"{EVIL}.csv', f'title,"price{EVIL}"\n"{EVIL} bad",\n'.encode())
    for each in (page, client.get("/price/file").text):
        assert "<img src=x" not in each
    assert "&lt;img src=x" in page
    assert "\n" not in client.get(f"{path}/result").headers["content-disposition"]
