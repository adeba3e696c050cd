"""The bank's file is read as it is published, and nothing in it is believed."""

from datetime import date

import pytest

from scanner.rates.bank_file import BankError, parse_rates_of_day

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject>'
    "<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>"
)


def file(*rates: tuple[str, str], day: str = "2026-11-20") -> bytes:
    cubes = "".join(f"<Cube currency='{currency}' rate='{rate}'/>" for currency, rate in rates)
    return f"{HEAD}<Cube><Cube time='{day}'>{cubes}</Cube></Cube></gesmes:Envelope>".encode()


def test_rates_are_turned_into_dollars() -> None:
    found = parse_rates_of_day(file(("USD", "1.2000"), ("GBP", "0.8"), ("JPY", "180")))
    assert found.day == date(2026, 11, 20)
    assert found.dollars == {"EUR": 1.2, "GBP": pytest.approx(1.5), "JPY": pytest.approx(1.2 / 180)}


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "cannot be read"),
        (b"<html>Maintenance</html>", "no rates"),
        (b"\xff\xfe<", "not UTF-8"),
        (b"<a", "cannot be read"),
        (BOMB, "document type"),
        (file(), "no dollar"),
        (file(("GBP", "0.8")), "no dollar"),
        (file(("USD", "0")), "above 0"),
        (file(("USD", "-1.2")), "is no rate"),
        (file(("USD", "NaN")), "is no rate"),
        (file(("USD", "1e9")), "is no rate"),
        (file(("USD", "1.2"), ("pounds", "0.8")), "is no rate"),
        (file(("USD", "1.2"), day="yesterday"), "is no day"),
    ],
)
def test_what_is_wrong_is_said(body: bytes, why: str) -> None:
    with pytest.raises(BankError, match=why):
        parse_rates_of_day(body)
