"""A text as a writer wants it, what of that may stand, and the port of a writer. Knows no model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from frontier_rag.describe.check import Known
from frontier_rag.describe.form import Form
from frontier_rag.describe.reading import LeftOut, Reading
from frontier_rag.describe.template import specifications_of

SHOWN = 120  # characters of a claim that was refused


@dataclass(frozen=True)
class Draft:
    """What a writer says: sentences on what it is, specifications, things in the box."""

    what: Sequence[str]
    specifications: Sequence[tuple[str, str]]
    in_the_box: Sequence[str]


class Writes(Protocol):
    """Writes drafts."""

    async def write(self, reading: Reading) -> tuple[Draft, str]:
        """A draft and the model that wrote it; ChatFailedError where there is none."""
        ...

    def note(self, outcome: str) -> None:
        """Count what became of a product's text."""
        ...

    async def aclose(self) -> None:
        """Close its connections."""
        ...


@dataclass(frozen=True)
class Checked:
    """What may stand of a draft, and the claims that were refused. `is_used`: whether any sentence of it stands."""

    form: Form
    refused: Sequence[LeftOut]
    is_used: bool


def checked(draft: Draft, known: Known, template: Form) -> Checked:
    """The draft's sentences that hold, else the template's; all facts of the input, and those beside that hold."""
    refused: list[LeftOut] = []
    what = [sentence for sentence in draft.what if _stands(sentence, known.why_refused(sentence), refused)]
    specifications = list(dict.fromkeys(specifications_of(known)))
    values = {value for _, value in specifications}
    for name, value in draft.specifications:
        if _stands(f"{name}: {value}", known.why_specification_refused(name, value), refused) and value not in values:
            specifications.append((name, value))
    for item in draft.in_the_box:
        _stands(item, known.why_item_refused(item), refused)
    form = Form(what or template.what, specifications, template.in_the_box, template.not_included)
    return Checked(form, refused, bool(what))


def _stands(claim: str, why: str | None, refused: list[LeftOut]) -> bool:
    if why is not None:
        refused.append(LeftOut(claim[:SHOWN], why))
    return why is None
