"""A FHIR server on loopback that answers as it is told, and a client for it."""

from collections.abc import Callable
from typing import Any

from loopback import Server

from adapters.fhir_server import FhirServer
from adapters.network import Policy
from adapters.ports import EhrAccess

Json = dict[str, Any]
QUERY = "Observation?patient=p-secret&category=vital-signs"
MASKED = "Observation?patient=…&category=…"


def observation(number: int, version: str = "1") -> Json:
    return {"resourceType": "Observation", "id": f"o{number}", "meta": {"versionId": version}}


def searchset(*resources: Json, following: str = "", mode: str = "match", **more: Any) -> Json:
    links = [{"relation": "self", "url": "x"}, {"relation": "next", "url": following}]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": links if following else links[:1],
        "entry": [{"resource": found, "search": {"mode": mode}} for found in resources],
        **more,
    }


def operation_outcome(severity: str = "error", code: str = "not-supported") -> Json:
    issue = {"severity": severity, "code": code, "diagnostics": "p-secret said no"}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


class EhrSite:
    """A server, a client for it, and what the client waited for."""

    def __init__(self, server: Server, **settings: Any) -> None:
        self.server = server
        self.waited: list[float] = []
        self.ehr = FhirServer(
            Policy.of(private=[f"{server.origin}/fhir"]),
            sleep=self.waited.append,
            jitter=lambda: 0.5,
            **settings,
        )
        self.access = EhrAccess(f"{server.origin}/fhir", token="call.token-1")

    @property
    def base(self) -> str:
        return self.access.base

    def search(self, query: str = QUERY, *, timeout: float = 3.0) -> Any:
        return self.ehr.search(self.access, query, timeout=timeout)

    def read(self, path: str = "Patient/p-secret", *, timeout: float = 3.0) -> Json:
        return self.ehr.read(self.access, path, timeout=timeout)


Make = Callable[..., EhrSite]
"""Start a site that gives these replies in turn."""


def ids_of(bundle: Any) -> list[str]:
    return [found["id"] for found in bundle.resources]
