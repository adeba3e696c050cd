"""Turns what the use case found into HTML. Everything is escaped; templates/ and static/ come with the package."""

import http
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from common import errors
from common.http.methods import allowed_methods
from common.http.problem_response import UNEXPECTED, log_unexpected, patience_of, problem_response
from common.problem import STATUS, problem
from dashboard.activity.agents import agent_of, label_of
from dashboard.html import formatting
from dashboard.html.form_outcomes import Outcome
from dashboard.html.navigation import SECTIONS, section_of

STATIC = Path(__file__).parent.parent / "static"


@cache
def _templates() -> Environment:
    """The templates, which a process reads and compiles once however many pages and apps there are."""
    made = Environment(
        loader=PackageLoader("dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "money": formatting.money,
        "percent": formatting.percent,
        "surety": formatting.surety,
        "sentence": formatting.sentence,
        "ago": formatting.ago,
        "is_past": formatting.is_past,
        "web_link": formatting.web_link,
        "feed_name": formatting.feed_name,
        "is_demo": formatting.is_demo,
        "agent": agent_of,
        "agent_label": label_of,
    }
    made.globals |= {
        "bar": formatting.bar,
        "axis_of": formatting.axis_of,
        "place": formatting.place,
        "sections": SECTIONS,
        "section_of": section_of,
    }
    return made


class Pages:
    """Renders templates by name. `can_sign_out`: whoever sees a page had to sign in."""

    def __init__(self, can_sign_out: bool = False) -> None:
        self.can_sign_out = can_sign_out

    def render(self, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: object) -> HTMLResponse:
        """A page, or a piece of one, never kept by the browser: going back shows the present state."""
        return HTMLResponse(self.text(template, **values), status, headers={"Cache-Control": "no-store", **(headers or {})})

    def text(self, template: str, **values: object) -> str:
        """The same as text, for what is no answer of its own."""
        return _templates().get_template(template).render(values, can_sign_out=self.can_sign_out)

    def error(self, request: Request, error: Exception) -> Response:
        """An error as a page of ours; to a script of ours that reads JSON as a problem."""
        status = status_of(error)
        title = http.HTTPStatus(status).phrase
        detail = str(error) if isinstance(error, errors.PricingAgentError) else str(getattr(error, "detail", ""))
        if _is_read_by_script(request):
            return problem_response(problem(status, detail or title), patience_of(error))
        if "hx-request" in request.headers:
            return self.render("message.html", status, patience_of(error), flash=Outcome(detail or title, False))
        page = self.render("error.html", status, patience_of(error), title=title, detail="" if detail == title else detail, page="")
        if status == 405:
            page.headers["Allow"] = allowed_methods(request)
        return page

    def unexpected(self, request: Request, error: Exception) -> Response:
        """An error that nobody has foreseen: its details are for the log."""
        log_unexpected(error)
        if _is_read_by_script(request):
            return problem_response(problem(500, UNEXPECTED))
        if "hx-request" in request.headers:
            return self.render("message.html", 500, flash=Outcome(f"Something went wrong: it was {UNEXPECTED}.", False))
        return self.render("error.html", 500, title="Something went wrong", detail=f"It was {UNEXPECTED}.", page="")


def _is_read_by_script(request: Request) -> bool:
    """Not a browser's own request for a page, which takes HTML."""
    return request.headers.get("accept") == "application/json"


def status_of(error: Exception) -> int:
    """The HTTP status of an error: our own by the shared table, Starlette's by itself."""
    given = getattr(error, "status_code", None)
    if isinstance(given, int):
        return given
    if isinstance(error, RequestValidationError):
        return 422
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
