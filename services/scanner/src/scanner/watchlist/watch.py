"""A wanted thing as a person asks for it and as it is kept. Knows no store, no network and no clock."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from common.alerts.conditions import Names
from common.conditional.entity_tag import entity_tag
from common.deals import Priority
from common.http.plain_json import NO_NUMBER, NO_SWITCH
from common.judging import Condition

MOST_WATCHES = 500
MOST_CHANNELS = 20
_HOW = ("channels", "priority", "enabled")  # fields of how it is pushed, and not of what is wanted
_EXAMPLE: JsonDict = {"text": "65 inch OLED TV under 1200"}


def _bare(text: str) -> str:
    """One line without what cannot be seen. ValueError where nothing is left."""
    bare = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if not any(map(str.isalnum, bare)):
        raise ValueError("needs a letter or a digit")
    return bare


Short: TypeAlias = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_bare)]
WishText: TypeAlias = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_bare)]
ChannelName: TypeAlias = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_bare)]


class WatchFields(BaseModel):
    """`text`: the wanted thing in words, with its target price. The other fields correct what was read of it, or add.

    target_price in US dollars; required, forbidden: words that must, and must not, stand in title or text, as in a rule's
    conditions; brand, model, inches, gigabytes: in the place of what the words say; conditions: that will do, those of the words
    where there are none; channels: by name, none for all; least_similarity: of meaning, beside what is asked in any case.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    text: WishText
    target_price: Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False), NO_SWITCH] | None = None
    required: Names = ()
    forbidden: Names = ()
    brand: Short | None = None
    model: Short | None = None
    inches: Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False), NO_SWITCH] | None = None
    gigabytes: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False), NO_SWITCH] | None = None
    conditions: Annotated[tuple[Condition, ...], Field(max_length=4)] = ()
    channels: Annotated[tuple[ChannelName, ...], Field(max_length=MOST_CHANNELS)] = ()
    priority: Priority = "high"
    enabled: Annotated[bool, NO_NUMBER] = True
    least_similarity: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), NO_SWITCH] | None = None

    def is_met_by(self, other: "WatchFields") -> bool:
        """Whether `other` is what this asks for: the same wanted, however written, and pushed as this says, where it does."""
        asked = {name for name in type(self).model_fields if name not in _HOW or name in self.model_fields_set}
        return all(_folded(getattr(self, name)) == _folded(getattr(other, name)) for name in asked)


def _folded(value: object) -> object:
    """By which two values of a field are one: capitals count for nothing, nor does how a letter is composed, nor an order."""
    if isinstance(value, tuple):
        return frozenset(map(_folded, value))
    return unicodedata.normalize("NFKC", value).casefold() if isinstance(value, str) else value


@dataclass(frozen=True)
class Watch:
    """A kept one. `vector`: of its words, by the model `embedder`; None where nobody has made it yet."""

    id: int
    fields: WatchFields
    created: datetime
    changed: datetime
    vector: Sequence[float] | None = None
    embedder: str | None = None
    matched: int = 0

    @property
    def etag(self) -> str:
        """What tells, as an entity tag of HTTP, whether it asks for what it did when somebody read it."""
        return entity_tag(self.fields.model_dump_json())

    @property
    def shown(self) -> dict[str, Any]:
        """As it is answered."""
        moments = {"id": self.id, "created": self.created, "changed": self.changed, "matched": self.matched, "etag": self.etag}
        return self.fields.model_dump() | moments


class Added(NamedTuple):
    """What is kept once somebody asked to watch it. `is_new`: false where it was kept already."""

    watch: Watch
    is_new: bool
