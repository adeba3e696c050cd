"""What people say of deals, given out by a running scanner, is read by the evaluation of the judge."""

from pathlib import Path

import pytest

from tests.integration.scanner.desks import Desks
from tests.unit.scanner.fakes import item


def test_an_export_is_read_as_cases_and_as_verdicts(tmp_path: Path) -> None:
    pytest.importorskip("numpy", reason="needs the training tools (make training)")
    from training.data.rows import read_records
    from training.judge.cases import read_cases
    from training.judge.feedback import feedback_figures

    items = [item(f"Acme QX{n}00 Drill for $60", number=n, text="It was $90.") for n in range(1, 5)]
    desks, export = Desks(f"sqlite:///{tmp_path / 'scanner.sqlite3'}"), tmp_path / "feedback.jsonl"
    with desks.running():
        desks.scan(*items)
        desks.post("/deals/1/feedback", verdict="not_worth_that", worth=70.0)
        desks.post("/deals/2/feedback", verdict="bought")
        desks.post("/deals/3/feedback", verdict="wrong_price", price=80.0, worth=100.0)
        desks.post("/deals/4/feedback", verdict="wrong_price")
        export.write_bytes(desks.client.get("/feedback/export").content)
    found = [(case.offer.price, case.market, case.kind, case.is_trusted, case.references[0].price) for case in read_cases(export)]
    assert found == [(60.0, 70.0, "person", True, 90.0), (80.0, 100.0, "person", True, 90.0)]
    figures = feedback_figures(read_records(export))
    assert figures is not None
    assert (figures["n"], figures["right"], figures["bins"]) == (4, 0.25, [[0.95, 0.25, 4]])
