"""An installation on which canaries are let loose, with everybody who may hear of them being listened to."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.fhir_sandbox.server import serve
from cds import plugins
from cds.services.base import Service
from privacy_canaries.ehr import TellingEhr
from privacy_canaries.minting import Canary, Mint
from privacy_canaries.outputs import Outputs, answered, exported, files, listening
from privacy_canaries.scanning import Leak, Scanner
from privacy_canaries.witnessing import Watcher, WitnessedModels, WitnessedService

sys.path.insert(0, str(Path(__file__).parents[1] / "cds" / "pipeline"))
from installation import Installation, installed

_AGES = re.compile(r"(?<=minutes_ago[=:] )\d+|(?<=minutes_ago': )\d+|(?<=minutes_ago=)\d+")
"""How long ago something was, in minutes: counted by us, and by chance the digits of a postal code."""


@dataclass
class Stage:
    """The installation and what came out of it so far."""

    site: Installation
    models: WitnessedModels
    services: Mapping[str, WitnessedService]
    watcher: Watcher
    ehr: TellingEhr
    server: str
    folder: Path
    kept: Outputs
    printed: Callable[[], Mapping[str, str]]
    canaries: list[Canary] = field(default_factory=list)

    def send(
        self, service: str, body: Any, *, rest: str = "", headers: Mapping[str, str] | None = None
    ) -> Any:
        """Post a body to a service, signed; keep what comes back and return it as it was."""
        path = f"/cds-services/{service}{rest}"
        response = self.site.post(body, path, headers=dict(headers or {}))
        answered(response, self.kept)
        return response

    def planted(self, mint: Mint) -> None:
        """Take note of what a mint has made."""
        self.canaries += mint.made

    def outputs(self) -> Mapping[str, str]:
        """Return everything that came out, by place."""
        handed = [text for service in self.services.values() for text in service.given]
        found = {name: "\n".join(texts) for name, texts in self.kept.items()}
        return {
            **found,
            **self.printed(),
            "what models received": _AGES.sub("", "\n".join(self.models.given)),
            "what services saw": _AGES.sub("", "\n".join(handed)),
        }

    def leaks(self) -> list[Leak]:
        """Return every canary in every output."""
        scanner = Scanner(self.canaries)
        return [leak for where, text in self.outputs().items() for leak in scanner.leaks(where, text)]

    def shutter(self) -> None:
        """Keep the files as they are now, and the metrics."""
        files(self.folder, self.kept)
        self.kept["metrics"].append(self.site.web.get("/metrics").get_data(as_text=True))
        self.kept["audit"].append(repr(self.site.audit()))
        exported(lambda: self.site.live.parts.store.audit_entries("default"), self.kept)

    @contextmanager
    def without(self, **parts: Any) -> Iterator[None]:
        """Put other parts in place for a while."""
        before = self.site.live.parts
        self.site.live.parts = replace(before, **parts)
        try:
            yield
        finally:
            self.site.live.parts = before


@contextmanager
def staged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, document: Mapping[str, Any] | None = None, **more: Any
) -> Iterator[Stage]:
    """Set up an installation with all real services, the watcher, and an EHR that tells."""
    watcher, kept = Watcher(), Outputs(list)
    real: Sequence[Service] = tuple(plugins.services().values())
    services = {s.id: WitnessedService(s) for s in (watcher, *real)}
    ehr = TellingEhr(Mint(99))
    patience = {name: {"deadline_ms": 10_000} for name in services}
    given = {
        "services": patience,
        "fhir": {"validation": "off"},
        "limits": {"body_bytes": 16_000_000, "entries": 100_000},
        **(document or {}),
    }
    with (
        listening(kept) as printed,
        serve(ehr) as server,
        installed(
            folder,
            service=services["watcher"],
            also=[s for name, s in services.items() if name != "watcher"],
            document=given,
            client={"fhir_origins": [server.url], "requests_per_minute": 100_000},
            monkeypatch=monkeypatch,
            **more,
        ) as site,
    ):
        models = WitnessedModels(site.live.parts.models)
        site.live.parts = replace(site.live.parts, models=models)
        stage = Stage(site, models, services, watcher, ehr, server.url, folder, kept, printed)
        try:
            yield stage
        finally:
            stage.planted(ehr.mint)
