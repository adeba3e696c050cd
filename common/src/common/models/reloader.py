"""Takes another version of a service's models while it answers: loaded beside the one in use, tried by the canary, then put in its
place. Whatever goes wrong, the one in use stays, and the reason is told. Knows no HTTP and no model.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from anyio import to_thread

from common.about.checks import Check
from common.background import TaskSet
from common.errors import ArtifactError, ConflictError, InvalidInputError, NotFoundError, PricingAgentError, UnavailableError
from common.models.canary import Canary, try_out
from common.models.former_versions import keep, remember
from common.models.generation import Attempt, Generation, Open, Outcome, Outside, Service
from common.models.live_pricer import LivePricer
from common.models.model_store import Choice, trying
from common.models.standing import Standing, passed_over, standing_of
from common.pricing_api.pricer import Pricer


class Reloader:
    """`opens` loads a pricer; `live` prices with the one in use."""

    def __init__(self, service: Service, opens: Open, outside: Outside | None = None) -> None:
        self.service, self._open, self.outside = service, opens, outside or Outside()
        self.current: Generation | None = None
        self.last: Attempt | None = None
        self.loaded: datetime | None = None
        self.on_taken: Callable[[], None] = lambda: None
        self.keeps = False  # whether versions in use are kept in the store, to go back to
        self.live = LivePricer(self.pricer)
        self._busy, self._pulling = asyncio.Lock(), asyncio.Lock()
        self._closing, self._given_up = TaskSet(), list[Generation]()

    @property
    def version(self) -> str | None:
        """That of the answers, behind the @."""
        return self.current.model.partition("@")[2] or None if self.current else None

    def versions(self) -> Mapping[str, str | None]:
        """Of the artifacts in use; empty while nothing is loaded."""
        return {each.name: each.version for each in self._in_use()}

    @property
    def is_up_to_date(self) -> bool:
        """Whether what lies there is what is in use. Reads files of some kilobytes."""
        return self.current is not None and self._standings() == self.current.standings

    def advice(self) -> Sequence[Check]:
        """That another version was refused, until one is taken."""
        if self.last is None or self.last.outcome != "refused":
            return []
        return [Check(False, f"models: another version than {self.last.model} was refused: {self.last.why}")]

    def pricer(self) -> Pricer:
        """The one in use."""
        if self.current is None:
            raise UnavailableError(f"{self.service.name} is still loading")
        return self.current.pricer

    async def first(self) -> Pricer:
        """Load what is in use, at the start of the service: no canary, as there is nothing else to fall back on."""
        if self.keeps:
            await to_thread.run_sync(self.outside.store.clear)
        async with self._busy:
            generation, _ = await self._load()
            await self._take(generation)
        return generation.pricer

    async def reload(self, artifact: str | None = None, version: str | None = None) -> Attempt:
        """Load what lies there now, or `version` of `artifact`, which is then the one in use. Raises why it is refused.

        ConflictError while another is being loaded.
        """
        self._may_change()
        return await self._counted(partial(self._reload, artifact, version))

    async def roll_back(self, artifact: str | None = None) -> Attempt:
        """The same with the version that was in use before."""
        self._may_change()
        name = self._named(artifact)
        former = (await to_thread.run_sync(self.outside.store.choice, name)).former
        if former is None:
            raise NotFoundError(f"no version of {name} was in use before this one")
        return await self.reload(name, former)

    async def open_beside(self, version: str, closing: AsyncExitStack) -> Pricer:
        """Another version, which nobody is answered by. Raises as `reload` does."""
        if self.service.refusal:
            raise InvalidInputError(self.service.refusal)
        name = self.service.artifacts[0]
        closing.enter_context(self.outside.store.holding(name, version))  # until it is closed: it may be promoted
        await self._fetch(name, version)
        async with self._busy:
            folder, _ = await to_thread.run_sync(self.outside.store.find, name, version)
            with trying({name: folder}):
                return (await self._open(closing)).pricer

    async def aclose(self) -> None:
        """Close all that is open."""
        await self._closing.stop()
        for each in [*self._given_up, *([self.current] if self.current else [])]:
            await each.closing.aclose()

    def _may_change(self) -> None:
        if self.service.refusal:
            raise InvalidInputError(self.service.refusal)
        if self.current is None:
            raise ConflictError("the service is still loading")
        if self._busy.locked():
            raise ConflictError("another version is being loaded")

    def _named(self, artifact: str | None) -> str:
        name = artifact or next(iter(self.service.artifacts), "")
        if name not in self.service.artifacts:
            raise NotFoundError(f"{self.service.name} stands on {', '.join(self.service.artifacts) or 'no model'}")
        return name

    async def _counted(self, work: Callable[[], Awaitable[Outcome]]) -> Attempt:
        started, outcome, why = time.monotonic(), "refused", ""
        try:
            outcome = await work()
            why = passed_over(self._in_use(), self.outside.store.delivered) if outcome == "unchanged" else ""
        except PricingAgentError as exc:
            why = str(exc)
            raise
        except Exception as exc:
            why = f"it could not be loaded: {exc!r}"[:500]
            structlog.get_logger().exception("model_refused")
            raise ArtifactError(why) from exc
        finally:
            self._note(Attempt(outcome, self._model, why, datetime.now(UTC), round(time.monotonic() - started, 3)))  # type: ignore[arg-type]
        assert self.last is not None  # noqa: S101 (noted a line above)
        return self.last

    @property
    def _model(self) -> str:
        return self.current.model if self.current else ""

    def _note(self, attempt: Attempt) -> None:
        self.last = attempt
        self.outside.metrics.reloads.labels(attempt.outcome).inc()
        if attempt.outcome == "refused":
            text = f"Stays with {attempt.model}: another version was refused: {attempt.why or 'it was given up'}"
            self.outside.log.tell(self.service.name, "model_refused", text, level="error", topics=("models",))
        elif attempt.outcome == "taken":
            text = f"Answers as {attempt.model} from now on, loaded in {attempt.seconds:.1f} s"
            self.outside.log.tell(self.service.name, "model_taken", text, topics=("models",))
        structlog.get_logger().info("model_reload", outcome=attempt.outcome, model=attempt.model, why=attempt.why)

    async def _reload(self, artifact: str | None, version: str | None) -> Outcome:
        if version is None:
            async with self._busy:
                return await self._change({}, None)
        name = self._named(artifact)
        with self.outside.store.holding(name, version):
            await self._fetch(name, version)
            async with self._busy:
                return await self._take_version(name, version)

    async def _take_version(self, name: str, version: str) -> Outcome:
        store = self.outside.store
        folder, chosen = await to_thread.run_sync(store.find, name, version)
        await keep(store, [each for each in self._in_use() if each.name == name])
        former = next((each.version for each in self._in_use() if each.name == name), None)
        choice = Choice(chosen, former if former != version else store.choice(name).former)
        return await self._change({name: folder}, partial(store.choose, name, choice))

    async def _fetch(self, name: str, version: str) -> None:
        """Bring it here if need be; others may be loaded meanwhile, since it may take half an hour."""
        try:
            await to_thread.run_sync(self.outside.store.find, name, version)
        except NotFoundError:
            if self.outside.pull is None:
                raise
            async with self._pulling:
                await self.outside.pull(name, version)

    async def _change(self, tried: Mapping[str, Path], choose: Callable[[], None] | None) -> Outcome:
        """Load, try, choose, and put it in the place of the one in use."""
        with trying(tried):
            found, current = self._standings(), self.current
            if current and found == current.standings:
                await self._chosen(choose)
                return "unchanged"
            if moved := [name for name in self.service.fixed if current and found.get(name) != current.standings.get(name)]:
                raise InvalidInputError(f"another {' and '.join(moved)} is taken in by a start of {self.service.name}", "artifact")
            generation, canary = await self._load()
        try:
            pricer = generation.pricer
            await try_out(getattr(pricer, "estimate", pricer.price), canary)
            await self._chosen(choose)
        except BaseException:
            await generation.closing.aclose()
            raise
        await self._take(generation)
        return "taken"

    async def _chosen(self, choose: Callable[[], None] | None) -> None:
        try:
            if choose:
                await to_thread.run_sync(choose)
        except OSError as exc:
            raise ArtifactError(f"it cannot be written down which version is in use: {exc}") from exc

    async def _load(self) -> tuple[Generation, Canary]:
        closing = AsyncExitStack()
        standings = self._standings()
        try:
            opened = await self._open(closing)
        except BaseException:
            await closing.aclose()
            raise
        return Generation(opened.pricer, opened.model, standings, closing), opened.canary

    def _standings(self) -> Mapping[str, Standing]:
        """Of files of some kilobytes."""
        found = [standing for name in self.service.artifacts if (standing := standing_of(name))]
        return {each.name: each for each in found}

    async def _take(self, generation: Generation) -> None:
        former, self.current = self.current, generation
        self.loaded = datetime.now(UTC)
        self.on_taken()
        self.outside.metrics.in_use(self.versions(), time.time())
        if former:
            self._given_up.append(former)
            self._closing.start(f"give up {former.model}", self._give_up(former))
            await remember(self.outside.store, former, generation)
        if self.keeps:
            self._closing.start("keep versions", keep(self.outside.store, list(generation.standings.values())))

    def _in_use(self) -> Sequence[Standing]:
        return list(self.current.standings.values()) if self.current else []

    async def _give_up(self, former: Generation) -> None:
        """Close it once nobody waits for it."""
        await asyncio.sleep(self.service.linger)
        await self.live.unused(former.pricer)
        self._given_up.remove(former)
        await former.closing.aclose()
        del former
        await to_thread.run_sync(self.outside.settle)
