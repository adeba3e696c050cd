"""The report is one page that holds everything, loads nothing and cannot be broken by a title."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from training.evaluation import report
from training.evaluation.comparison import differences
from training.evaluation.findings import Evaluated, Findings
from training.evaluation.metrics import Outcome, score, score_bands, score_groups
from training.evaluation.report import axis_of, embedded, page, write
from training.evaluation.sections import wilson

EVIL = '</script><script>alert(1)</script><img src="http://evil.example/x.png" onerror=alert(2)> & "quoted"'


def evaluated(name: str, truth: np.ndarray, seed: int, has_interval: bool = True) -> Evaluated:
    price = truth * np.random.default_rng(seed).lognormal(0, 0.4, len(truth))
    outcome = Outcome(truth, price, price * 0.7, price * 1.4) if has_interval else Outcome.points(truth, price)
    groups = {"split": score_groups(outcome, [EVIL] * len(truth), 0), "category": {}, "price_band": score_bands(outcome, 0)}
    return Evaluated(name, outcome, score(outcome, 0), groups)


def findings(count: int = 60, pricers: int = 1) -> Findings:
    truth = np.random.default_rng(0).lognormal(4, 1, count)
    found = [evaluated(f"pricer {i} {EVIL}", truth, i, has_interval=i == 0) for i in range(pricers)]
    splits = ["even" if i % 2 else "odd" for i in range(count)]
    differ = differences({each.name: each.outcome for each in found}, splits, 0) if pricers > 1 else []
    return Findings("rows.jsonl", [f"{EVIL} {i}" for i in range(count)], found, differ, [f"A note {EVIL}"])


class Elements(HTMLParser):
    """All start tags with their attributes, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script" and data.strip():
            self.scripts.append(data)


@pytest.mark.parametrize("pricers", [1, 3])
def test_no_text_of_the_rows_becomes_part_of_the_page(pricers: int) -> None:
    elements = Elements(page(findings(pricers=pricers)))
    assert len([tag for tag, _ in elements.tags if tag == "script"]) == 2
    assert "img" not in [tag for tag, _ in elements.tags]
    assert not any(name.startswith("on") for _, attributes in elements.tags for name in attributes)
    data = json.loads(elements.scripts[0])
    assert data["titles"][0] == f"{EVIL} 0"[:120]


def test_the_page_loads_nothing() -> None:
    text = page(findings(pricers=2))
    elements = Elements(text)
    assert not any({"src", "href"} & set(attributes) for _, attributes in elements.tags)
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": report.POLICY}) in elements.tags
    assert "url(" not in text
    assert "@import" not in text


def test_the_data_of_the_scatter_are_the_rows() -> None:
    given = findings()
    data = json.loads(embedded(given))
    outcome = given.evaluated[0].outcome
    assert data["truth"] == pytest.approx(outcome.truth, abs=0.005)
    assert data["pricers"][0]["price"] == pytest.approx(outcome.price, abs=0.005)
    assert data["pricers"][0]["high"] == pytest.approx(outcome.high, abs=0.005)
    assert set(data["pricers"][0]["tone"]) <= {0, 1, 2}


def test_a_pricer_without_intervals_has_none_in_the_data() -> None:
    data = json.loads(embedded(findings(pricers=2)))
    assert set(data["pricers"][1]["low"]) == {None}
    assert "This pricer gives no intervals" in page(findings(pricers=2))


def test_coverage_is_told_of_the_estimates_that_have_an_interval() -> None:
    truth = np.full(40, 60.0)
    low, high = np.where(np.arange(40) < 10, 50.0, np.nan), np.where(np.arange(40) < 10, 70.0, np.nan)
    outcome = Outcome(truth, truth, low, high)
    some = Evaluated("some", outcome, score(outcome, 0), {"split": {}, "category": {}, "price_band": score_bands(outcome, 0)})
    text = page(Findings("d", ["lamp"] * 40, [some]))
    assert "$50-100: 100.0% of 10 items" in text
    assert "of 40 items" not in text.split("Coverage of the 80 % interval by true price")[1].split("</figure>")[0]


def test_the_axes_hold_all_truths_and_are_not_stretched_by_one_wild_estimate() -> None:
    truth = np.full(5000, 50.0)
    price = truth.copy()
    price[0] = 1e7
    outcome = Outcome.points(truth, price)
    wild = Evaluated("wild", outcome, score(outcome, 0), {})
    low, high = axis_of(Findings("d", [""] * 5000, [wild]))
    assert low < 50 < high < 1000


def test_more_points_than_a_page_can_carry_are_drawn_at_random_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "SHOWN_POINTS", 50)
    given = findings()
    titles = json.loads(embedded(given))["titles"]
    assert len(titles) == 50
    assert titles != [title[:120] for title in given.titles[:50]]
    assert "The scatter shows 50 of 60 items" in page(given)


def test_the_worst_are_a_table_with_the_largest_error_first() -> None:
    given = findings()
    worst = page(given).split('class="worst"')[1]
    errors = [float(cell.replace(",", "")) for cell in re.findall(r"<td>([\d,.]+)</td></tr>", worst)]
    expected = np.sort(given.evaluated[0].outcome.errors)[::-1][:20]
    assert errors == pytest.approx(expected, abs=0.005)


def test_comparing_shows_the_differences_and_a_section_for_each_pricer() -> None:
    text = page(findings(pricers=3))
    assert "3 comparisons on all items" in text
    assert "6 comparisons by split" in text
    assert text.count('class="card scatter"') == 3
    assert (
        "comparison"
        not in page(findings(pricers=1)).split("<style>")[0] + page(findings(pricers=1)).split("</style>")[1].split("<script")[0]
    )


def test_twenty_thousand_points_make_a_page_of_a_few_megabytes() -> None:
    count = 20_000
    truth = np.random.default_rng(0).lognormal(4, 1, count)
    one = Evaluated("p", Outcome.points(truth, truth + 1), evaluated("p", truth[:50], 0).total, {"split": {}, "category": {}})
    text = embedded(Findings("d", ["a title of the usual length, with a few words and 12 V"] * count, [one]))
    assert len(text) < 3_000_000


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    write(tmp_path / "report.html", findings())
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text().endswith("</html>\n")


def test_wilson_agrees_with_a_published_example() -> None:
    """81 of 263: 0.2553 to 0.3662 (Newcombe 1998, Statistics in Medicine 17, table I, method 3)."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 1
