"""Requests in which every place holds a canary: context, prefetch, tokens, headers, extensions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds.hooks.library import Field, definition
from cds.hooks.prefetch import Need
from privacy_canaries.minting import Mint
from privacy_canaries.places import Json, Planter

HEADERS = (
    "User-Agent",
    "Referer",
    "Cookie",
    "X-Request-Id",
    "X-Forwarded-For",
    "Forwarded",
    "Origin",
    "Traceparent",
    "Accept-Language",
    "From",
    "X-Patient-Id",
)
"""Headers that browsers, proxies and clients send beside those that are read."""


@dataclass
class Sender:
    """Makes requests about one patient out of planted resources."""

    planter: Planter
    server: str

    @property
    def mint(self) -> Mint:
        """What makes the canaries."""
        return self.planter.mint

    def request(
        self,
        hook: str,
        needs: Mapping[str, Need],
        resources: Sequence[Json],
        *,
        only: Iterable[str] | None = None,
        **more: Any,
    ) -> Json:
        """Return a request; its prefetch holds the resources, spread over the keys, or `only` some keys."""
        keys = list(needs if only is None else [key for key in needs if key in set(only)])
        made = {
            "hook": hook,
            "hookInstance": self.mint.bare_uuid("hookInstance"),
            "context": self.context(hook, resources),
            "prefetch": {k: self._value(needs[k], resources, n, len(keys)) for n, k in enumerate(keys)},
            "extension": {self.mint.word(): self.mint.string("extension")},
            "unknown": self.mint.string("unknown member"),
            **more,
        }
        return {name: value for name, value in made.items() if value is not None}

    def authorization(self) -> Json:
        """Return the token by which the EHR may be read, with a canary in each member."""
        return {
            "access_token": self.mint.identifier("fhirAuthorization.access_token"),
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": f"patient/*.read {self.mint.word()}",
            "subject": self.mint.identifier("fhirAuthorization.subject"),
            "patient": self.planter.patient,
        }

    def headers(self) -> dict[str, str]:
        """Return headers as browsers and proxies send them, a canary in each."""
        return {name: self.mint.identifier(f"header {name}") for name in HEADERS}

    def context(self, hook: str, resources: Sequence[Json]) -> Json:
        """Return the context of a hook."""
        made: Json = {"note": self.mint.string("context.note")}
        for name, rule in definition(hook).fields.items():
            made[name] = self._field(name, rule, resources)
        if "draftOrders" in made:
            entries = [entry["resource"] for entry in made["draftOrders"]["entry"]]
            made["selections"] = [f"{r['resourceType']}/{r['id']}" for r in entries[:2]]
        return made

    def _field(self, name: str, rule: Field, resources: Sequence[Json]) -> Any:
        if name == "patientId":
            return self.planter.patient
        address = f"ServiceRequest/{self.mint.identifier(f'context.{name}')}"
        simple: Mapping[str, Any] = {
            "user": address.replace("ServiceRequest", "Practitioner"),
            "id": address.partition("/")[2],
            "reference": address,
            "references": [address],
        }
        if rule.shape in simple:
            return simple[rule.shape]
        carried = [self._drafted(kind, resources) for kind in sorted(rule.types)]
        if rule.shape == "resource":
            return carried[0]
        return carried if rule.shape == "resources" else self._bundle(carried)

    def _drafted(self, kind: str, resources: Sequence[Json]) -> Json:
        """Return a draft: one of the resources of this type, or one made for the purpose."""
        base = next((r for r in resources if r["resourceType"] == kind), None)
        return dict(base) if base else self.planter.resource(kind)

    def _value(self, need: Need, resources: Sequence[Json], number: int, count: int) -> Any:
        """Return a prefetch value: all resources of its type, and its share of those of other types."""
        kind = need.query.partition("?")[0].partition("/")[0]
        own = [r for r in resources if r["resourceType"] == kind]
        if "?" not in need.query:
            return own[0] if own else None
        others = [r for n, r in enumerate(resources) if r["resourceType"] != kind and n % count == number]
        return self._bundle([*own, *others])

    def _bundle(self, resources: Sequence[Json]) -> Json:
        """Return a searchset that has canaries in all that a bundle says of its entries."""
        entries = [
            {
                "fullUrl": self.mint.url("Bundle.entry.fullUrl"),
                "resource": resource,
                "search": {"mode": "match", "id": self.mint.identifier("Bundle.entry.search.id")},
            }
            for resource in resources
        ]
        link = [{"relation": "self", "url": self.mint.url("Bundle.link.url")}]
        base = {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entries}
        return self.planter.resource("Bundle", base, deep=1)
