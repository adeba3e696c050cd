"""The page on which files are dropped to be priced, and each file's own."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import FileResponse, HTMLResponse, Response

from common.errors import InvalidInputError, PricingAgentError
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages, status_of
from dashboard.html.parameters import Key
from dashboard.html.replies import Replies, to
from dashboard.price_file.job import MOST_ERRORS, Job
from dashboard.price_file.service import MOST_AT_ONCE, PriceFiles
from dashboard.price_file.table import MEDIA_TYPES, MOST_BYTES, MOST_ROWS

PATH = "/price/file"
LARGEST_FORM = MOST_BYTES + 64 * 1024  # bytes: a file and what a form puts around it
_LIMITS = {"rows": MOST_ROWS, "megabytes": MOST_BYTES // 2**20, "files": MOST_AT_ONCE, "errors": MOST_ERRORS}


def build_router(files: PriceFiles, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    _add_list(router, files, pages, replies)
    _add_one(router, files, pages, replies)
    return router


def _add_list(router: APIRouter, files: PriceFiles, pages: Pages, replies: Replies) -> None:
    def page(said: Outcome | None, status: int = 200, is_wrong: bool = False) -> HTMLResponse:
        found = [(job, _moment(files, job)) for job in files.all()]
        values: dict[str, Any] = {"jobs": found, "limits": _LIMITS, "flash": said, "is_wrong": is_wrong}
        return pages.render("price/files.html", status, page="price-file", **values)

    @router.get(PATH)
    async def all_files(flash: Key = None) -> HTMLResponse:
        return page(replies.find(flash))

    @router.post(PATH, response_model=None)
    async def start(file: Annotated[UploadFile | None, File()] = None) -> Response:
        try:
            if file is None or not file.filename:
                raise InvalidInputError("choose a file", "file")
            job = files.start(file.filename, await file.read())
        except PricingAgentError as exc:
            return page(Outcome(str(exc), False), status_of(exc), is_wrong=isinstance(exc, InvalidInputError))
        return to(f"{PATH}/{job.id}")


def _add_one(router: APIRouter, files: PriceFiles, pages: Pages, replies: Replies) -> None:
    @router.get(f"{PATH}/{{identifier}}")
    async def one(identifier: str, flash: Key = None) -> HTMLResponse:
        job = files.get(identifier)
        values: dict[str, Any] = {"job": job, "began": _moment(files, job), "limits": _LIMITS, "flash": replies.find(flash)}
        return pages.render("price/file.html", page="price-file", **values)

    @router.get(f"{PATH}/{{identifier}}/result", response_model=None)
    async def result(identifier: str) -> Response:
        path, job = files.result(identifier), files.get(identifier)
        headers = {"Cache-Control": "no-store"}
        return FileResponse(path, media_type=MEDIA_TYPES[job.kind], filename=job.result_name, headers=headers)

    @router.post(f"{PATH}/{{identifier}}/cancel")
    async def cancel(request: Request, identifier: str) -> Response:
        page = f"{PATH}/{files.get(identifier).id}"
        return await replies.after(request, page, files.cancel(identifier), Outcome("Cancelled."), ("files",))


def _moment(files: PriceFiles, job: Job) -> datetime:
    """When it was dropped: jobs count by a clock that tells no time of day."""
    return datetime.now(UTC) - timedelta(seconds=files.age(job))
