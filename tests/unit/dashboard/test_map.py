"""The page of the map: there, not there, broken; its parts; nothing else of the folder."""

import json
from pathlib import Path

from fastapi.testclient import TestClient

from common.artifact import write_meta
from dashboard.app import Fakes, create_app
from dashboard.models.product_map import COMMAND, FOLDER, FORMAT_VERSION
from tests.unit.dashboard.fakes import World


def client_of(artifacts: Path) -> TestClient:
    return TestClient(create_app(Fakes(World().clients(), artifacts)), follow_redirects=False)


def make_map(artifacts: Path, name: str = "Garden tools", colour: str = "#35a06b") -> Path:
    folder = artifacts / FOLDER
    folder.mkdir()
    trace = {"name": name, "x": [1, 2, 3], "y": [4, 5, 6], "customdata": [9.5, 20.0, 31.0], "marker": {"color": colour}}
    (folder / "flat.json").write_text(json.dumps({"data": [trace]}), encoding="utf-8")
    (folder / "space.json").write_text(json.dumps({"data": [trace | {"z": [7, 8, 9]}]}), encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    files = ["flat.json", "space.json", "picture.png"]
    write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=files, metrics={"products": 1200})
    return folder


def test_the_page_lists_every_category_with_its_count_and_loads_the_drawing(tmp_path: Path) -> None:
    make_map(tmp_path)
    page = client_of(tmp_path).get("/map")
    assert page.status_code == 200
    for text in ("3 of 1,200 products", "Garden tools", 'fill="#35a06b"', '<span class="quiet">3</span>', "/static/map/map.js"):
        assert text in page.text
    assert " style=" not in page.text  # the policy would drop it


def test_without_a_map_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    page = client_of(tmp_path).get("/map")
    assert page.status_code == 200
    assert "No map here" in page.text
    assert COMMAND in page.text
    assert "map.js" not in page.text
    assert client_of(tmp_path).get("/map/flat.json").status_code == 404


def test_a_map_made_while_the_dashboard_runs_is_shown(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    assert "No map here" in client.get("/map").text
    make_map(tmp_path)
    assert "Garden tools" in client.get("/map").text


def test_a_damaged_map_is_not_drawn(tmp_path: Path) -> None:
    folder = make_map(tmp_path)
    (folder / "flat.json").write_text('{"data": []}', encoding="utf-8")
    page = client_of(tmp_path).get("/map").text
    assert "sha256 differs" in page
    assert COMMAND in page


def test_a_file_that_is_no_figure_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    folder = make_map(tmp_path)
    (folder / "flat.json").write_text("[]", encoding="utf-8")
    files = ["flat.json", "space.json", "picture.png"]
    write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=files, metrics={"products": 1200})
    page = client_of(tmp_path).get("/map").text
    assert "holds no map of ours" in page
    assert COMMAND in page


def test_hostile_names_and_colours_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    make_map(tmp_path, name="<script>alert(1)</script>")
    assert "<script>alert" not in client_of(tmp_path).get("/map").text


def test_a_colour_must_be_one(tmp_path: Path) -> None:
    make_map(tmp_path, colour='"/><script>')
    page = client_of(tmp_path).get("/map").text
    assert "is not a colour" in page
    assert "<script>" not in page


def test_the_parts_come_with_their_media_types_and_nothing_else_comes(tmp_path: Path) -> None:
    make_map(tmp_path)
    client = client_of(tmp_path)
    flat, picture = client.get("/map/flat.json"), client.get("/map/picture.png")
    assert flat.json()["data"][0]["customdata"] == [9.5, 20.0, 31.0]
    assert (flat.headers["content-type"], picture.headers["content-type"]) == ("application/json", "image/png")
    for name in ("meta.json", "..%2fflat.json", "%2e%2e", "flat.json.part"):
        assert client.get(f"/map/{name}").status_code == 404
