"""Every relative link of the documentation leads somewhere: to a file that is there, and to a heading of it."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bench", "clients", "common", "deploy", "docs", "services", "src", "tests", "training")
PAGES = sorted([*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md"))])
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
LONG = 60  # characters from which a line is no mere phrase
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


@cache
def anchors(page: Path) -> frozenset[str]:
    """Of a page's headings, as GitHub makes them: repeated ones are numbered."""
    found: set[str] = set()
    seen: Counter[str] = Counter()
    for heading in _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        plain = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(f"{plain}-{seen[plain]}" if seen[plain] else plain)
        seen[plain] += 1
    return frozenset(found)


def broken(page: Path) -> Iterator[str]:
    """Targets that are not there."""
    for target in _LINK.findall(_CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))):
        name, _, anchor = unquote(target).partition("#")
        if re.match(r"[a-z]+:", name):
            continue  # elsewhere on the web: a test without a network cannot know
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_its_links_lead_somewhere(page: Path) -> None:
    assert list(broken(page)) == []


def test_the_list_of_decisions_names_each_of_them_once() -> None:
    page = ROOT / "docs" / "decisions.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    listed = [anchor for line in lines if line.startswith("- **[") for anchor in re.findall(r"\]\(#([^()]+)\)", line)]
    assert sorted(listed) == sorted(anchors(page) - {"decisions"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_nothing_stands_on_it_twice(page: Path) -> None:
    """As a merge may leave it, which keeps both sides of what was moved or changed on each."""
    lines = _FENCE.sub("", page.read_text(encoding="utf-8")).splitlines()
    counted = Counter(line.strip() for line in lines if len(line) > LONG and not line.startswith("|"))
    assert [line for line, times in counted.items() if times > 1] == []
