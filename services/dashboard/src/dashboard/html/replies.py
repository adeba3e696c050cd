"""What a form answers: a redirect, so that a reload repeats nothing; to htmx, which sent it from within a page, the message alone.

The page then fetches again what shows the topics that the action changed (static/live.js), as it does when others change them.
"""

import json
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from common.errors import PricingAgentError
from dashboard.html.form_outcomes import Outcome, Outcomes
from dashboard.html.pages import Pages

T = TypeVar("T")
SEE_OTHER = 303
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")  # browsers read // and /\ as the beginning of another host


class Replies:
    """Answers forms, over the outcomes that the page after a redirect shows."""

    def __init__(self, outcomes: Outcomes, pages: Pages) -> None:
        self._outcomes, self._pages = outcomes, pages

    async def after(
        self,
        request: Request,
        path: str,
        action: Awaitable[T],
        good: Outcome | Callable[[T], Outcome],
        topics: tuple[str, ...] = (),
    ) -> Response:
        """Do it, then say `good`, or what that makes of what came of it, on the page at `path`; else why it could not be done.

        `topics`: what it changes.
        """
        try:
            done = await action
        except PricingAgentError as exc:
            return self.say(request, path, Outcome(str(exc), False))
        return self.say(request, path, good if isinstance(good, Outcome) else good(done), topics)

    def say(self, request: Request, path: str, outcome: Outcome, topics: tuple[str, ...] = ()) -> Response:
        """Say how something went."""
        if "hx-request" in request.headers:
            changed = {"HX-Trigger": json.dumps({f"live:{topic}": "" for topic in topics})} if topics else {}
            return self._pages.render("message.html", flash=outcome, headers=changed)
        return to(path, flash=self.keep(outcome))

    def keep(self, outcome: Outcome) -> str:
        """Remember an outcome; the id by which a page finds it."""
        return self._outcomes.keep(outcome)

    def find(self, identifier: str | None) -> Outcome | None:
        """An outcome, while it is remembered."""
        return self._outcomes.find(identifier)


def to(path: str, fragment: str = "", **query: str) -> RedirectResponse:
    """A redirect to a page of ours, whose address may have a query already."""
    joint = "" if not query else "&" if "?" in path else "?"
    return RedirectResponse(f"{path}{joint}{urlencode(query)}{'#' if fragment else ''}{fragment}", status_code=SEE_OTHER)


def own_path(path: str) -> str:
    """`path` where it is one of ours, else the first page: an address from outside must not lead elsewhere."""
    return path if _OWN_PATH.fullmatch(path) else "/"
