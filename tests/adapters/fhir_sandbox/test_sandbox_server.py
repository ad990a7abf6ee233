"""The sandbox over real HTTP."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from sandbox_chart import JSON

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.server import serve


def test_only_loopback_is_served() -> None:
    with pytest.raises(ValueError, match="loopback"):
        serve(SimpleNamespace(), "0.0.0.0")


@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["hapi", "smart", "oracle", "epic"])
def test_a_real_client_reads_searches_and_pages(
    folder: Path, vendor: str, capfd: pytest.CaptureFixture[str]
) -> None:
    app = FhirSandbox(folder, vendor=vendor)
    bearer = {"Authorization": f"Bearer {app.issue_token('anna', 'patient/*.rs').value}"}
    with serve(app) as server, httpx2.Client(headers={**JSON, **bearer}, trust_env=False) as client:
        assert client.get(f"{server.url}/Patient/anna").json()["id"] == "anna"
        found, url = set(), f"{server.url}/Observation?patient=anna&_count=4"
        while url:
            page = client.get(url).json()
            found |= {e["resource"]["id"] for e in page["entry"] if e["search"]["mode"] == "match"}
            url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
        posted = client.post(
            f"{server.url}/Observation/_search", data={"patient": "anna", "code": "718-7"}
        ).json()
    assert found == {f"o{n}" for n in range(1, 7)}
    assert posted["entry"][0]["resource"]["id"] == "o2"
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_clients_are_served_in_parallel_and_the_port_is_freed(folder: Path) -> None:
    with serve(FhirSandbox(folder)) as server:
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(lambda _: httpx2.get(f"{server.url}/Patient/anna", trust_env=False), range(40))
            )
        assert {answer.status_code for answer in answers} == {200}
        url = server.url
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/Patient/anna", trust_env=False)
