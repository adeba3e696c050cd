"""What a reader of references is given."""

from dataclasses import dataclass, field

from scanner.prices.rule_extractor import MAX_TEXT, MAX_TITLE


@dataclass(frozen=True)
class Offer:
    """A deal's words. `price`: the asked one, in `currency`; `condition`: new, refurbished, open-box or used.

    `whole`: title, line break, text, as far as they are read; the spans of references count there.
    """

    title: str
    text: str
    price: float
    condition: str = "new"
    currency: str = "USD"
    whole: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole", f"{self.title[:MAX_TITLE]}\n{self.text[:MAX_TEXT]}")
