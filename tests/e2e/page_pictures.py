"""Pictures of pages for docs/pages, kept where UPDATE_SCREENSHOT=1 asks for it."""

import io
import os
from pathlib import Path
from typing import Any

from tests.browser import picture

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pages"
TALLEST = 2400  # CSS pixels
COLOURS = 200  # of a picture: rare ones stay true


def keep_picture(browser: Any, name: str, width: int, colours: int = COLOURS) -> bytes:
    """PNG of the whole page, or its first TALLEST pixels; written to docs/pages/NAME.png where that is asked for."""
    height = min(int(browser.execute_script("return document.documentElement.scrollHeight")), TALLEST)
    return _kept(name, picture(browser, width, height), colours)


def keep_screen(browser: Any, name: str) -> bytes:
    """The same of what is on the screen, as far as the page was scrolled."""
    left, top, width, height = browser.execute_script("return [scrollX, scrollY, innerWidth, innerHeight]")
    assert left == 0
    return _kept(name, picture(browser, width, height, round(top)), COLOURS)


def _kept(name: str, taken: bytes, colours: int) -> bytes:
    if os.environ.get("UPDATE_SCREENSHOT"):
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{name}.png").write_bytes(_small(taken, colours))
    return taken


def _small(png: bytes, colours: int) -> bytes:
    try:
        from PIL import Image
    except ImportError:  # a larger file does no harm
        return png
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(colours, kmeans=2).save(out, "PNG", optimize=True)
    return out.getvalue()
