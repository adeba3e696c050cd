"""What a request's numbers and switches may be."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from common.http.plain_json import NO_NUMBER, NO_SWITCH


class Form(BaseModel):
    price: Annotated[float, Field(gt=0), NO_SWITCH] | None = None
    on: Annotated[bool, NO_NUMBER] = True


@pytest.mark.parametrize("given", [{"price": True}, {"price": False}, {"on": 0}, {"on": 1}, {"on": 1.0}])
def test_a_switch_is_no_number_and_a_number_no_switch(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="must be"):
        Form.model_validate(given)


def test_numbers_switches_and_texts_of_a_file_are_taken() -> None:
    assert Form.model_validate({"price": 5, "on": False}) == Form(price=5.0, on=False)
    assert Form.model_validate({"price": "5.5", "on": "no"}) == Form(price=5.5, on=False)


def test_what_the_schema_says_of_them_is_as_before() -> None:
    fields = Form.model_json_schema()["properties"]
    assert fields["price"]["anyOf"][0] == {"exclusiveMinimum": 0, "type": "number"}
    assert fields["on"]["type"] == "boolean"
