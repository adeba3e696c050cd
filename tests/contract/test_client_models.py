"""The Python client knows every field of a judgement: what the service takes and gives, the client's models hold."""

import pytest
from pydantic import BaseModel

import pricing_client
from common import judging
from common.pricing import MAX_BATCH
from ensemble.explain import schemas as explain
from frontier_rag.describe import schemas
from pricing_client.protocol import MAX_BATCH as MAX_BATCH_OF_CLIENT
from pricing_client.protocol import MAX_DESCRIBED

ONLY_DOLLARS = {"currency"}  # of an offer: the service takes no other, so the client asks for none


@pytest.mark.parametrize("name", ["Offer", "Reference", "Seen", "Judgement", "Evidence", "ListVerdict"])
def test_the_clients_model_has_the_fields_of_the_services(name: str) -> None:
    ours: type[BaseModel] = getattr(judging, name)
    theirs: type[BaseModel] = getattr(pricing_client, name)
    left_out = ONLY_DOLLARS if name == "Offer" else set()
    assert set(theirs.model_fields) == set(ours.model_fields) - left_out


@pytest.mark.parametrize("name", ["Attributes", "UnsaidAttribute", "AttributeValue", "PriceWords", "PricePhrase", "PhrasePlace"])
def test_the_client_knows_all_that_explains_a_price(name: str) -> None:
    ours: type[BaseModel] = getattr(explain, name)
    theirs: type[BaseModel] = getattr(pricing_client, name)
    assert set(theirs.model_fields) == set(ours.model_fields)


@pytest.mark.parametrize("name", ["Description", "TextForm", "Specification", "FactFound", "Unsaid", "Interval"])
def test_the_clients_model_of_a_text_has_the_fields_of_the_services(name: str) -> None:
    ours: type[BaseModel] = getattr(schemas, name)
    theirs: type[BaseModel] = getattr(pricing_client, name)
    assert {each.alias or key for key, each in theirs.model_fields.items()} == {
        each.alias or key for key, each in ours.model_fields.items()
    }


@pytest.mark.parametrize(("name", "field"), [("Reference", "kind"), ("Reference", "said_by"), ("Offer", "condition")])
def test_the_client_takes_what_the_service_takes(name: str, field: str) -> None:
    ours: type[BaseModel] = getattr(judging, name)
    theirs: type[BaseModel] = getattr(pricing_client, name)
    assert theirs.model_fields[field].annotation == ours.model_fields[field].annotation


def test_a_batch_may_be_as_long() -> None:
    assert MAX_BATCH_OF_CLIENT == MAX_BATCH
    assert MAX_DESCRIBED == schemas.MAX_ITEMS
