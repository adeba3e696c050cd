"""References in real deals, where the shared data is: the rules keep to their bars."""

from pathlib import Path

from training.data.rows import read_records
from training.judge.references import read_deals, references_read


def test_references_of_real_deals_are_read(shared_data: Path) -> None:
    found = references_read(read_deals(read_records(shared_data / "data" / "deals-market.jsonl.xz")))
    assert found.n >= 900
    assert found.right >= 0.97
    assert found.false <= 0.01
