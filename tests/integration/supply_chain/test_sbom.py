"""The SBOM: valid CycloneDX of the real lock file, the same bytes each time, with our files and licences in it."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

pytest.importorskip("cyclonedx", reason="needs the group audit: uv sync --group audit")

from supply_chain.sbom import document, licences_field

ROOT = Path(__file__).resolve().parents[3]
UV = shutil.which("uv") or next((str(path) for path in [ROOT / ".uv" / "bin" / "uv"] if path.exists()), None)
pytestmark = pytest.mark.skipif(UV is None, reason="needs uv")


def test_it_names_packages_with_hashes_and_licences_and_what_we_carry_and_is_the_same_each_time() -> None:
    text = document(UV or "")
    assert text == document(UV or "")
    components = {each["name"]: each for each in json.loads(text)["components"]}
    assert components["orjson"]["licenses"] == [{"expression": "MPL-2.0 AND (Apache-2.0 OR MIT)"}]
    assert components["fastapi"]["purl"].startswith("pkg:pypi/fastapi@")
    assert components["fastapi"]["externalReferences"][0]["hashes"]
    assert "pytest" not in components
    htmx = ROOT / "services" / "dashboard" / "src" / "dashboard" / "static" / "vendor" / "htmx.min.js"
    assert components["htmx.org"]["hashes"][0]["content"] == sha256(htmx.read_bytes()).hexdigest()
    assert components["artifacts/specialist"]["type"] == "machine-learning-model"
    assert [name for name, each in components.items() if "licenses" not in each] == ["httpx2-jsfetch"]


def test_a_document_that_the_schema_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supply_chain.sbom.licences_field", lambda _: [{"license": {"id": "no such licence"}}])
    with pytest.raises(ValueError, match="no CycloneDX"):
        document(UV or "")


def test_a_licence_without_an_spdx_name_is_told_by_name() -> None:
    assert licences_field("LicenseRef-BSD") == [{"license": {"name": "LicenseRef-BSD"}}]
    assert licences_field("MIT") == [{"license": {"id": "MIT"}}]
