"""The offers that the documentation sends to POST /judge can be sent as they stand."""

import re
from pathlib import Path

import pytest

from common.judging import JudgeRequest

ROOT = Path(__file__).resolve().parents[2]
_CURL = re.compile(r"curl[^']*/judge -H '[^']*'[^']*-d '([^']*)'")


@pytest.mark.parametrize("page", ["README.md", "docs/api.md"])
def test_an_example_is_a_request_with_other_prices(page: str) -> None:
    (body,) = _CURL.findall((ROOT / page).read_text(encoding="utf-8"))
    assert {each.kind for each in JudgeRequest.model_validate_json(body).offer.references} == {"next_best", "list"}
