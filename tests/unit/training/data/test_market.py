"""Goods with names beside the listings: read, weighed, told apart as used, and held out under all their titles."""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from common.artifact import sha256
from tests.unit.training.specialist.tiny_bases import product
from training.data.folds import folds_of
from training.data.market import family_of, product_keys, read_catalogue, read_deals, read_named
from training.data.parts import catalogue_file, data_hashes, load_market, sampling_weights
from training.data.rows import Row, product_text

CATALOGUE = """brand,title,category,year,list,street,condition,text
Acme,Acme WH-500 Headphones,Audio,2023,349,299,new,"over-ear, noise cancelling"
Bolt,Bolt DX1 Drill,Tools,<=2018,129,129,new,
Acme,Acme P20 Phone 128GB,Phones,2020,899,210,used,unlocked
"""


def save(path: Path, rows: list[dict[str, Any]]) -> Path:
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def deal(**others: Any) -> dict[str, Any]:
    row = {"subject": "Acme WH-500 Headphones", "market_price": 310.0, "market_kind": "next_best", "currency": "USD"}
    return row | {"basis": "same offer kind", "condition": "new or not stated", "date": "2026-05-01", "source": "some"} | others


def named(title: str, price: float, **others: Any) -> dict[str, Any]:
    row = {"title": title, "price": price, "source": "shop", "price_kind": "street", "year": 2022, "condition": "new"}
    return row | {"brand": title.split(maxsplit=1)[0], "details": "{}"} | others


def test_the_catalogue_costs_what_the_street_asks(tmp_path: Path) -> None:
    (tmp_path / "goods.csv").write_text(CATALOGUE)
    first, second, third = read_catalogue(tmp_path / "goods.csv")
    assert (first.title, first.price, first.year) == ("Acme WH-500 Headphones", 299.0, 2023)
    assert product_text(first) == "Acme WH-500 Headphones\nover-ear, noise cancelling"
    assert (second.title, second.year) == ("Bolt DX1 Drill", 2018)
    assert "Condition: used" in product_text(third)


def test_a_used_good_says_so_once(tmp_path: Path) -> None:
    rows = [named("Acme P20 phone", 200, condition="used"), named("Acme P20 phone, renewed", 200, condition="used")]
    told, silent = read_named(save(tmp_path / "named.jsonl.xz", rows))
    assert "Condition: used" in product_text(told)
    assert "Condition" not in product_text(silent)


def test_a_deals_good_costs_what_it_does_elsewhere_and_other_money_or_units_are_left_out(tmp_path: Path) -> None:
    others = [deal(currency="CAD"), deal(basis="new unit", condition="refurbished"), deal(subject="")]
    (row,) = read_deals(save(tmp_path / "deals.jsonl.xz", [deal(), *others]))
    assert (row.title, row.price, row.price_kind, row.year, family_of(row)) == (
        *("Acme WH-500 Headphones", 310.0, "next_best", 2026),
        "deal",
    )


def test_prices_told_in_details_are_no_part_of_the_text(tmp_path: Path) -> None:
    details = json.dumps({"sale price seen": "199.99", "list price shown": "249", "colour": "green"})
    (row,) = read_named(save(tmp_path / "named.jsonl.xz", [named("Acme lamp", 199.99, details=details)]))
    assert product_text(row) == "Acme lamp\ncolour green"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Acme WH500XM headphones", "Acme WH500XM, black, refurbished", True),
        ("Acme WH500XM headphones", "Acme WH400XM headphones", False),
        ("Acme 128GB phone model", "Acme 256GB phone model", False),
        ("Acme soft towel set of four", "Acme soft towel set of six", True),  # the same first words
    ],
)
def test_a_product_has_one_key_under_all_its_titles(one: str, other: str, alike: bool) -> None:
    first, second = product_keys([Row(one, extra={"brand": "Acme"}), Row(other, extra={"brand": "Acme"})])
    assert (first == second) is alike


def test_rows_of_one_product_share_their_fold() -> None:
    rows = [Row(f"Acme M{i}00X {kind}", extra={"brand": "Acme", "family": "named"}) for i in range(40) for kind in ("new", "used")]
    folds = folds_of(rows, 4)
    assert (folds[::2] == folds[1::2]).all()
    assert set(folds.tolist()) == {0, 1, 2, 3}


def test_trusted_and_new_goods_count_more_than_old_used_or_claimed_ones() -> None:
    def of(family: str, **extra: Any) -> Row:
        return Row("thing", price=50.0, extra={"family": family, "source": family, **extra})

    rows = [
        *(of("catalogue"), of("deal", price_kind="next_best"), of("deal", price_kind="list")),
        *(of("named", year=2022), of("named", condition="used"), of("named", year=2007)),
    ]
    assert sampling_weights(rows, 0.4, 0.2).tolist() == [3.0, 2.0, 0.5, 1.0, 0.5, 0.5]


def test_parts_share_no_product_and_listings_can_be_had_alone(tmp_path: Path) -> None:
    save(tmp_path / "products-train.jsonl.xz", [product(i) for i in range(60)])
    save(tmp_path / "products-dev.jsonl.xz", [product(i) | {"split": "seed"} for i in range(100, 110)])
    save(tmp_path / "products-pcparts.jsonl.xz", [product(i) for i in range(200, 205)])
    several = [named(f"Acme XQ{i:03}Z lamp {kind}", 1500.0 + i) for i in range(80) for kind in ("black", "white")]
    save(tmp_path / "products-named.jsonl.xz", several)
    save(tmp_path / "products-named-dev.jsonl.xz", [named("Zeta K77Y speaker", 80, split="named")])
    save(tmp_path / "deals-market.jsonl.xz", [deal(subject=f"Acme WH{i:03}Q headphones") for i in range(60)])
    (tmp_path / "goods.csv").write_text(CATALOGUE)
    parts = load_market(tmp_path)
    keys = {
        name: set(product_keys([row for row in getattr(parts, name) if family_of(row) != "listing"]))
        for name in ("fit", "held", "dev")
    }
    assert all(keys.values())
    assert keys["fit"].isdisjoint(keys["held"])
    assert (keys["fit"] | keys["held"]).isdisjoint(keys["dev"])
    assert {row.split for row in parts.dev} == {"seed", "named", "deal"}
    alone = parts.listings()
    assert {family_of(row) for row in (*alone.fit, *alone.held, *alone.dev)} == {"listing"}


def test_no_pricer_is_fitted_on_a_product_with_a_trusted_price(tmp_path: Path) -> None:
    save(tmp_path / "products-train.jsonl.xz", [product(i) for i in range(30)])
    save(tmp_path / "products-dev.jsonl.xz", [product(100) | {"split": "seed"}])
    save(tmp_path / "products-pcparts.jsonl.xz", [product(200)])
    kinds = ("next_best", "history", "regular", "list")
    deals = [deal(subject=f"Acme WH{i:03}Q headphones", market_kind=kinds[i % 4]) for i in range(80)]
    ebay = deal(subject="Acme WH900Q headphones", market_kind="history", source="ebay_deals")
    repeated = deal(subject="Acme WH000Q headphones, again", market_kind="list")  # a product of which another row is trusted
    save(tmp_path / "deals-market.jsonl.xz", [*deals, *[ebay] * 20, repeated])
    (tmp_path / "goods.csv").write_text(CATALOGUE)
    parts = load_market(tmp_path)
    fitted = [row for row in parts.fit if family_of(row) == "deal"]
    assert {row.price_kind for row in fitted if not row.title.startswith("Acme WH900Q")} == {"regular", "list"}
    assert "Acme WH000Q headphones, again" not in {row.title for row in fitted}
    drawn = {row.title for row in (*parts.held, *parts.dev) if row.price_kind == "next_best"}
    assert drawn == {f"Acme WH{i:03}Q headphones" for i in range(0, 80, 4)}  # what is not reported on is held out
    assert data_hashes(tmp_path)["goods.csv"] == sha256(tmp_path / "goods.csv")


def test_a_folder_without_a_catalogue_takes_the_one_that_comes_with_the_service(tmp_path: Path) -> None:
    found = read_catalogue(catalogue_file(tmp_path))
    assert len(found) > 5000
    assert {row.condition for row in found} >= {"new", "refurbished"}
    assert all(row.title and row.extra["brand"] is not None for row in found)
