"""A configuration document made ready for calls: clients parsed, everything looked up once."""

from dataclasses import dataclass, field

from cds.config.document import ClientConfig, Document, ServiceConfig
from cds.hooks.call import BodyLimits
from cds.hooks.profiles import profile
from cds.trust.callers import Client, Registry, parsed_keys

_DEFAULT_SERVICE = ServiceConfig()


@dataclass(frozen=True)
class Snapshot:
    """One revision, ready: what requests see, swapped as a whole."""

    revision: int
    document: Document
    registry: Registry = field(repr=False)
    limits: BodyLimits
    cors_origins: frozenset[str]

    def service(self, service_id: str) -> ServiceConfig:
        """Return a service's configuration, its defaults where the document says nothing."""
        return self.document.services.get(service_id, _DEFAULT_SERVICE)

    def fhir_origins(self) -> tuple[str, ...]:
        """Return every FHIR origin registered with any client."""
        return tuple(dict.fromkeys(o for c in self.registry.clients for o in c.fhir_origins))


def snapshot(document: Document, *, revision: int) -> Snapshot:
    """Return the snapshot of a document."""
    registry = Registry(tuple(_client(c) for c in document.clients if c.enabled))
    limits = document.limits
    return Snapshot(
        revision=revision,
        document=document,
        registry=registry,
        limits=BodyLimits(limits.body_bytes, limits.depth, limits.entries),
        cors_origins=registry.cors_origins(),
    )


def _client(row: ClientConfig) -> Client:
    rules = profile(row.profile).token
    return Client(
        id=row.id,
        issuer=row.issuer,
        algorithms=tuple(row.algorithms),
        audiences=row.audiences,
        tenants=row.tenants,
        services=row.services,
        fhir_origins=row.fhir_origins,
        fhir_inside=row.fhir_inside,
        cors_origins=row.cors_origins,
        link_origins=frozenset(row.link_origins),
        profile=row.profile,
        cds_hooks=row.cds_hooks,
        jwks_url=row.jwks_url,
        static_keys=parsed_keys(row.jwks, row.algorithms),
        backend=row.smart_backend,
        requests_per_minute=row.requests_per_minute,
        leeway=rules.leeway,
        max_life=rules.max_life,
        jku_prefixes=rules.jku_prefixes,
    )
