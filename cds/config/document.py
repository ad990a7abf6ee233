"""The configuration document: what it may hold, and what is said where it does not fit.

It holds no secret, only references (`env:NAME`, `file:PATH`). Unknown keys are errors with the nearest known
key. What a process needs to start (bind, store, keys) is in the settings file, not here.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from cds.hooks.profiles import names as profile_names

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that are secret (RFC 7518, sections 6.2.2, 6.3.2 and 6.4)."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=20_000)


class Rollout(_Part):
    """Who sees a service's cards. `silent` computes and records, and shows nothing."""

    mode: Literal["live", "silent", "users", "percent", "off"] = "live"
    users: tuple[str, ...] = ()
    percent: int = Field(default=100, ge=0, le=100)


class ServiceConfig(_Part):
    """One service at this site."""

    enabled: bool = True
    switched_off: bool = Field(default=False, description="kill switch: one card that nothing was checked")
    hooks: tuple[str, ...] | None = None
    rollout: Rollout = Rollout()
    deadline_ms: int = Field(default=450, ge=50, le=10_000)
    max_cards: int = Field(default=3, ge=1, le=20)
    no_repeat: Literal["off", "non-critical", "all"] = Field(
        default="off", description="what was said at order-select is left out at order-sign while unchanged"
    )
    title: str = ""
    description: str = ""
    options: dict[str, Any] = Field(default_factory=dict)


class SmartBackendConfig(_Part):
    """How we authenticate to a client's FHIR server as a SMART backend service."""

    client_id: str
    token_url: str = ""
    key_ref: str = Field(description="env:NAME or file:PATH of a private JWK")
    algorithm: Literal["ES384", "RS384"] = "ES384"
    scopes: tuple[str, ...] = ("system/*.rs",)

    @field_validator("key_ref")
    @classmethod
    def _reference(cls, value: str) -> str:
        if not value.startswith(("env:", "file:")):
            raise ValueError("must be a reference: env:NAME or file:PATH, never the key itself")
        return value


class ClientConfig(_Part):
    """One registered EHR: who it is, what it may do, where its data lie, how it speaks."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,63}$")
    issuer: str = Field(min_length=1)
    jwks: dict[str, Any] | None = None
    jwks_url: str = ""
    algorithms: tuple[Literal["ES384", "RS384", "ES256", "RS256", "EdDSA"], ...] = ("ES384", "RS384")
    audiences: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    fhir_origins: tuple[str, ...] = ()
    fhir_inside: bool = Field(default=False, description="whether its FHIR servers stand in our own network")
    cors_origins: tuple[str, ...] = ()
    link_origins: tuple[str, ...] = ()
    profile: str = "generic"
    cds_hooks: Literal["2.0", "3.0"] = "2.0"
    enabled: bool = True
    smart_backend: SmartBackendConfig | None = None
    requests_per_minute: int = Field(default=6_000, ge=1)

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str) -> str:
        if value not in profile_names():
            raise ValueError(f"no such EHR profile; known: {', '.join(profile_names())}")
        return value

    @field_validator("jwks")
    @classmethod
    def _public(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        keys = [] if value is None else value.get("keys")
        if not isinstance(keys, list) or (value is not None and not keys):
            raise ValueError('must be a JSON Web Key Set: {"keys": [...]}')
        for key in keys:
            public = isinstance(key, dict) and key.get("kty") in {"EC", "RSA", "OKP"}
            if not public or _PRIVATE & key.keys():
                raise ValueError("holds a key that is not a public EC, RSA or OKP key")
        return value

    @field_validator("fhir_origins", "cors_origins", "link_origins")
    @classmethod
    def _urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError("must be absolute http(s) URLs")
            if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
                raise ValueError("plain http only on loopback")
        return value

    @model_validator(mode="after")
    def _one_key_source(self) -> "ClientConfig":
        if (self.jwks is None) == (not self.jwks_url):
            raise ValueError("give either jwks or jwks_url")
        if self.jwks_url and not self.jwks_url.startswith("https://"):
            raise ValueError("jwks_url must be https")
        return self


class Limits(_Part):
    """What one call may cost."""

    body_bytes: int = Field(default=4_000_000, ge=1_000, le=100_000_000)
    depth: int = Field(default=48, ge=8, le=200)
    entries: int = Field(default=5_000, ge=10, le=100_000)
    ehr_pages: int = Field(default=10, ge=1, le=100)
    ehr_bytes: int = Field(default=8_000_000, ge=10_000, le=200_000_000)
    note_characters: int = Field(
        default=20_000, ge=0, le=200_000, description="how much of the notes is read, the newest first"
    )


class Privacy(_Part):
    """What is kept how long (days); a shorter time holds for what is kept already."""

    keep_cards_days: int = Field(default=400, ge=1, le=4_000)
    keep_sealed_days: int = Field(default=30, ge=0, le=4_000)
    keep_comments_days: int = Field(default=400, ge=0, le=4_000)
    keep_pseudonyms: bool = Field(
        default=False, description="whether what pseudonyms stand for is kept, sealed, when data leave"
    )
    keep_pseudonyms_days: int = Field(default=30, ge=1, le=4_000)
    keep_reidentifications_days: int = Field(default=2_200, ge=30, le=8_000)

    @property
    def days(self) -> Mapping[str, float]:
        """How long what is kept of each purpose is kept: cards sent, and sealed records by their purpose."""
        return {
            "cards": self.keep_cards_days,
            "answer": self.keep_sealed_days,
            "feedback": self.keep_comments_days,
            "feedback-reason": self.keep_comments_days,
            "pseudonyms": self.keep_pseudonyms_days if self.keep_pseudonyms else 0,
            "re-identification": self.keep_reidentifications_days,
        }


class FhirConfig(_Part):
    """How strictly incoming FHIR is validated, and what becomes of what is not valid."""

    validation: Literal["off", "used", "all"] = "used"
    on_invalid: Literal["leave-out", "refuse"] = "leave-out"


class Texts(_Part):
    """Words a site may change."""

    source_label: str = Field(default="clinicards", min_length=1, max_length=60)
    switched_off: str = Field(
        default="Switched off by your organisation: nothing was checked", max_length=139
    )


class Document(_Part):
    """The whole configuration of a tenant."""

    services: dict[str, ServiceConfig] = Field(default_factory=dict)
    clients: tuple[ClientConfig, ...] = ()
    limits: Limits = Limits()
    privacy: Privacy = Privacy()
    fhir: FhirConfig = FhirConfig()
    texts: Texts = Texts()

    @model_validator(mode="after")
    def _unique_clients(self) -> "Document":
        seen: set[str] = set()
        for client in self.clients:
            if client.id in seen:
                raise ValueError(f"two clients have the id {client.id}")
            seen.add(client.id)
        return self


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a document."""

    pointer: str
    message: str


class NotValid(Exception):
    """A document does not fit; `faults` names every place."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{f.pointer}: {f.message}" for f in faults))
        self.faults = faults


def load(data: Any) -> Document:
    """Return the validated document; raise `NotValid` with every fault, pointers and nearest known keys."""
    try:
        return Document.model_validate(data)
    except ValidationError as error:
        raise NotValid(list(_faults(error))) from None


def dump(document: Document) -> dict[str, Any]:
    """Return the document as JSON data with every default written out."""
    return document.model_dump(mode="json")


def _faults(error: ValidationError) -> Iterator[Fault]:
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        pointer = "".join(f"/{str(p).replace('~', '~0').replace('/', '~1')}" for p in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = _unknown(item["loc"])
        yield Fault(pointer or "/", message)


def _unknown(place: tuple[int | str, ...]) -> str:
    known = _keys(place[:-1])
    near = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known))}"
    return f"unknown key{hint}"


def _keys(place: tuple[int | str, ...]) -> list[str]:
    """Return the keys an object at this place may have."""
    kind: Any = Document
    for part in place:
        kind = _CHILDREN.get((kind, "*")) or _CHILDREN.get((kind, str(part))) or kind
    return list(kind.model_fields)


_CHILDREN: Mapping[tuple[Any, str], Any] = {
    (Document, "services"): (services := "services"),
    (services, "*"): ServiceConfig,
    (ServiceConfig, "rollout"): Rollout,
    (Document, "clients"): (clients := "clients"),
    (clients, "*"): ClientConfig,
    (ClientConfig, "smart_backend"): SmartBackendConfig,
    (Document, "limits"): Limits,
    (Document, "privacy"): Privacy,
    (Document, "fhir"): FhirConfig,
    (Document, "texts"): Texts,
}
