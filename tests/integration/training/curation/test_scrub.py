"""Part numbers go, what a buyer reads stays."""

from pathlib import Path

import pytest

from training.curation.scrub import is_part_number, scrub
from training.data.rows import product_text, read_rows


@pytest.mark.parametrize(
    "word",
    [
        "WPW10311524",
        "DA29-00020B",
        "(LSXS26326S,",
        "AP6278388",
        "t650h11a",
        "ml1610d2",
        "TT-4000",
        "3239-AS",
        "NC3MXX-B",
        "661570V",
        "5304511738",
        "SM-A235M/DS",
        "04386A-1",
        "DC97-15459G.",
        "B07XJ8C8F5",
    ],
)
def test_codes_of_makers_and_sellers_are_part_numbers(word: str) -> None:
    assert is_part_number(word)


@pytest.mark.parametrize(
    "word",
    [
        "1000ml",
        "12-inch",
        "(2-Pack)",
        "1920x1080",
        "17.5x11.5x17.5cm",
        "120V/60Hz",
        "10000mAh",
        "2.4GHz,",
        "360-degree",
        "480mbps",
        '19.69"D',
        "1/4-Inch",
        "3000K/4000K",
        "Bluetooth5.0",
        "Windows10",
        "RTX4090",
        "GTX1080Ti,",
        "i7-9700K",
        "DDR4-3200",
        "802.11ac",
        "iPhone14",
        "USB/MP3/CD",
        "1.Cleaned",
        "Toothbrush*1",
        "50,000hrs",
        "2000-piece",
        "lamp",
        "2023-2024",
        "ABC123",
    ],
)
def test_measures_counts_versions_and_known_families_stay(word: str) -> None:
    assert not is_part_number(word)


def test_only_the_part_numbers_leave_a_text() -> None:
    assert (
        scrub("Fits WB44K10005 and AP4321 hoses of 12-inch 1000ml, W10195417 too") == "Fits and AP4321 hoses of 12-inch 1000ml, too"
    )


def test_scrubbing_twice_changes_nothing_more(shared_data: Path) -> None:
    texts = [product_text(row) for row in read_rows(shared_data / "data" / "products-dev.jsonl.xz")]
    once = [scrub(text.replace("\n", " ")) for text in texts]
    assert [scrub(text) for text in once] == once
    removed = sum(len(text.split()) for text in texts) - sum(len(text.split()) for text in once)
    assert 0 < removed < 0.02 * sum(len(text.split()) for text in texts)
