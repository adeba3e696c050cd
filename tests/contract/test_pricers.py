"""Whoever must know of a pricer does: the list in common.pricers and the few files that no program can read it from."""

import importlib
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from common.pricers import PRICERS, PricerService

ROOT = Path(__file__).resolve().parents[2]
by_name = pytest.mark.parametrize("pricer", PRICERS, ids=lambda pricer: pricer.name)


@by_name
def test_the_service_listens_where_the_list_says_and_can_be_loaded_in_process(pricer: PricerService) -> None:
    assert importlib.import_module(f"{pricer.module}.settings").Settings().port == pricer.default_port
    assert callable(importlib.import_module(f"{pricer.module}.app").load_pricer)


@by_name
def test_its_artifact_is_there_and_so_is_the_command_that_makes_it(pricer: PricerService) -> None:
    assert (ROOT / "artifacts" / pricer.name / "meta.json").is_file()
    assert importlib.util.find_spec(pricer.made_by)


@by_name
def test_the_command_line_brings_it(pricer: PricerService) -> None:
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pricer.name in facts["project"]["dependencies"]
    assert facts["tool"]["uv"]["sources"][pricer.name] == {"workspace": True}
    assert f"services/{pricer.name}/src" in facts["tool"]["mypy"]["files"]


@by_name
def test_containers_have_it_and_the_ensemble_waits_for_it(pricer: PricerService) -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.search(rf"^  {pricer.name}:\n", compose, re.MULTILINE)
    assert re.search(rf"^  {pricer.prefix}_URL: \S*http://{pricer.name}:8000", compose, re.MULTILINE)
    assert re.search(rf"^      {pricer.name}: {{condition: service_healthy}}", compose, re.MULTILINE)


@by_name
def test_the_readme_tells_of_it(pricer: PricerService) -> None:
    row = f"| [{pricer.name}](services/{pricer.name}) | {pricer.default_port} |"
    assert row in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_other_part_names_the_pricers_one_by_one() -> None:
    """A part may name one that it is about (frontier-rag's chat model); whoever names all of them keeps a list of its own."""
    own = {ROOT / "services" / pricer.name for pricer in PRICERS} | {ROOT / "training" / pricer.module for pricer in PRICERS}
    folders = [ROOT / "common", ROOT / "services", ROOT / "src", ROOT / "training", ROOT / "bench", ROOT / "clients"]
    paths = [path for folder in folders for path in folder.rglob("*.py") if own.isdisjoint(path.parents)]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    naming = {path for path, text in texts.items() if all(re.search(rf'"{pricer.name}"', text) for pricer in PRICERS)}
    assert naming == {ROOT / "common" / "src" / "common" / "pricers.py"}
