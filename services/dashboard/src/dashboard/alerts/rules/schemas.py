"""What the scanner tells of rules, and of one that was tried on the past."""

from pydantic import BaseModel

from common.deals import Moment
from dashboard.alerts.conditions import in_words
from dashboard.alerts.schemas import Conditions, Texts


class Rule(BaseModel):
    """A rule. `origin`: environment as long as it follows the environment, else person. `etag`: tells this one from a later one."""

    id: int
    name: str
    when: Conditions = Conditions()
    channels: Texts = []
    priority: str = "normal"
    enabled: bool = True
    origin: str = "person"
    etag: str = ""

    @property
    def asks(self) -> list[str]:
        """Its conditions in words."""
        return in_words(self.when)


class Book(BaseModel):
    """All rules in their order. `mode`: the first that matches counts, or all."""

    items: list[Rule]
    mode: str = "first"


class PastPush(BaseModel):
    """A deal that a rule would have sent. `digest`: together with others."""

    when: Moment
    title: str
    price: float
    worth: float
    saving: float
    chance: float
    retailer: str = ""
    feed: str = ""
    url: str = ""
    digest: bool = False
    opportunity: str = ""


class Missed(BaseModel):
    """Why deals would not have been sent, and how many."""

    reason: str
    count: int


class DryRun(BaseModel):
    """What a rule would have sent. `complete`: false where it is so much that the rest was left out."""

    days: int
    judged: int
    pushes: int
    in_digest: int = 0
    complete: bool = True
    sentence: str
    items: list[PastPush] = []
    missed: list[Missed] = []
