"""One service in a process of its own: the whole path from a request to its cards."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from fixture_calls import closed, parts_in

from adapters.store_sql import SqlStore
from cds.config.compiled import snapshot
from cds.config.document import load
from cds.parts import Parts
from cds.pipeline import Request, answer
from cds.services.base import Service

Json = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """A process that answers with one service, and what it was configured with."""

    parts: Parts
    document: Json = field(default_factory=dict)

    @property
    def service(self) -> str:
        """The id of the service."""
        [name] = self.parts.services
        return name

    def say(self, request: Mapping[str, Any]) -> list[Json]:
        """Return the cards of a request."""
        url = f"https://cards.example/cds-services/{self.service}"
        asked = Request(self.service, json.dumps(request).encode(), "", url)
        return list(answer(asked, self.parts).body["cards"])

    def configured(self, **members: Any) -> Self:
        """Return the same process with this service configured otherwise."""
        document = {"services": {self.service: members}}
        parts = replace(self.parts, snapshot=snapshot(load(document), revision=2))
        return replace(self, parts=parts, document=document)

    def with_options(self, **options: Any) -> Self:
        """Return the same process with options of this service set."""
        return self.configured(options=options)

    def audit(self) -> list[Json]:
        """Return the bodies of all audit entries."""
        rows = self.parts.store.audit_entries(self.parts.settings.tenant)
        return [json.loads(row.body) for row in rows]

    def again(self, store: SqlStore) -> Self:
        """Return another worker of the same site: its own connection to the same store."""
        return replace(self, parts=replace(self.parts, store=store))


@contextmanager
def site_of(service: Service, folder: Path) -> Iterator[Site]:
    """Lend a process that answers with this service, in a folder."""
    with closed(parts_in(folder, {service.id: service})) as parts:
        yield Site(parts)


def topics(cards: Sequence[Json]) -> list[str]:
    """Return the topics of cards in their order."""
    return [card["source"]["topic"]["code"] for card in cards]


def findings(cards: Sequence[Json]) -> list[Json]:
    """Return the data of all cards."""
    return [row for card in cards for row in card["extension"]["org.clinicards.findings"]]


def gaps(cards: Sequence[Json]) -> dict[str, str]:
    """Return what was not checked, with the reason."""
    return {row["item"]: row["reason"] for row in findings(cards) if row.get("rule") == "not-checked"}
