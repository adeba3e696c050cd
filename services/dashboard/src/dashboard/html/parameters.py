"""What many routes take of an address or a form. Bounds keep what is typed, kept or shared from being large."""

from typing import Annotated

from fastapi import Form, Path, Query

Key = Annotated[str | None, Query(max_length=100)]  # of what a form brought about (form_outcomes.py)
Cursor = Annotated[str, Query(max_length=300)]  # of a list's page; empty: the first
Number = Annotated[int, Path(ge=0, lt=2**31)]  # an id that is a number
Field = Annotated[str, Form()]  # as large as a form may be
Line = Annotated[str, Form(max_length=2_000)]
