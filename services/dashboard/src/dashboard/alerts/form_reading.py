"""Reads what a form or a file of a request holds."""

from fastapi import Request

from dashboard.alerts.draft import Draft


async def typed(request: Request, most_bytes: int = 1024 * 1024) -> Draft:
    """What a form holds; of a file its text. `most_bytes`: of one field."""
    values: dict[str, list[str]] = {}
    async with request.form(max_part_size=most_bytes) as form:
        for name, value in form.multi_items():
            text = value if isinstance(value, str) else (await value.read()).decode("utf-8", "replace")
            values.setdefault(name, []).append(text)
    return Draft(values)
