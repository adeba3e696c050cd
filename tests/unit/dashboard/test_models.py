"""The pages of models: what is there, how good it is, how prices move."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from common.artifact import write_meta
from dashboard.app import Fakes, create_app
from dashboard.models.evaluation import FORMAT_VERSION
from tests.unit.dashboard.fakes import World

SCORE = {"n": 3, "mae": 41.5, "mae_ci95": [30.0, 50.0], "rmsle": 0.61, "hits": 0.75, "coverage80": 0.8, "log_error": 0.4}
FIGURES = {
    "ensemble": {"all": SCORE, "split": {"seed": SCORE, "lite": SCORE | {"coverage80": None}}, "price_band": {"<25": SCORE}},
    "random-forest": {"all": SCORE | {"mae": 63.36}, "split": {"seed": SCORE}},
}
POINTS = {name: {"truth": [10.0, 100.0, 1000.0], "price": [12.0, 175.0, 300.0]} for name in FIGURES}


def kept(artifacts: Path, name: str = "products-dev", figures: Any = FIGURES, version: int = FORMAT_VERSION) -> Path:
    folder = artifacts / "evaluation"
    folder.mkdir(parents=True)
    facts = {"data": {f"{name}.jsonl.xz": "abc123def456abc123"}, "models": {"ensemble": "2026-11-29.fd1aa9"}}
    told = {"created": "2026-11-30T04:00:00+00:00", **facts, "pricers": figures}
    for ending, content in (("figures", told), ("points", POINTS)):
        (folder / f"{name}.{ending}.json").write_text(json.dumps(content))
    files = [f"{name}.figures.json", f"{name}.points.json"]
    write_meta(folder, format_version=version, command="c", files=files, data=facts["data"])
    return folder


def client_of(artifacts: Path, world: World | None = None) -> TestClient:
    return TestClient(create_app(Fakes((world or World()).clients(), artifacts)), base_url="http://127.0.0.1")


def test_the_last_evaluation_is_shown_by_pricer_and_group(tmp_path: Path) -> None:
    kept(tmp_path)
    page = client_of(tmp_path).get("/models").text
    for text in (
        "products-dev",
        "$41.50",
        "$63.36",
        "0.610",
        "75\u00a0%",
        "80\u00a0%",
        "By split",
        "lite",
        "abc123def456abc1",
        "fd1aa9",
    ):
        assert text in page
    assert "By price" not in page  # one group is no comparison


def test_a_scatter_has_hits_near_misses_and_the_rest(tmp_path: Path) -> None:
    kept(tmp_path)
    figure = client_of(tmp_path).get("/models/scatter/products-dev/ensemble.json").json()
    assert [(trace["name"], trace["x"]) for trace in figure["data"]] == [
        ("hit (1)", [10.0]),
        ("near (1)", [100.0]),
        ("far (1)", [1000.0]),
    ]


def test_of_many_products_a_plot_draws_some_and_counts_all(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    points = {"truth": [100.0] * 1_500 + [1_000.0] * 600, "price": [110.0] * 1_500 + [100.0] * 600}
    (folder / "products-dev.points.json").write_text(json.dumps({"ensemble": points}))
    write_meta(folder, format_version=FORMAT_VERSION, command="c", files=[each.name for each in folder.glob("p*.json")], data={})
    figure = client_of(tmp_path).get("/models/scatter/products-dev/ensemble.json").json()
    assert [(trace["name"], len(trace["x"])) for trace in figure["data"]] == [
        ("hit (1,500)", 300),
        ("near (0)", 0),
        ("far (600)", 120),
    ]


@pytest.mark.parametrize("path", ["none/ensemble", "products-dev/none", "%2e%2e/ensemble", "..%2fproducts-dev/ensemble"])
def test_a_figure_that_is_not_there_is_not_found(tmp_path: Path, path: str) -> None:
    kept(tmp_path)
    assert client_of(tmp_path).get(f"/models/scatter/{path}.json").status_code == 404


@pytest.mark.parametrize("damage", ["figures", "version", "none", "text"])
def test_an_evaluation_that_is_damaged_or_of_another_form_is_not_shown(tmp_path: Path, damage: str) -> None:
    if damage == "version":
        kept(tmp_path, version=99)
    elif damage == "figures":
        kept(tmp_path, figures={"ensemble": {}})
    elif damage == "text":
        (kept(tmp_path) / "products-dev.figures.json").write_text("{")
    page = client_of(tmp_path).get("/models").text
    assert "No evaluation here" in page


def test_each_model_says_its_version_and_data_or_why_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "ensemble").mkdir()
    (tmp_path / "ensemble" / "meta.json").write_text(json.dumps({"version": "2026-11-29.fd1aa9", "data": {"rows.xz": "d" * 64}}))
    (tmp_path / "judge").mkdir()
    (tmp_path / "judge" / "meta.json").write_text("[1]")
    page = client_of(tmp_path).get("/models").text
    assert "2026-11-29.fd1aa9" in page
    assert "d" * 16 in page
    assert "its meta.json cannot be read" in page
    assert "not here" in page


LEVELS = {
    "weeks": 26,
    "items": [
        {
            "category": "<b>Tools</b>",
            "change": 0.1,
            "weeks": [
                {"week": "2026-11-02", "index": 100.0, "low": 100.0, "high": 100.0, "n": 1200},
                {"week": "2026-11-09", "index": 110.0, "low": 105.0, "high": 115.0, "n": 34},
            ],
        }
    ],
}


def test_price_levels_are_a_plot_and_a_table(tmp_path: Path) -> None:
    client = client_of(tmp_path, World(levels=LEVELS))
    page = client.get("/models/levels").text
    for text in ("&lt;b&gt;Tools", "+10\u00a0%", "110.0", "105.0 – 115.0", "1,234"):
        assert text in page
    (line,) = client.get("/models/levels.json").json()["data"]
    assert (line["x"], line["y"]) == (["2026-11-02", "2026-11-09"], [100.0, 110.0])
    assert line["error_y"]["array"] == [0.0, 5.0]


def test_without_levels_the_page_says_what_is_lacking(tmp_path: Path) -> None:
    assert "Too few deals yet" in client_of(tmp_path).get("/models/levels").text
    assert client_of(tmp_path).get("/models/levels.json").status_code == 404
    assert "cannot be shown" in client_of(tmp_path, World(down={"scanner"})).get("/models/levels").text


TALLY = {"n": 40, "log_error": 0.123, "bias": -0.05, "within_20_share": 0.9, "live_ms": 80.0, "candidate_ms": 12.0}
IN_USE: dict[str, Any] = {
    "service": "ensemble",
    "model": "ensemble@2026-11-29.fd1aa9",
    "loaded": "2026-11-30T04:00:00Z",
    "artifacts": [{"name": "ensemble", "version": "2026-11-29.fd1aa9", "data": "0123456789ab", "former": "2026-11-01.aaaaaa"}],
    "last": {"outcome": "refused", "why": "weights.json <b>differs</b>", "at": "2026-11-30T05:00:00Z"},
    "shadow": {
        "candidate": "specialist=http://gpu:8001",
        "model": "specialist@2026-12-01.bbbbbb",
        "waiting": 1,
        "dropped": 7,
        "failed": 2,
        "problem": "",
        "total": TALLY | {"category": ""},
        "categories": [TALLY | {"category": "<i>Toys</i>"}],
    },
}
DRIFT: dict[str, Any] = {
    "looked": "2026-11-30T05:00:00Z",
    "problem": "",
    "figures": [
        {"name": "psi", "value": 1.25, "n": 900, "bound": 1.0, "is_beyond": True},
        {"name": "interval_coverage", "value": None, "n": 0, "bound": 0.65, "is_beyond": False},
        {"name": "of a later version", "value": 1.0, "n": 0, "bound": 0.65, "is_beyond": False},
    ],
}


def test_what_answers_now_is_shown_with_its_candidate_and_drift(tmp_path: Path) -> None:
    page = client_of(tmp_path, World(models={"ensemble": IN_USE, "drift": DRIFT})).get("/models").text
    for text in (
        "ensemble@2026-11-29.fd1aa9",
        "data <code>0123456789ab",
        "before it <code>2026-11-01.aaaaaa",
        "weights.json &lt;b&gt;differs",
        "specialist@2026-12-01.bbbbbb",
        "1 wait, 7 dropped, 2 failed",
        "&lt;i&gt;Toys",
        "0.123",
        "-0.050",
        "pricer models promote ensemble",
        "1.25",
        "beyond its bound",
        "too few yet",
        "random-forest is still loading",
    ):
        assert text in page, text


def test_a_figure_of_which_too_little_is_known_is_neither_well_nor_beyond_its_bound(tmp_path: Path) -> None:
    page = client_of(tmp_path, World(models={"ensemble": IN_USE, "drift": DRIFT})).get("/models").text
    lamps = re.findall(r'class="(lamp[^"]*)" aria-hidden="true"></span>(Estimates against|Found-out)', page)
    assert lamps == [("lamp off", "Estimates against"), ("lamp", "Found-out")]


def test_services_that_are_away_or_of_another_version_cost_their_rows_alone(tmp_path: Path) -> None:
    page = client_of(tmp_path, World(models={"ensemble": {"model": 3}})).get("/models").text
    assert "answered in a form that this page does not know" in page
    assert "scanner is still loading" in page
    assert "How good the models are" in page
