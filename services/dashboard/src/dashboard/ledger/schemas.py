"""What the scanner tells of pushes and of what became of them, as far as pages show it."""

from pydantic import BaseModel

from common.deals import Moment


class Share(BaseModel):
    """How many of some pushes were right, of those of which that is known. low, high: a 95 % interval; few: too few to say much."""

    name: str
    right: int
    wrong: int
    open: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    few: bool = False

    @property
    def known(self) -> int:
        """Of how many it rests on."""
        return self.right + self.wrong


class Check(BaseModel):
    """What it cost so many days later; `why` that is not known."""

    days: int
    price: float | None = None
    why: str | None = None


class Push(BaseModel):
    """A push and what came of it. In USD. `held`: the saving by what the product usually cost later."""

    opportunity: str
    product: str | None = None
    title: str
    url: str = ""
    retailer: str = ""
    feed: str = ""
    asked_by: list[str] = []
    pushed: Moment
    price: float
    saving: float
    later: list[Check] = []
    points: int = 0
    held: float | None = None
    verdict: str
    why: str = ""


class Ledger(BaseModel):
    """Pushes, newest first, and shares of all that were pushed in `days`; `weeks` by their Mondays."""

    days: int
    pushes: int
    all: Share
    rules: list[Share] = []
    feeds: list[Share] = []
    pricers: list[Share] = []
    weeks: list[Share] = []
    items: list[Push] = []

    @property
    def told(self) -> list[Push]:
        """Those of which it is known what the saving came to."""
        return [each for each in self.items if each.held is not None]
