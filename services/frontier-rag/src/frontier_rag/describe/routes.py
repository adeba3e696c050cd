"""POST /describe and POST /describe/batch: a clear text of a product from what is known of it, beside the pricing API."""

from fastapi import FastAPI, Request
from fastapi.responses import Response

from common.errors import UnavailableError
from common.http.authentication import account_of
from common.http.disconnect import while_connected
from common.http.problem_response import problem_response
from common.pricing import ItemError
from common.pricing_api.items import answer_items
from common.pricing_api.repeatable import REPEATABLE, answer_batch
from frontier_rag.describe.schemas import DescribeBatchRequest, DescribeBatchResponse, DescribeRequest, Description
from frontier_rag.describe.service import Describer, EstimatesLocally


def add_describe_routes(app: FastAPI) -> None:
    """Add both, over the app's pricer."""

    def describer() -> Describer:
        pricer = app.state.pricer()
        if not isinstance(pricer, EstimatesLocally):
            raise UnavailableError("this pricer describes no products")
        return Describer(pricer)

    @app.post("/describe", response_model=Description, tags=["describing"])
    async def describe(body: DescribeRequest, request: Request) -> Response:
        """A clear text of the product, in which nothing is invented, and its estimate before and after."""
        (result,) = await while_connected(request, describer().describe([body]))
        if isinstance(result, ItemError):
            return problem_response(result.error)
        return Response(result.model_dump_json(by_alias=True), media_type="application/json")

    @app.post("/describe/batch", response_model=DescribeBatchResponse, openapi_extra=REPEATABLE, tags=["describing"])
    async def describe_batch(batch: DescribeBatchRequest, request: Request) -> Response:
        """Up to 100 products; one that cannot be described gets an error in its place. Takes an Idempotency-Key."""

        async def answer() -> DescribeBatchResponse:
            if (account := account_of(request)) and len(batch.items) > 1:
                await account.charge_more(len(batch.items) - 1)
            results = await while_connected(request, answer_items(batch.items, DescribeRequest, describer().describe))
            return DescribeBatchResponse(results=results)

        return await answer_batch(request, app.state.answers, answer)
