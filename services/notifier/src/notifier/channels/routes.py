"""The channels' routes. What they call is the desk of the runtime that the lifespan opened."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Path, Response
from pydantic import ValidationError
from starlette.convertors import Convertor, register_url_convertor

from common.conditional.entity_tag import require_match
from common.conditional.if_match import CHANGED, READ, IfMatch, tagged
from common.errors import InvalidInputError
from common.problem import field_errors
from notifier.channels.channel import ChannelRecord, ChannelSettings, Origin, folded_name
from notifier.channels.channel_file import FileChannel, read_channels, write_channels
from notifier.channels.desk import FIXED, Desk, Shown
from notifier.channels.facts import VARIABLES
from notifier.channels.schemas import (
    ChannelChange,
    ChannelList,
    ChannelMade,
    ChannelOut,
    ChannelRequest,
    ChannelTest,
    Imported,
    ImportRequest,
    Preview,
    PreviewRequest,
    ServiceList,
    ServiceOut,
    TemplateError,
)
from notifier.channels.target_maker import shown_address
from notifier.notification import BAD_ENDS


class _KeyConvertor(Convertor[str]):
    """A channel's id in a path; the doors that have a name of their own beside it are none."""

    regex = "(?!(?:export|import|preview|services)(?:/|$))[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("key", _KeyConvertor())
Key = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,16}$")]
_YAML = "application/yaml"
_YAML_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {_YAML: {"schema": {"type": "object"}}}}}


def build_channel_router(desk: Callable[[], Desk]) -> APIRouter:
    """The routes, over what `desk` returns at the moment of the request."""
    router = APIRouter(tags=["channels"])
    _add_tools(router, desk)  # before those by id
    _add_files(router, desk)
    _add_channels(router, desk)
    return router


def _add_tools(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get("/channels/services")
    async def list_services() -> ServiceList:
        """The services that an address may lead to, and its forms."""
        return ServiceList(items=[ServiceOut.model_validate(each) for each in await desk().targets.services()])

    @router.post("/channels/preview")
    async def preview(request: PreviewRequest) -> Preview:
        """What a template says of a deal, and what is wrong with it."""
        tried = await desk().preview(request.template, request.opportunity, use_wording=request.use_wording)
        errors = [TemplateError(line=tried.fault.line, message=tried.fault.message)] if tried.fault else []
        return Preview(title=tried.push.title, body=tried.push.body, errors=errors, variables=dict(VARIABLES))


def _add_files(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get("/channels/export", response_class=Response, responses=_YAML_ANSWER)
    async def export() -> Response:
        """All channels as YAML, without their secrets."""
        records = [each.record for each in await desk().all()]
        changed = [each for each in records if each.origin is Origin.OWN or each.settings != ChannelSettings()]
        return Response(write_channels(changed), media_type=_YAML)

    @router.post("/channels/import")
    async def take_in(request: ImportRequest) -> Imported:
        """Add and change what the file names, all or nothing; others stay, and so do secrets that the file does not tell."""
        there = {folded_name(each.record.name): each.record for each in await desk().all()}
        records = [_of_file(each, there.get(folded_name(each.name)), at) for at, each in enumerate(read_channels(request.yaml))]
        secrets = await desk().put_all(records)
        known = {each.key for each in there.values()}
        changed = sum(each.key in known for each in records)
        return Imported(added=len(records) - changed, changed=changed, secrets=secrets)


def _add_channels(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get("/channels")
    async def list_channels() -> ChannelList:
        """Where pushes go, what is wrong with a channel, how many wait for it, and what came to a bad end there."""
        return ChannelList(items=[ChannelOut.model_validate(told(each)) for each in await desk().all()])

    @router.post("/channels", status_code=201)
    async def add_channel(request: ChannelRequest) -> ChannelMade:
        """Add one; every instance serves it within seconds."""
        key, secret = uuid4().hex[:16], request.secret.get_secret_value() if request.secret else ""
        address = request.address.get_secret_value().strip()
        made = await desk().add(ChannelRecord(key, Origin.OWN, request.name, address, secret, request.settings), test=request.test)
        return ChannelMade.model_validate(told(await desk().get(key)) | {"secret": made})

    @router.get("/channels/{id:key}", responses=READ)
    async def read_channel(id: Key, response: Response) -> ChannelOut:  # noqa: A002 (the path's name)
        """One channel."""
        return tagged(ChannelOut.model_validate(told(await desk().get(id))), response)

    @router.patch("/channels/{id:key}", responses=CHANGED)
    async def change_channel(
        id: Key,  # noqa: A002
        request: ChannelChange,
        response: Response,
        if_match: IfMatch = None,
    ) -> ChannelMade:
        """Change what is named; what waits goes out as the channel is then."""
        was = (await desk().get(id)).record
        require_match(was.etag, if_match, f"the channel {was.name}")  # what changes it from here on, the store sees
        made = await desk().change(was, _changed(was, request), test=request.test)
        return tagged(ChannelMade.model_validate(told(await desk().get(id)) | {"secret": made}), response)

    @router.delete("/channels/{id:key}", status_code=204)
    async def remove_channel(id: Key) -> None:  # noqa: A002
        """Take it away. What waits for it ends, as withdrawn."""
        await desk().remove(id)

    @router.post("/channels/{id:key}/test")
    async def test_channel(id: Key) -> ChannelTest:  # noqa: A002
        """Send a test push there and say what became of it."""
        sent = await desk().test(id)
        return ChannelTest(target=sent.target, sent=sent.is_sent, outcome=sent.outcome, error=sent.error)


def _changed(was: ChannelRecord, request: ChannelChange) -> ChannelRecord:
    """The channel as it is to be. InvalidInputError for what cannot be so."""
    given = request.model_dump(exclude_unset=True, exclude={"test", "name", "address", "secret"})
    named = request.model_fields_set - {"test"}
    if was.origin is Origin.ENVIRONMENT and (fixed := [name for name in FIXED if name in named]):
        raise InvalidInputError("it is one of NOTIFY_URLS: that is changed there", fixed[0])
    if empty := [name for name in named if getattr(request, name) is None and name not in ("template", "priority", "secret")]:
        raise InvalidInputError("null is not a value of it", empty[0])
    try:
        settings = ChannelSettings.model_validate(was.settings.model_dump() | given)
    except ValidationError as exc:
        first = field_errors(exc.errors(include_input=False, include_url=False))[0]
        raise InvalidInputError(first.message, first.field) from None
    changed = replace(was, settings=settings, name=request.name or was.name)
    if request.address is not None:
        changed = replace(changed, address=request.address.get_secret_value().strip())
    if "secret" in named:
        changed = replace(changed, secret=request.secret.get_secret_value() if request.secret else "")
    return replace(changed, trouble="") if "template" in named else changed


def _of_file(told: FileChannel, there: ChannelRecord | None, at: int) -> ChannelRecord:
    """A channel of a file, with the secrets of the one that is there. InvalidInputError where there is none to have them from."""
    if told.origin is Origin.ENVIRONMENT or (there is not None and there.origin is Origin.ENVIRONMENT):
        if there is None or there.origin is not Origin.ENVIRONMENT:
            raise InvalidInputError(f"NOTIFY_URLS has no channel {told.name}", f"yaml.channels.{at}.name")
        if not told.is_hidden or not told.settings.enabled or told.settings.sound:
            raise InvalidInputError(f"{told.name} is one of NOTIFY_URLS: that is changed there", f"yaml.channels.{at}")
        return replace(there, settings=told.settings, trouble="")
    if there is None:
        if told.is_hidden:
            raise InvalidInputError(f"{told.name} is not there: give its address", f"yaml.channels.{at}.address")
        return ChannelRecord(uuid4().hex[:16], Origin.OWN, told.name, told.address.strip(), "", told.settings)
    address = there.address if told.is_hidden else told.address.strip()
    is_same = address.partition("://")[0] == there.address.partition("://")[0]
    return replace(
        there, name=told.name, address=address, secret=there.secret if is_same else "", settings=told.settings, trouble=""
    )


def told(shown: Shown) -> dict[str, Any]:
    """A channel as ChannelOut takes it."""
    record, fares = shown.record, shown.fares
    facts: dict[str, Any] = {"id": record.key, "label": record.name, "origin": record.origin, "service": shown.service}
    facts |= {
        "etag": record.etag,
        "address": shown.address or shown_address(record.address),
        "stopped": record.stopped,
        "template_problem": record.trouble,
    }
    is_served = fares is not None and record.settings.enabled  # one that is switched off fails nobody any more
    facts |= {"problem": fares.problem if fares and is_served else record.stopped}
    facts |= {"failing_since": fares.failing_since if fares and is_served else None}
    facts |= {"waiting": fares.waiting if fares else 0, "held": fares.held if fares else 0, "settings": record.settings}
    return facts | {stage.value: fares.ended[stage] if fares else 0 for stage in BAD_ENDS}
