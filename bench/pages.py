"""Looks at every page of a running dashboard as people with different eyes and devices do; one JSON line last.

    uv run python -m bench.pages [--url http://127.0.0.1:8080]

Each page of the navigation, a deal's own and a priced product's, in a real Chromium at 1280 and 360 CSS pixels, light and dark:
what axe-core finds wrong, whether it is wider than the screen, what the console complains of, the first paint, and the bytes of
scripts and styles (Plotly apart). Prints a line for each page, and every violation. Needs `make run FEEDS=demo` and Chromium.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.server import require_ready
from dashboard.html.navigation import SECTIONS
from pricer.local.system import services
from tests.browser import axe_violations, opened_chromium, prefer, severe, size

WIDTHS, SCHEMES = (1280, 360), ("light", "dark")
PRICED = "/price?title=Bosch+18V+cordless+drill+kit&price=89"
SETTLED = 1.5  # seconds that a page gets for the pieces that come later
PAINT = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
LOADED = """
return performance.getEntriesByType('resource').filter((each) => /[.](js|css)$/.test(new URL(each.name).pathname))
  .map((each) => [new URL(each.name).pathname, each.decodedBodySize]);
"""


@dataclass
class Page:
    """What was found of one, over all widths and schemes. paints: milliseconds; scripts: bytes by path."""

    path: str
    violations: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    too_wide: int = 0
    paints: list[float] = field(default_factory=list)
    scripts: dict[str, int] = field(default_factory=dict)

    @property
    def own_bytes(self) -> int:
        """Of scripts and styles besides Plotly."""
        return sum(size for path, size in self.scripts.items() if "plotly" not in path)


def look(browser: Any, url: str, page: Page) -> None:
    """Once, at the width and in the scheme that the browser has."""
    browser.get(url + page.path)
    time.sleep(SETTLED)
    page.violations += axe_violations(browser)
    page.complaints += severe(browser)
    page.too_wide += browser.execute_script("return document.documentElement.scrollWidth > window.innerWidth")
    if (paint := browser.execute_script(PAINT)) is not None:
        page.paints.append(float(paint))
    page.scripts |= {path: int(bytes_) for path, bytes_ in browser.execute_script(LOADED)}


def paths_of(browser: Any, url: str) -> list[str]:
    """Every page of the navigation, the first deal's own where there is one, and a priced product's."""
    browser.get(url)
    deal = browser.execute_script("return document.querySelector('.deal .title a')?.getAttribute('href') ?? null")
    return [*(tab.path for section in SECTIONS for tab in section.tabs), *([deal] if deal else []), PRICED]


def main() -> int:
    """Look at all; 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = next(service.url for service in services() if service.name == "dashboard")  # also where DASHBOARD_PORT is another
    parser.add_argument("--url", default=here, help="of a running dashboard (default: %(default)s)")
    url = parser.parse_args().url.rstrip("/")
    require_ready(url, "make run FEEDS=demo")
    with tempfile.TemporaryDirectory() as profile, opened_chromium(Path(profile)) as browser:
        pages = [Page(path) for path in paths_of(browser, url)]
        for width in WIDTHS:
            for scheme in SCHEMES:
                size(browser, width)
                prefer(browser, scheme)
                for page in pages:
                    look(browser, url, page)
    for page in pages:
        weight, paint = page.own_bytes / 1000, max(page.paints, default=0)
        print(f"{page.path:60.60} {len(page.violations)} violations, {weight:.0f} kB, paint {paint:.0f} ms")
        for each in (*page.violations, *page.complaints):
            print(f"    {each}")
    result = {
        "pages": len(pages),
        "views": len(pages) * len(WIDTHS) * len(SCHEMES),
        "violations": sum(len(page.violations) for page in pages),
        "too_wide": sum(page.too_wide for page in pages),
        "complaints": sum(len(page.complaints) for page in pages),
        "first_paint_ms": {"median": _middle([paint for page in pages for paint in page.paints]), "slowest": _slowest(pages)},
        "largest_own_bytes": max(page.own_bytes for page in pages),
    }
    print(json.dumps(result))
    return int(any(result[name] for name in ("violations", "too_wide", "complaints")))


def _middle(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 1) if values else 0.0


def _slowest(pages: list[Page]) -> float:
    return round(max((paint for page in pages for paint in page.paints), default=0.0), 1)


if __name__ == "__main__":
    sys.exit(main())
