"""What pages load of other people's code is what its list says, and no more than a phone should have to load."""

import hashlib
import re

from dashboard.html.pages import STATIC

ROW = re.compile(r"^\| (\S+\.js) \| .* \| ([0-9a-f]{64}) \|$", re.MULTILINE)


def test_vendored_files_are_those_of_the_list() -> None:
    listed = dict(ROW.findall((STATIC / "vendor" / "README.md").read_text(encoding="utf-8")))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (STATIC / "vendor").glob("*.js")}
    assert listed == found


def test_what_pages_load_besides_the_plots_is_small() -> None:
    files = [path for path in STATIC.rglob("*") if path.suffix in {".js", ".css", ".svg"} and "plotly" not in path.name]
    assert sum(path.stat().st_size for path in files) <= 300_000


def test_every_part_of_the_style_sheet_closes_what_it_opens() -> None:
    sheet = (STATIC / "style.css").read_text(encoding="utf-8")
    for part in re.split(r"^(?=/\* )", sheet, flags=re.MULTILINE):
        assert part.count("{") == part.count("}"), part.partition("\n")[0]
