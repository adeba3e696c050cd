"""Our rule stands beside its members and other ways to combine them, in all and by split."""

import numpy as np
import pytest

from tests.unit.training.ensemble.noisy_pricers import MEMBERS, three_members
from training.data.rows import Row
from training.ensemble.compare import brief, by_split, comparison, stand_in
from training.ensemble.held import Held


@pytest.fixture(scope="module")
def held() -> Held:
    return three_members()


def test_ways_to_combine_are_compared_in_pairs(held: Held) -> None:
    table = comparison(held, {"ours": np.log(held.truth) + 0.1})
    assert {"ours", "mean", "median", "geometric mean", *MEMBERS} == set(table)
    assert table["ours"]["above_ours"] == 0
    assert table["specialist"]["above_ours_ci95"][0] > 0


def test_each_split_has_its_own_table(held: Held) -> None:
    splits = ["shop" if i % 3 else "seed" for i in range(300)]
    tables = by_split(held, {"ours": np.log(held.truth) + 0.1}, splits)
    assert set(tables) == {"shop", "seed"}
    truth = held.truth[np.array(splits) == "shop"]
    assert tables["shop"]["ours"]["mae"] == pytest.approx(np.mean(truth * (np.exp(0.1) - 1)), abs=1e-3)
    low, high = tables["shop"]["specialist"]["above_ours_ci95"]
    wide_low, wide_high = tables["shop"]["specialist"]["adjusted"]
    assert wide_low <= low < tables["shop"]["specialist"]["above_ours"] < high <= wide_high


def recorded(held: Held) -> list[Row]:
    """Rows whose recorded estimates are nearly right; every third has none."""
    said = [None if i % 3 == 0 else float(price * 1.05) for i, price in enumerate(held.truth)]
    return [Row(title=f"thing number {i}", extra={} if each is None else {"specialist_8b": each}) for i, each in enumerate(said)]


def test_recorded_estimates_stand_in_for_the_specialist(held: Held) -> None:
    table = stand_in(recorded(held), held, MEMBERS)
    assert "specialist" not in table
    assert table["ours"]["mae"] <= table["published 8B"]["mae"] * 1.02 < table["frontier-rag"]["mae"]
    assert stand_in([Row(title="x")] * 300, held, MEMBERS) == {}


def test_a_part_of_a_single_split_has_no_figures_by_split(held: Held) -> None:
    learned = {"ours": np.log(held.truth) + 0.1}
    dev = comparison(held, learned)
    cells = {"price_band": {">=1000": 0.7, "<25": 0.9}, "category": {"other": 0.5, "Appliances": 0.76, "Automotive": 0.8}}
    cells |= {"family": {"listing": 0.79}, "estimate_band": {"<25": 0.81}}
    by = {part: {name: {"coverage80": each} for name, each in found.items()} for part, found in cells.items()}
    found = {"dev": dev, "splits": by_split(held, learned, ["seed"] * 300), "stand_in": {}}
    told = brief({"comparison": found, "members": dict.fromkeys(MEMBERS), "dev_by": by})
    assert told["best_member_above_ours_by_split"] == {}
    assert told["worst_band"] == [0.7, ">=1000"]
    assert told["worst_category"] == [0.76, "Appliances"]
    assert told["coverage"] == cells
    assert told["best_member"] in MEMBERS
