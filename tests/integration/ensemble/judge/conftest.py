"""The ensemble over three pricers on loopback, whose geometric mean it tells, with a judge of round numbers or without."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from common.artifact import write_meta
from ensemble import combine
from ensemble.app import create_app
from ensemble.judge.model import COMMAND, FILE, FORMAT_VERSION
from ensemble.rule import Rule
from tests.integration.ensemble.faulty_pricers import NAMES, Pricers, three_pricers
from tests.unit.ensemble.flat_rules import NO_SHIFT, NO_WORDS, WIDE
from tests.unit.ensemble.judge.judges import MODEL
from tests.waiting import until_ready


@pytest.fixture
def pricers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pricers]:
    with three_pricers() as pricers:
        for name in NAMES:
            monkeypatch.setenv(f"{name.upper().replace('-', '_')}_URL", pricers[name].url)
        yield pricers


@pytest.fixture
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of artifacts without a judge."""
    folder = tmp_path / "ensemble"
    folder.mkdir()
    subsets = [names for count in (1, 2, 3) for names in itertools.combinations(NAMES, count)]
    rules = {combine.subset_key(names): Rule(dict.fromkeys(names, 1 / len(names)), NO_SHIFT, WIDE) for names in subsets}
    combine.Weights(sorted(NAMES), rules, NO_WORDS).save(folder)
    files = [combine.RULES, combine.CATEGORY_WORDS]
    write_meta(folder, format_version=combine.FORMAT_VERSION, command=combine.COMMAND, files=files)
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def client(pricers: Pricers, artifacts: Path) -> Iterator[TestClient]:
    """A client of the ensemble with a judge."""
    write_judge(artifacts)
    with ready() as client:
        yield client


def write_judge(artifacts: Path) -> None:
    """The small judge, as training leaves it."""
    folder = artifacts / "judge"
    folder.mkdir()
    MODEL.save(folder / FILE)
    write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=[FILE])


@contextmanager
def ready() -> Iterator[TestClient]:
    """A client of the ensemble, once it answers. Settings come from the environment."""
    with TestClient(create_app()) as client:
        yield until_ready(client)
