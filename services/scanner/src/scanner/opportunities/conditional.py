"""Answers that whoever has them already need not fetch again: ETag, Last-Modified and 304 (RFC 9110, 8.8 and 13)."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.responses import Response

KEPT = "private, max-age=300"  # seconds; an address may hold a key, so no cache between keeps its answer


def answer_if_new(body: bytes, media_type: str, changed: datetime | None, asked: Mapping[str, str]) -> Response:
    """The body, or 304 where the request's headers `asked` say that it is known. `changed`: None where nobody knows."""
    headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"', "Cache-Control": KEPT}
    if changed is not None:
        headers["Last-Modified"] = format_datetime(changed.astimezone(UTC).replace(microsecond=0), usegmt=True)
    if _is_known(headers["ETag"], changed, asked):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _is_known(etag: str, changed: datetime | None, asked: Mapping[str, str]) -> bool:
    known = asked.get("if-none-match")
    if known is not None:  # goes before the date, which is coarser
        tags = [each.strip().removeprefix("W/") for each in known.split(",")]
        return etag in tags or "*" in tags
    since = _moment(asked.get("if-modified-since", ""))
    return since is not None and changed is not None and changed.replace(microsecond=0) <= since


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
