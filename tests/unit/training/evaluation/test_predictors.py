"""What a --pricer argument means is known before anything is priced."""

import asyncio
from pathlib import Path

import pytest

from common.errors import InvalidInputError
from training.evaluation import pricers
from training.evaluation.predictors import KNOWN, check, file_name, fingerprint, opened
from training.evaluation.pricers import EvaluatedPricer, OverHttp


async def kind_of(name: str) -> type[EvaluatedPricer]:
    async with opened(name) as pricer:
        return type(pricer)


def test_a_pricer_is_found_by_the_name_of_its_service_or_by_its_address() -> None:
    assert set(pricers.MEMBERS) == {"frontier-rag", "random-forest", "specialist"}
    assert asyncio.run(kind_of("http://127.0.0.1:1")) is OverHttp
    assert {"ensemble", *pricers.MEMBERS} <= set(KNOWN)


@pytest.mark.parametrize("name", ["nobody", "", "constant:cheap", "constant:-1", "constant:nan", "python:json:nothing"])
def test_a_name_that_means_nothing_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError):
        check(name)


def test_an_artifact_made_anew_has_another_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    (tmp_path / "random-forest").mkdir()
    (tmp_path / "random-forest" / "meta.json").write_text("{}")
    before = fingerprint("random-forest")
    (tmp_path / "random-forest" / "meta.json").write_text('{"version": "2"}')
    assert set(before) == {"random-forest"}
    assert fingerprint("random-forest") != before
    assert fingerprint("http://127.0.0.1:8000") == {}


def test_every_pricer_has_a_file_name_of_its_own() -> None:
    names = [
        "ensemble",
        "frontier-rag",
        "http://a:1",
        "http://a-1",
        "http://a/1",
        "python:a.b:c",
        "constant:60",
        "../../etc/passwd",
    ]
    found = [file_name(name) for name in names]
    assert found[:2] == names[:2]
    assert len(set(found)) == len(names)
    assert not any(set(name) & set("/\\:") or name.startswith(".") for name in found)
