"""POST /judge and POST /judge/batch: what an offer is worth, beside the routes of pricing."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response

from common.http.authentication import account_of
from common.http.disconnect import while_connected
from common.http.problem_response import problem_response
from common.judging import JudgeBatchRequest, JudgeBatchResponse, Judgement, JudgeRequest
from common.pricing import ItemError
from common.pricing_api.items import answer_items
from common.pricing_api.repeatable import REPEATABLE, answer_batch
from ensemble.judge.service import Judge


def add_judge_routes(app: FastAPI, judge: Callable[[], Judge]) -> None:
    """Add both. `judge` raises UnavailableError while nothing is loaded yet."""

    @app.post("/judge", response_model=Judgement, tags=["judging"])
    async def judge_one(body: JudgeRequest, request: Request) -> Response:
        """What an offer is worth, how likely it is a real saving, and on what evidence."""
        (result,) = await while_connected(request, judge().judge([body]))
        if isinstance(result, ItemError):
            return problem_response(result.error)
        return Response(result.model_dump_json(), media_type="application/json")

    @app.post("/judge/batch", response_model=JudgeBatchResponse, openapi_extra=REPEATABLE, tags=["judging"])
    async def judge_batch(batch: JudgeBatchRequest, request: Request) -> Response:
        """Up to 1,000 offers; one that cannot be judged gets an error in its place. Takes an Idempotency-Key."""

        async def answer() -> JudgeBatchResponse:
            if account := account_of(request):
                await account.charge_more(len(batch.items) - 1)
            results = await while_connected(request, answer_items(batch.items, JudgeRequest, judge().judge))
            return JudgeBatchResponse(results=results)

        return await answer_batch(request, app.state.answers, answer)
