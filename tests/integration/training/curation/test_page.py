"""The page of a curation: one file, every figure in it, nothing of the data taken for markup."""

import re
from html.parser import HTMLParser
from pathlib import Path

from tests.integration.training.curation.drawn_stats import stats_of
from training.curation.page import Picture, write
from training.curation.stats import CurationStats

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


class Tables(HTMLParser):
    """Rows of cells of all tables, and the addresses that the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.loads: list[str] = []
        self.is_in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.is_in_cell = True
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if self.is_in_cell:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.is_in_cell = self.is_in_cell and tag not in ("td", "th")


def page_of(folder: Path, stats: CurationStats) -> tuple[str, Tables]:
    picture = folder / "lengths.png"
    picture.write_bytes(PNG)
    text = write(folder / "curation.html", stats, [Picture(picture, "Length <1>", "In characters & more.")]).read_text()
    tables = Tables()
    tables.feed(text)
    return text, tables


def test_the_table_tells_what_each_rule_dropped(tmp_path: Path) -> None:
    stats = CurationStats(
        rows=10_000, kept=3_000, sampled=1_500, dropped={"no price": 6_500, "too few tokens": 500, "same title": 0}
    )
    text, tables = page_of(tmp_path, stats)
    for row in (
        ["no price", "6,500", "65.0%", ""],
        ["too few tokens", "500", "5.0%", ""],
        ["same title", "0", "0.0%", ""],
        ["dropped", "7,000", "70.0%", ""],
        ["kept", "3,000", "30.0%", ""],
    ):
        assert row in tables.rows
    assert re.search(r"<b>1,500</b><span>in the sample, 50\.0% of the kept", text)


def test_the_page_loads_nothing_and_takes_no_name_for_markup(tmp_path: Path) -> None:
    text, tables = page_of(tmp_path, stats_of(300))
    assert len(tables.loads) == 1
    assert tables.loads[0].startswith("data:image/png;base64,")
    assert "<b>Lamps" not in text
    assert any(row[0] == "<b>Lamps</b> under $5 & over $3" for row in tables.rows)
    assert 'alt="Length &lt;1&gt;. In characters &amp; more."' in text
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_categories_past_the_largest_are_added_up(tmp_path: Path) -> None:
    counts = {f"c{i:03}": i + 1 for i in range(100)}
    total = sum(counts.values())
    stats = CurationStats(rows=total, kept=total, sampled=total)
    stats.categories_read = stats.categories_kept = stats.categories_sampled = counts
    _, tables = page_of(tmp_path, stats)
    rest = next(row for row in tables.rows if row[0] == "85 others")
    assert int(rest[1].replace(",", "")) == sum(range(1, 86))
