"""The doors of the rules: routes parse, call, and answer."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from common.conditional.if_match import CHANGED, MADE, READ, REMOVED, IfMatch, tagged
from common.http.disconnect import CLOSED, CallerLeftError, while_connected
from common.http.documentation import ATTACHMENT
from scanner.rules.desk import RuleDesk
from scanner.rules.report import view_of_run
from scanner.rules.rule import Rule, RuleBook
from scanner.rules.rule_file import MOST_BYTES
from scanner.rules.schemas import (
    Days,
    DryRunRequest,
    DryRunView,
    ModeRequest,
    OrderRequest,
    RuleId,
    RuleItems,
    RulePatch,
    RuleRequest,
    RuleView,
    view_of,
)

_YAML = "application/yaml"
_FILE: Mapping[str, Any] = {"schema": {"type": "object"}}  # as YAML is read, and not as its text stands there
_EXPORTED: dict[str, Any] = {"content": {_YAML: _FILE}, "headers": ATTACHMENT}
YAML_BODY = {"/rules/import": MOST_BYTES}  # a body that is no JSON, and how large it may be


def build_rule_router(desk: Callable[[], RuleDesk]) -> APIRouter:
    """The routes, over the desk that `desk` returns at the moment of the request."""
    router = APIRouter(prefix="/rules", tags=["rules"])
    _add_book_routes(router, desk)
    _add_file_routes(router, desk)
    _add_dry_runs(router, desk)
    _add_rule_routes(router, desk)
    return router


def _add_book_routes(router: APIRouter, desk: Callable[[], RuleDesk]) -> None:
    @router.get("")
    async def list_rules() -> RuleItems:
        """All rules in their order, also those that are off."""
        return _items(await desk().book())

    @router.post("", status_code=201, responses=MADE)
    async def add_rule(request: RuleRequest, response: Response) -> RuleView:
        """Add a rule, behind the others; it counts from now on."""
        return tagged(view_of(await desk().add(request.rule)), response)

    @router.put("/order")
    async def order_rules(request: OrderRequest) -> RuleItems:
        """Put all rules in another order."""
        return _items(await desk().order(request.ids))

    @router.put("/mode")
    async def set_mode(request: ModeRequest) -> RuleItems:
        """Let the first rule that matches count, or all of them."""
        return _items(await desk().set_mode(request.mode))


def _add_file_routes(router: APIRouter, desk: Callable[[], RuleDesk]) -> None:
    @router.get("/export", response_class=Response, responses={200: _EXPORTED})
    async def export_rules() -> Response:
        """All rules as YAML, to be kept, edited and imported."""
        headers = {"Content-Disposition": 'attachment; filename="rules.yaml"'}
        return Response(await desk().as_file(), media_type=_YAML, headers=headers)

    body = {"requestBody": {"required": True, "content": {_YAML: _FILE}}}

    @router.post("/import", openapi_extra=body)
    async def import_rules(request: Request, replace: bool = False, check: bool = False) -> RuleItems:
        """Take the rules of a YAML file, all or none: behind those that are here, or with `replace` in the place of all.

        With `check` nothing is kept: the answer says how it would be, an id of 0 that a rule would be new.
        """
        use = desk().look_into_file if check else desk().take_file
        return _items(await use(await request.body(), replaces=replace))


def _add_dry_runs(router: APIRouter, desk: Callable[[], RuleDesk]) -> None:
    @router.post("/dry-run", response_model=DryRunView)
    async def try_draft(request: Request, draft: DryRunRequest) -> DryRunView | Response:
        """What a rule that is not kept would have sent in the last days."""
        return await _tried(desk(), draft.rule.rule, draft.days, request)

    @router.post("/{rule_id:int}/dry-run", response_model=DryRunView)
    async def try_rule(request: Request, rule_id: RuleId, days: Days = 30) -> DryRunView | Response:
        """What a rule alone would have sent in the last days, had it been on."""
        return await _tried(desk(), await desk().get(rule_id), days, request)


def _add_rule_routes(router: APIRouter, desk: Callable[[], RuleDesk]) -> None:
    @router.get("/{rule_id:int}", responses=READ)
    async def read_rule(rule_id: RuleId, response: Response) -> RuleView:
        """One rule."""
        return tagged(view_of(await desk().get(rule_id)), response)

    @router.put("/{rule_id:int}", responses=CHANGED)
    async def put_rule(rule_id: RuleId, request: RuleRequest, response: Response, if_match: IfMatch = None) -> RuleView:
        """Put a whole rule in the place of another, whose id and place it takes."""
        return tagged(view_of(await desk().put(rule_id, request.rule, if_match)), response)

    @router.patch("/{rule_id:int}", responses=CHANGED)
    async def patch_rule(rule_id: RuleId, request: RulePatch, response: Response, if_match: IfMatch = None) -> RuleView:
        """Change parts of a rule; the others stay."""
        return tagged(view_of(await desk().patch(rule_id, request, if_match)), response)

    @router.delete("/{rule_id:int}", status_code=204, responses=REMOVED)
    async def remove_rule(rule_id: RuleId, if_match: IfMatch = None) -> None:
        """Delete a rule. What it pushed stays."""
        await desk().remove(rule_id, if_match)


async def _tried(desk: RuleDesk, rule: Rule, days: int, request: Request) -> DryRunView | Response:
    try:
        return view_of_run(await while_connected(request, desk.try_on_past(rule, days)))
    except CallerLeftError:
        return Response(status_code=CLOSED)


def _items(book: RuleBook) -> RuleItems:
    return RuleItems(items=[view_of(rule) for rule in book.rules], mode=book.mode)
