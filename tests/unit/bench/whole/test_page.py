"""The page is made of the results alone: what is missing, failed or half there is told, and stops nothing."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

from bench.whole.benches import BENCHES
from bench.whole.page import pictures
from bench.whole.page.document import SECTIONS, page, write_page
from bench.whole.page.figures import Line, number, table, times, written
from bench.whole.results import DONE, FAILED, LATE, NOT_RUN, Result, read_all, supersedes, write

ROOT = Path(__file__).resolve().parents[4]
FOUND = Result(
    "extract", "python -m bench.extract", DONE, "", "c0ffee", "2031-05-06 07:08", "A Processor", 4, (0.25, 1.5), 3.0,
    {"rules": {"all": {"right_of_legible": 0.9, "rejected_share": 1.0}}, "first_dollar": {"all": {"right_of_legible": 0.6}}},
)  # fmt: skip
SCORES = {"n": 20, "log_error": 0.2, "log_error_ci95": [0.15, 0.25], "mae": 7.4, "coverage80": 0.8}
COMPARED = {
    "table": {
        "ensemble": {"seed": SCORES, "deal": SCORES},
        "the median price": {"seed": {**SCORES, "log_error": 0.8, "coverage80": None}},
        "recorded answers as given": {"seed": {**SCORES, "log_error": 0.3}},
        "ensemble, rows with a recorded answer": {"seed": {**SCORES, "log_error": 0.1}},
    }
}


def told(*results: Result) -> str:
    return page({result.name: result for result in results})


def test_a_figure_stands_beside_its_peer_with_command_date_commit_machine_and_load() -> None:
    text = told(FOUND)
    assert "| right, of prices that stand in the text | 1.50 × | 90 % | 60 % | the first $ of the title |" in text
    assert "| rejected, of those without a price |  | 100 % | - | the first $ of the title |" in text
    where = (
        "`python -m bench.extract` · 2031-05-06 07:08 UTC · commit c0ffee · A Processor, 4 cores · load 0.2 before, 1.5 after · 3 s"
    )
    assert where in text
    assert "Others were at work" not in text


def test_a_busy_machine_is_told_beside_times() -> None:
    words = "Others were at work: times are longer"
    pages = replace(FOUND, name="detail_pages", output={"warm_s": 1.0, "plain_loop_s": 4.0}, load=(3.0, 3.0))
    assert words in told(pages)
    assert "](benchmarks/peers.png)" not in told(pages)
    assert "](benchmarks/peers.png)" in told(replace(pages, load=(0.1, 3.0)))
    assert words not in told(replace(pages, load=(1.0, 3.0)))
    assert words not in told(replace(FOUND, load=(3.0, 3.0)))  # what is right stays right
    assert words not in told(replace(pages, busy=(0.1, 0.9)))  # of four cores; the load is of the benchmark before it
    assert words in told(replace(pages, busy=(0.1, 1.1)))
    assert "others on 0.1 before, 0.9 after" in told(replace(pages, busy=(0.1, 0.9)))


def test_a_bound_is_told_without_a_ratio_and_is_in_no_picture() -> None:
    text = told(replace(FOUND, name="tracing", load=(), output={"manners": [
        {"manner": "off", "request_ms_p50": 2.0}, {"manner": "taken", "request_ms_p50": 4.0}
    ]}))  # fmt: skip
    assert "| a request of four spans, collector: taken |  | 4.0 ms | 2.0 ms | tracing off |" in text
    assert "](benchmarks/peers.png)" not in text


def test_what_is_not_there_says_so() -> None:
    empty = page({})
    assert f"0 of {len(BENCHES)} benchmarks are measured." in empty
    assert "](benchmarks/" not in empty
    assert empty.count("\nNot run.\n") == sum(len(section.parts) for section in SECTIONS)
    text = told(Result("containers", "python -m bench.containers --up", NOT_RUN, "needs a Docker engine with Compose"))
    assert "Not run: needs a Docker engine with Compose. `python -m bench.containers --up`" in text


@pytest.mark.parametrize("status", [FAILED, LATE])
def test_what_failed_says_why_and_is_counted(status: str) -> None:
    text = told(FOUND, Result("forest", "python -m bench.forest", status, "it fell over", date="2031-05-06 07:08"))
    assert f"{status.capitalize()}: it fell over (2031-05-06 07:08 UTC). `python -m bench.forest`" in text
    assert f"1 of {len(BENCHES)} benchmarks are measured." in text
    assert "Failed: forest." in text


@pytest.mark.parametrize(
    "output", [{}, {"figures": None}, {"sizes": [{}], "manners": ["odd"], "shapes": [{}]}, {"table": {}, "results": {}}]
)
def test_half_an_output_leaves_gaps_in_every_part(output: dict[str, object]) -> None:
    results = {bench.name: replace(FOUND, name=bench.name, output=output) for bench in BENCHES}
    text = page(results)
    assert "It said nothing that this page tells." in text
    assert "None" not in text


def test_pricers_stand_beside_peers_by_data_set() -> None:
    text = told(replace(FOUND, name="compare", output=COMPARED))
    assert "|  | the published test set (20) | deals' goods (20) |" in text
    assert "| ensemble | **0.200** (0.150 to 0.250), $7, 80 % inside | **0.200** (0.150 to 0.250), $7, 80 % inside |" in text
    assert "| the median price | **0.800** (0.150 to 0.250), $7 | - |" in text
    assert "| the published test set, rows with its answer | 3.0 × | 0.100 | 0.300 | a published Llama-3.1-8B fine-tune |" in text


def test_a_ratio_above_one_is_always_the_better_side_and_absent_figures_have_none() -> None:
    assert Line("", 10.0, "ms", 30.0, "it").ratio == 3.0
    assert Line("", 30.0, "/s", 10.0, "it", is_more_better=True).ratio == 3.0
    assert [Line("", ours, "ms", peer, "it").ratio for ours, peer in ((None, 1.0), (1.0, None), (0.0, 1.0))] == [None] * 3
    assert [times(ratio) for ratio in (0.5, 2.04, 133.3, None)] == ["0.50 ×", "2.0 ×", "133 ×", ""]
    assert table([Line("nothing", None, "ms", 1.0, "it")]) == []


def test_figures_are_written_with_their_units() -> None:
    cases = ((0.5, "ms"), (1234.5, "ms"), (8.46, "/s"), (0.984, "%"), (1200.0, "$"), (0.2345, "ln"), (None, "s"))
    assert [written(*case) for case in cases] == ["0.50 ms", "1,234.5 ms", "8.46 a second", "98.4 %", "$1,200.00", "0.234", "-"]
    assert number({"a": [{"b": 2}]}, "a", 0, "b") == 2.0
    assert [number({"a": {"b": "2", "c": True}}, "a", name) for name in ("b", "c", "d")] == [None] * 3


def test_pictures_are_drawn_small_and_bear_their_figures(tmp_path: Path) -> None:
    results = [
        replace(FOUND, name="compare", output=COMPARED),
        replace(FOUND, name="detail_pages", output={"warm_s": 1.0, "plain_loop_s": 4.0}),
    ]
    for result in results:
        write(tmp_path / "recorded", result)
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "of-former-figures.png").touch()
    write_page(tmp_path / "recorded", tmp_path / "page.md", tmp_path / "benchmarks")
    drawn = sorted((tmp_path / "benchmarks").iterdir())
    assert [path.name for path in drawn] == ["errors.png", "peers.png"]
    assert all(1_000 < path.stat().st_size <= 60_000 for path in drawn)
    assert all(
        pictures.is_drawn(picture, tmp_path / "benchmarks" / picture.file)
        for picture in pictures.of(read_all(tmp_path / "recorded"))
    )
    assert (
        "![How many times as good each part is as its peer of the same run](benchmarks/peers.png)"
        in (tmp_path / "page.md").read_text()
    )


@pytest.mark.parametrize("against", ["it", "transformers' generate() in float32, one by one, as a stranger would"])
@pytest.mark.parametrize("ratio", [0.3, 4.0, 900.0])
def test_the_name_of_a_peer_ends_within_the_picture(against: str, ratio: float, tmp_path: Path) -> None:
    """Of what stands at its right edge nothing but white is left: a letter there goes on beyond it."""
    lines = [Line("part: " + "what was measured " * 2, 10.0, "ms", 10.0 * each, against) for each in (ratio, 1.2, 11.0)]
    pictures.save(pictures.Picture("peers.png", "", lines, pictures._peers), tmp_path / "peers.png")
    pixels = np.asarray(Image.open(tmp_path / "peers.png").convert("L"))
    assert pixels.min() < 128
    rows = pixels[:-60]  # the axis ends there
    assert int(rows[:, -3:].min()) > 250


@pytest.mark.parametrize("ratio", [0.4, 1.5, 12.0, 250.0])
@pytest.mark.parametrize("against", ["x", "a peer of a long name that leaves little room " * 2])
def test_no_label_of_the_axis_stands_in_another(against: str, ratio: float) -> None:
    lines = [Line("a thing of a long name", ratio, "/s", 1.0, against, is_more_better=True), Line("b", 1.1, "ms", 1.0, "x")]
    with matplotlib.rc_context(pictures.LOOK):
        figure = pictures._peers(lines)
        figure.draw_without_rendering()
        boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
    assert all(one.x1 < next_one.x0 for one, next_one in pairwise(sorted(boxes, key=lambda box: box.x0)))


def test_many_at_once_stand_beside_many_at_once_of_the_peer() -> None:
    """One prompt after the other is what a batch is faster than, whoever computes it."""
    plain = {"per_second": 4.0, "p50_ms": 250.0, "batched": {"per_second": 150.0}}
    form = {"price@1": {"p50_ms": 10.0}, "price@128": {"per_second": 450.0, "p99_ms": 300.0}}
    text = told(replace(FOUND, name="specialist_gpu", output={"forms": {"fp8": form}, "plain_way": plain}))
    assert "| fp8: 128 clients | 3.0 × | 450 a second | 150 a second | one forward pass of transformers over 32" in text
    assert "| fp8: one client, median | 25 × | 10.0 ms | 250.0 ms | transformers' generate(), NF4" in text
    speeds = {"at_1": {"per_second": 80.0}, "at_16": {"per_second": 200.0}, "at_128": {"per_second": 400.0}, "weights_gb": 8.0}
    plain = {"generate_one_by_one": {"per_second": 8.0}, "padded_at_128": {"per_second": 200.0}}
    text = told(replace(FOUND, name="specialist_forward", output={"fp8": speeds, "plain-bf16": plain}))
    assert "| fp8: 1 prompt | 10.0 × | 80 a second | 8.00 a second | transformers' generate() in bf16, one by one |" in text
    assert "| fp8: 16 prompts at once |  | 200 a second |  |  |" in text
    assert "| fp8: 128 prompts at once | 2.0 × | 400 a second | 200 a second | one forward pass of transformers over 128" in text


def test_a_picture_is_drawn_again_when_its_own_figures_change_and_only_then(tmp_path: Path) -> None:
    timed = replace(FOUND, name="detail_pages", output={"warm_s": 1.0, "plain_loop_s": 4.0})
    for result in (replace(FOUND, name="compare", output=COMPARED), timed):
        write(tmp_path / "recorded", result)
    folder = tmp_path / "benchmarks"
    write_page(tmp_path / "recorded", tmp_path / "page.md", folder)
    former = {path.name: path.stat().st_ino for path in folder.iterdir()}
    write(tmp_path / "recorded", replace(timed, output={"warm_s": 2.0, "plain_loop_s": 4.0}, date="2031-05-07 07:08"))
    write_page(tmp_path / "recorded", tmp_path / "page.md", folder)
    assert {path.name for path in folder.iterdir() if path.stat().st_ino != former[path.name]} == {"peers.png"}


def test_every_benchmark_of_the_run_is_told_on_the_page_once() -> None:
    assert sorted(part.bench for section in SECTIONS for part in section.parts) == sorted(bench.name for bench in BENCHES)


def test_the_committed_page_and_pictures_are_made_of_the_committed_results() -> None:
    results = read_all(ROOT / "bench" / "recorded")
    assert (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8") == page(results)
    drawn = {ROOT / "docs" / "benchmarks" / picture.file: picture for picture in pictures.of(results)}
    assert sorted((ROOT / "docs" / "benchmarks").glob("*")) == sorted(drawn)
    for path, picture in drawn.items():
        assert path.stat().st_size <= 60_000
        assert pictures.is_drawn(picture, path)


def test_what_was_merely_not_run_takes_no_figure_away() -> None:
    absent, failed = replace(FOUND, status=NOT_RUN), replace(FOUND, status=FAILED)
    assert not supersedes(absent, FOUND)
    assert supersedes(absent, None)
    assert supersedes(absent, failed)
    assert supersedes(failed, FOUND)
