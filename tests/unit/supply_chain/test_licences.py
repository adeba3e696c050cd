"""Licences: what metadata says, what is allowed, and that nothing stands without a reason."""

from dataclasses import replace
from email.message import Message
from pathlib import Path

import pytest

pytest.importorskip("license_expression", reason="needs the group audit: uv sync --group audit")

from supply_chain.expressions import is_allowed, licence_of
from supply_chain.facts import Facts, images, read_facts
from supply_chain.licences import Licensed, faults, licences_told, matching, page
from supply_chain.lock_file import Locked, locked_packages

FACTS = Facts(["MIT", "BSD-3-Clause"], {"MIT License": "MIT", "BSD License": "BSD-3-Clause"}, {}, {}, [], read_facts().beside)


def metadata(**fields: str | list[str]) -> Message:
    message = Message()
    for name, value in fields.items():
        for one in [value] if isinstance(value, str) else value:
            message[name.replace("_", "-")] = one
    return message


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"License_Expression": "MIT OR Apache-2.0", "License": "something"}, "MIT OR Apache-2.0"),
        ({"License": "MIT License"}, "MIT"),
        ({"License": "BSD-3-Clause"}, "BSD-3-Clause"),
        ({"License": "Copyright (c) 2015, somebody (and others)\nAll rights"}, None),
        ({"License": "as is", "Classifier": ["License :: OSI Approved :: MIT License", "Topic :: Text"]}, "MIT"),
        (
            {"Classifier": ["License :: OSI Approved :: MIT License", "License :: OSI Approved :: BSD License"]},
            "BSD-3-Clause AND MIT",
        ),
        ({}, None),
    ],
)
def test_a_licence_is_what_the_package_says_of_itself(fields: dict[str, str | list[str]], said: str | None) -> None:
    assert licence_of(metadata(**fields), FACTS.spellings) == said


@pytest.mark.parametrize(
    ("expression", "may"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("MIT AND (GPL-2.0-only OR BSD-3-Clause)", True),
        ("Apache-2.0 WITH LLVM-exception", False),
        ("LicenseRef-of-somebody", False),
        ("unknown", False),
    ],
)
def test_one_side_of_a_choice_is_enough_and_each_part_of_a_sum_is_needed(expression: str, may: bool) -> None:
    assert is_allowed(expression, FACTS.allowed) is may


def licensed(name: str, licence: str) -> Licensed:
    return Licensed(Locked(name, ("1.0",), "delivered"), licence)


def test_what_is_not_allowed_needs_a_reason() -> None:
    assert list(faults([licensed("free", "MIT")], FACTS)) == []
    assert [line.partition(":")[0] for line in faults([licensed("gnu", "GPL-3.0-only")], FACTS)] == ["gnu"]
    assert list(faults([licensed("gnu", "GPL-3.0-only")], replace(FACTS, kept={"gn*": "because"}))) == []


def test_a_reason_that_nothing_needs_is_told() -> None:
    assert "gone" in next(faults([licensed("free", "MIT")], replace(FACTS, kept={"gone": "because"})))


def test_what_a_repository_carries_must_be_there_and_allowed() -> None:
    lost = {"path": "no/such.js", "name": "x", "version": "1", "licence": "MIT"}
    copyleft = {"path": "LICENSE", "name": "x", "version": "1", "licence": "GPL-3.0-only"}
    assert "not there" in next(faults([], replace(FACTS, carried=[lost])))
    assert "GPL-3.0-only" in next(faults([], replace(FACTS, carried=[copyleft])))
    assert list(faults([], replace(FACTS, carried=[copyleft | {"why": "because"}]))) == []


def test_an_image_of_others_must_have_its_licence_told() -> None:
    assert images()
    assert len(list(faults([], replace(FACTS, beside={})))) == len(images())


def test_the_page_can_be_read_again() -> None:
    packages = [licensed("free", "MIT"), licensed("gnu", "GPL-3.0-only"), licensed("dark", "unknown")]
    assert licences_told(page(packages, FACTS)) == {"free": "MIT", "gnu": "GPL-3.0-only"}


def test_every_package_of_the_lock_file_has_its_line_with_its_version() -> None:
    text = (Path(__file__).parents[3] / "docs" / "licences.md").read_text(encoding="utf-8")
    lacking = [each.name for each in locked_packages() if f"| {each.name} | {', '.join(each.versions)} | " not in text]
    assert lacking == [], "make licences"


def test_nothing_stands_without_a_reason_today() -> None:
    facts = read_facts()
    told = licences_told((Path(__file__).parents[3] / "docs" / "licences.md").read_text(encoding="utf-8"))
    packages = [Licensed(each, matching(facts.read, each.name) or told.get(each.name, "unknown")) for each in locked_packages()]
    assert list(faults(packages, facts)) == []


def test_scripts_of_pages_are_all_told() -> None:
    root = Path(__file__).parents[3]
    told = {one["path"] for one in read_facts().carried}
    found = {
        path.relative_to(root).as_posix()
        for folder in ("services", "tests", "training")
        for path in (root / folder).rglob("*.min.js")
    }
    assert found - told == set()
