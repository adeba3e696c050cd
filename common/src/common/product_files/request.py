"""What a pricer is asked about a row of a product file: its texts, cut to what the pricing API takes. Knows nothing of files."""

import json

from pydantic import ValidationError

from common.pricing import MAX_CATEGORY, MAX_DESCRIPTION, MAX_TITLE, PriceRequest
from common.product_files.product_text import contents_of, details_of, squeeze, texts_of
from common.product_files.record import HALF_A_CHARACTER, TOO_DEEP, Record, Unreadable


def cut_request(title: str, contents: str) -> PriceRequest:
    """The request that says so much of a product as the pricing API takes. ValidationError where there is no text at all."""
    title, contents = squeeze(title)[:MAX_TITLE].strip(), contents[:MAX_DESCRIPTION].strip()
    return PriceRequest(title=title, description=contents) if title and contents else PriceRequest(description=title or contents)


def request_from(row: Record | Unreadable) -> PriceRequest | Unreadable:
    """Title, description and category, or the texts of Amazon-Reviews-2023 metadata."""
    if isinstance(row, Unreadable):
        return row
    category = row.get("category")
    try:
        json.dumps(row, ensure_ascii=False, default=str).encode()
        title = str(row.get("title") or "")
        request = cut_request(title, _contents(title, row))
        named = category.strip() if isinstance(category, str) else ""
        return request.model_copy(update={"category": named}) if 0 < len(named) <= MAX_CATEGORY else request
    except UnicodeEncodeError:
        return Unreadable(HALF_A_CHARACTER)
    except RecursionError:
        return Unreadable(TOO_DEEP)
    except ValidationError:
        return Unreadable("no text: neither title nor description")


def _contents(title: str, row: Record) -> str:
    description, features = (texts_of(row.get(name)) for name in ("description", "features"))
    return contents_of(title, description, features, details_of(row.get("details")))
