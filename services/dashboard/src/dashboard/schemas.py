"""The form of every list that another service answers. What stands in it, each room's schemas.py says.

Unknown keys are ignored everywhere, so that the services may grow.
"""

from typing import Generic, TypeVar

from pydantic import BaseModel

T = TypeVar("T")


class Listing(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the following one."""

    items: list[T]
    next: str | None = None
