"""Pictures of pages for docs/pages, kept where UPDATE_SCREENSHOT=1 asks for it."""

import io
import os
from pathlib import Path
from typing import Any

from tests.browser import picture

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pages"
TALLEST = 2400  # CSS pixels


def keep_picture(browser: Any, name: str, width: int, colours: int = 200) -> bytes:
    """PNG of the whole page, or its first TALLEST pixels; written to docs/pages/NAME.png where that is asked for."""
    height = min(int(browser.execute_script("return document.documentElement.scrollHeight")), TALLEST)
    taken = picture(browser, width, height)
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
