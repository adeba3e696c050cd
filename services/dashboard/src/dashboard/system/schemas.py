"""What services tell of themselves, as far as the page shows it."""

from pydantic import BaseModel

from common.deals import Moment


class Advice(BaseModel):
    """A line of a service's own checks."""

    is_well: bool
    says: str


class About(BaseModel):
    """What runs there, and on what ground."""

    service: str
    version: str
    python: str
    machine: str
    started: Moment
    memory_total: int | None
    memory_free: int | None
    disk_total: int
    disk_free: int
    artifacts: dict[str, str | None] = {}
    libraries: dict[str, str] = {}
    checks: list[Advice] = []
