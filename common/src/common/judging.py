"""The contract of judging an offer: what is known of other prices of the same thing. Knows neither texts nor models."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

MAX_WORDS = 400  # characters

ReferenceKind: TypeAlias = Literal["next_best", "regular", "was", "list", "history", "all_time_low", "new_price"]
SaidBy: TypeAlias = Literal["editor", "seller"]


class Reference(BaseModel):
    """What a thing costs elsewhere or otherwise, as somebody says. `price` in USD, of one unit as it is offered.

    kind: next_best, the lowest price of another shop; regular, what the shop otherwise asks, also before a coupon; was, what it
    asked before; list, the maker's price; history, an average, a typical or an earlier price; all_time_low, the lowest seen before;
    new_price, what it costs new, where the offer is refurbished, used or open-box. `said_by`: an editor compared, or the seller
    claims. `words`: the passage that says so, at [start:end] of title, line break, text, where it was read from a text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ReferenceKind
    price: Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False)]
    said_by: SaidBy
    words: Annotated[str, Field(max_length=MAX_WORDS)] = ""
    start: Annotated[int, Field(ge=0)] | None = None
    end: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _has_whole_span(self) -> "Reference":
        if (self.start is None) != (self.end is None) or (
            self.start is not None and self.end is not None and self.end < self.start
        ):
            raise ValueError("start and end belong together, and end is not before start")
        return self
