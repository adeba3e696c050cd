"""A folder that items_curate made, as the parts that trainers take, and its items where single files are read."""

from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from training.data import curated
from training.data.folds import product_names
from training.data.parts import data_hashes, load_market, load_parts, reported_file, unpriced_texts
from training.data.rows import product_text
from training.evaluation.evaluation_file import Rejects, read, request_of
from training.frontier_rag.items import item_of, read_items


def item(number: int, title: str = "Lamp", price: float = 20.0) -> dict[str, object]:
    contents = f"a lamp of size {number}, {' '.join(f'word{number}x{part}' for part in range(12))}"
    text = f"{title} {number}\n{contents}" if title else contents
    told = {"title": f"{title} {number}" if title else "", "category": "Appliances", "price": price, "text": text}
    return told | {"prompt": f"How much?\n{text}", "completion": "20.00", "group": f"{number // 2:016x}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Nine items in three splits; one of train is dearer than what pricers are trained for."""
    train = [*(item(n) for n in range(4)), item(4, title=""), item(5, price=20_000.0)]
    for name, rows in zip(curated.CURATED_FILES, (train, [item(6), item(7)], [item(8)]), strict=True):
        parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / name)
    return tmp_path


def test_splits_are_taken_as_they_are(folder: Path) -> None:
    parts = load_parts(folder)
    assert [len(rows) for rows in (parts.fit, parts.held, parts.dev, parts.auxiliary)] == [5, 2, 1, 0]
    assert [product_text(row) for row in parts.fit] == [item(n)["text"] for n in range(4)] + [item(4, title="")["text"]]
    assert {row.main_category for row in parts.fit} == {"Appliances"}
    assert len(load_parts(folder, limit=2).fit) == 2


def test_goods_with_names_are_fitted_on_beside_them(folder: Path) -> None:
    (folder / "goods.csv").write_text(
        "brand,title,category,year,list,street,condition,text\nAcme,Acme Desk Lamp 3,Office,2024,39.99,34.99,new,a lamp\n"
    )
    assert [row.title for row in load_market(folder).fit[5:]] == ["Acme Desk Lamp 3"]
    assert unpriced_texts(folder, load_market(folder)) == []
    assert set(curated.CURATED_FILES) < set(data_hashes(folder))


def test_a_product_keeps_the_group_that_curation_found(folder: Path) -> None:
    names = product_names(load_parts(folder).fit)
    assert names[0] == names[1] != names[2] == names[3] != names[4]


def test_an_item_of_a_file_is_the_whole_product(folder: Path) -> None:
    rejects = Rejects()
    (row,) = read(reported_file(folder), rejects)
    assert request_of(row).text == item(8)["text"]
    assert rejects.count == 0
    titleless = [row for row in read(folder / curated.FIT, rejects) if not row.title]
    assert [product_text(row) for row in titleless] == [item(4, title="")["text"]]
    assert rejects.count == 0


def test_of_a_folder_the_index_takes_the_part_that_may_be_shown(folder: Path) -> None:
    found = read_items([folder], Rejects())
    rows = load_parts(folder).fit
    assert {one.text for one in found if one.price < 10_000} == {product_text(row) for row in rows}
    assert item_of(rows[0]).text == product_text(rows[0])
