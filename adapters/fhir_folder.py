"""FHIR bundles as an EHR, without a network: for tests, demonstrations and runs that stay on one machine.

The same client that reads real servers reads the sandbox here, called in this process: what works on a folder
works over HTTP.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from adapters.fhir_sandbox.app import FhirSandbox
from adapters.fhir_sandbox.store import Store, load_store
from adapters.fhir_sandbox.vendors import Vendor
from adapters.fhir_server import FhirServer
from adapters.network import Network, Policy, SystemClock
from adapters.ports import Bundle, Clock, EhrAccess

Source = Path | str | Store | Iterable[Mapping[str, Any]]

_BASE = "https://folder.invalid"  # RFC 2606: a name that never resolves
_HABITS = Vendor("folder", default_count=1000, max_count=1000, unknown_parameter="refuse")


class FolderEhr:
    """An `Ehr` over bundles of a folder or in memory; the base and token of an access do not matter."""

    def __init__(
        self,
        source: Source,
        *,
        shift: bool = False,
        clock: Clock | None = None,
    ) -> None:
        """Read the bundles; with `shift`, dates of a folder move so that its reference day is today."""
        self._clock = clock or SystemClock()
        self.store = self._stored(source, shift=shift)
        sandbox = FhirSandbox(
            self.store, vendor=_HABITS, require_token=False, base_url=_BASE, clock=self._today
        )
        network = Network(Policy.of(_BASE), clock=self._clock, transport=httpx2.WSGITransport(app=sandbox))
        self._server = FhirServer(network)

    def _stored(self, source: Source, *, shift: bool) -> Store:
        if isinstance(source, Store):
            return source
        if isinstance(source, Path | str):
            return load_store(Path(source), shift=shift, clock=self._today)
        return Store(resource for document in source for resource in _resources(document))

    def _today(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def read(self, access: EhrAccess, path: str, *, timeout: float) -> dict[str, Any]:
        """Return the resource at `Type/id`."""
        return self._server.read(replace(access, base=_BASE, token=""), path, timeout=timeout)

    def search(self, access: EhrAccess, query: str, *, timeout: float) -> Bundle:
        """Return what `Type?name=value` finds."""
        return self._server.search(replace(access, base=_BASE, token=""), query, timeout=timeout)

    def follow(self, access: EhrAccess, url: str, *, kind: str, timeout: float) -> Bundle:
        """Return a linked page and the pages after it."""
        return self._server.follow(replace(access, base=_BASE, token=""), url, kind=kind, timeout=timeout)

    def close(self) -> None:
        """Let go of the client."""
        self._server.close()


def _resources(document: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Give the resources of a bundle, or the resource itself."""
    if document["resourceType"] != "Bundle":
        return [dict(document)]
    return [entry["resource"] for entry in document.get("entry", ()) if "resource" in entry]
