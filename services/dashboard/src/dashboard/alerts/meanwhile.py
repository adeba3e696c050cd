"""What a form says where somebody else saved meanwhile what is edited there: nothing typed is lost, and nothing of theirs unseen."""

from collections.abc import Iterable

from dashboard.alerts.draft import Draft

ETAG = "etag"  # the field that says what was read


def if_match(etag: str) -> dict[str, str] | None:
    """The header by which a save counts for what was read alone; an older peer tells no tag."""
    return {"If-Match": etag} if etag else None


def refuse_as_changed(draft: Draft, etag: str, thing: str) -> None:
    """Say so; the next save knows of what is there now, whose tag this is."""
    draft.values[ETAG] = [etag]
    words = "What you typed stands here still; saving again puts it in the place of theirs."
    draft.refuse("", f"Somebody else has saved {thing} meanwhile. {words}")


def theirs(mine: Draft, other: Draft, names: Iterable[str]) -> list[str]:
    """Where what is there now is not what was typed, a line for each field."""
    return [f"{name.replace('_', ' ')}: {_said(other, name)}" for name in names if _said(mine, name) != _said(other, name)]


def _said(draft: Draft, name: str) -> str:
    values = sorted(" ".join(each.split()) for each in draft.all(name) if each.strip())
    if values == ["on"]:
        return "yes"
    return ", ".join(values) or "nothing"
