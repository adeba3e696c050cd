"""What a form says where somebody else has saved meanwhile what is edited there: nothing typed is lost, nor theirs unseen."""

from collections.abc import Iterable

from dashboard.alerts.draft import Draft

ETAG = "etag"  # the field that says what was read


def if_match(etag: str) -> dict[str, str] | None:
    """The header by which a save counts for what was read alone; an older peer tells no tag."""
    return {"If-Match": etag} if etag else None


def refuse_as_changed(draft: Draft, etag: str, thing: str, otherwise: str = "") -> None:
    """Say so; the next save knows of what is there now, whose tag this is."""
    draft.values[ETAG] = [etag]
    draft.refuse("", changed_words(thing, otherwise))


def changed_words(thing: str, otherwise: str = "") -> str:
    """That what was read is not what is there any more. `otherwise`: what may have changed it beside a person."""
    who = f"{thing[0].upper()}{thing[1:]} has changed meanwhile: somebody else saved it, or {otherwise}."
    said = who if otherwise else f"Somebody else has saved {thing} meanwhile."
    return f"{said} What you typed stands here still; saving again puts it in the place of what is there now."


def theirs(mine: Draft, other: Draft, names: Iterable[str]) -> list[str]:
    """Where what is there now is not what was typed, a line for each field."""
    pairs = ((name, _values(mine, name), _values(other, name)) for name in names)
    return [f"{name.replace('_', ' ')}: {_said(here, typed)}" for name, typed, here in pairs if typed != here]


def _values(draft: Draft, name: str) -> list[str]:
    return sorted(" ".join(each.split()) for each in draft.all(name) if each.strip())


def _said(here: list[str], typed: list[str]) -> str:
    """A box holds "on", or nothing."""
    if ["on"] in (here, typed):
        return "yes" if here else "no"
    return ", ".join(here) or "nothing"
