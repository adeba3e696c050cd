"""docs/threat-model.md: every threat names a test, and every named test is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
TABLES = PAGE.read_text(encoding="utf-8").partition("## From a page")[2]
NAMED = re.findall(r"\[(test_\w+)\]\(\.\./([\w./-]+\.py)\)", TABLES)
ROWS = [line for line in TABLES.splitlines() if line.startswith("| ") and not line.startswith(("| threat", "|---"))]


@pytest.mark.parametrize(("test", "file"), NAMED, ids=lambda value: value.rpartition("/")[2])
def test_a_test_that_is_named_is_there(test: str, file: str) -> None:
    assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_threat_has_a_counter_and_says_what_shows_it() -> None:
    assert len(ROWS) > 30
    cells = [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in ROWS]
    assert [row for row in cells if len(row) != 3 or not all(row)] == []
    assert [row[0] for row in cells if "](../tests/" not in row[2] and "`make " not in row[2]] == []
