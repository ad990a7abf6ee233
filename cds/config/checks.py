"""What a document says against what is installed: errors that refuse it, warnings that people should read."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from cds.config.document import ClientConfig, Document, Fault, NotValid, Rollout, ServiceConfig, load
from cds.config.pointer import hint, pointer
from cds.hooks.profiles import profile
from cds.trust.callers import parsed_keys

EXPECTED_MS = 500
"""How long an EHR is expected to wait. Source: CDS Hooks 2.0, https://cds-hooks.hl7.org/2.0/ ("on the order
of 500 ms")."""


class Installed(Protocol):
    """What must be known of an installed service."""

    @property
    def hooks(self) -> tuple[str, ...]:
        """The hooks it answers."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """The default of every option."""
        ...

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        """Return what is wrong with these options."""
        ...


@dataclass(frozen=True, slots=True)
class Review:
    """What was found in a document."""

    errors: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


def admit(data: Any, services: Mapping[str, Installed]) -> tuple[Document, tuple[Fault, ...]]:
    """Return the document and its warnings; raise `NotValid` with every fault."""
    document = load(data)
    found = review(document, services)
    if found.errors:
        raise NotValid(list(found.errors))
    return document, found.warnings


def examine(data: Any, services: Mapping[str, Installed]) -> Review:
    """Return what there is to say about data that may be a document."""
    try:
        return review(load(data), services)
    except NotValid as error:
        return Review(errors=tuple(error.faults))


def review(document: Document, services: Mapping[str, Installed]) -> Review:
    """Return errors and warnings of a document of the right form."""
    errors: list[Fault] = []
    warnings: list[Fault] = []
    for name, config in document.services.items():
        if name in services:
            errors += _service_errors(name, config, services[name])
            warnings += _service_warnings(name, config)
        else:
            errors.append(
                Fault(pointer("services", name), f"no such service is installed; {hint(name, services)}")
            )
    for at, client in enumerate(document.clients):
        errors += _client_errors(at, client, services)
        warnings += _client_warnings(at, client)
    warnings += _shadowed(document.clients)
    return Review(tuple(errors), tuple(warnings))


def _service_errors(id: str, config: ServiceConfig, service: Installed) -> Iterator[Fault]:
    for at, hook in enumerate(config.hooks or ()):
        if hook not in service.hooks:
            yield Fault(
                pointer("services", id, "hooks", at),
                f"{id} does not answer the hook {hook!r}; {hint(hook, service.hooks)}",
            )
    unknown = config.options.keys() - service.options.keys()
    for name in sorted(unknown):
        yield Fault(
            pointer("services", id, "options", name), f"unknown option; {hint(name, service.options)}"
        )
    known = {name: value for name, value in config.options.items() if name not in unknown}
    for line in _option_faults(service, {**service.options, **known}):
        yield Fault(_option_place(id, line, service.options), line)


def _option_faults(service: Installed, options: Mapping[str, Any]) -> Sequence[str]:
    try:
        return service.check_options(options)
    except Exception as error:  # noqa: BLE001 - a plugin's code: what it cannot even read must not be published
        return [f"the service cannot read these options ({type(error).__name__}): check their kinds"]


def _option_place(id: str, line: str, names: Iterable[str]) -> str:
    """Return the place of the option that a line names first as a word, or of all options."""
    found = [(hit.start(), name) for name in names if (hit := re.search(_word(name), line))]
    return pointer("services", id, "options", *([min(found)[1]] if found else []))


def _word(name: str) -> str:
    return rf"(?<![\w-]){re.escape(name)}(?![\w-])"


def _service_warnings(id: str, config: ServiceConfig) -> Iterator[Fault]:
    if config.enabled and config.switched_off:
        yield Fault(pointer("services", id, "switched_off"), "the kill switch is on: nothing is checked")
    if config.deadline_ms > EXPECTED_MS:
        yield Fault(
            pointer("services", id, "deadline_ms"), f"EHRs expect an answer within about {EXPECTED_MS} ms"
        )
    for name, message in _rollout_warnings(config.rollout):
        yield Fault(pointer("services", id, "rollout", name), message)


def _rollout_warnings(rollout: Rollout) -> Iterator[tuple[str, str]]:
    if rollout.mode == "users" and not rollout.users:
        yield "users", "nobody is named: no one sees its cards"
    if rollout.mode != "users" and rollout.users:
        yield "users", f"not used while the mode is {rollout.mode!r}; set it to 'users'"
    if rollout.mode == "percent" and rollout.percent == 0:
        yield "percent", "of nobody: no one sees its cards"
    if rollout.mode != "percent" and rollout.percent != Rollout().percent:
        yield "percent", f"not used while the mode is {rollout.mode!r}; set it to 'percent'"


def _client_errors(at: int, client: ClientConfig, services: Mapping[str, Installed]) -> Iterator[Fault]:
    for n, service in enumerate(client.services):
        if service not in services:
            where = pointer("clients", at, "services", n)
            yield Fault(where, f"no such service is installed; {hint(service, services)}")
    if client.jwks is not None and not parsed_keys(client.jwks, client.algorithms):
        yield Fault(
            pointer("clients", at, "jwks"),
            f"none of its keys can be used with {', '.join(client.algorithms)}; "
            "register the algorithm, or the right keys",
        )
    for name, place_in, url in _urls(client):
        if "@" in urlsplit(url).netloc:
            yield Fault(_url_place(at, name, place_in), "must hold no user name or password")
    for name in ("cors_origins", "link_origins"):
        for n, url in enumerate(getattr(client, name)):
            if url != _origin(url):
                yield Fault(
                    _url_place(at, name, n),
                    f"must be an origin as a browser sends it, without path or final slash: {_origin(url)}",
                )


def _urls(client: ClientConfig) -> Iterator[tuple[str, int | None, str]]:
    for name in ("fhir_origins", "cors_origins", "link_origins"):
        yield from ((name, n, url) for n, url in enumerate(getattr(client, name)))
    yield "jwks_url", None, client.jwks_url
    if client.smart_backend:
        yield "smart_backend", None, client.smart_backend.token_url


def _url_place(at: int, name: str, n: int | None) -> str:
    return pointer("clients", at, name, *([] if n is None else [n]))


def _origin(url: str) -> str:
    """Return scheme, host in lower case, and the port where it is not the scheme's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    try:
        port = parts.port
    except ValueError:
        port = None
    return f"{parts.scheme}://{host}{f':{port}' if port and port != usual else ''}"


def _client_warnings(at: int, client: ClientConfig) -> Iterator[Fault]:
    if not client.cors_origins:
        yield Fault(
            pointer("clients", at, "cors_origins"), "none: an EHR that calls from a browser will be refused"
        )
    if not client.fhir_origins:
        yield Fault(
            pointer("clients", at, "fhir_origins"), "none: only what the EHR sends as prefetch can be read"
        )
    for name, n, url in _urls(client):
        if url.startswith("http:"):
            yield Fault(_url_place(at, name, n), "plain http on loopback: for trying out only")
    issuer = profile(client.profile).token.issuer
    if issuer and client.issuer != issuer:
        place = pointer("clients", at, "issuer")
        yield Fault(place, f"an EHR of the profile {client.profile} signs as {issuer}")


def _shadowed(clients: Sequence[ClientConfig]) -> Iterator[Fault]:
    """Name clients that no token can reach, because an earlier one takes every token of theirs."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for at, client in enumerate(clients):
        mark = (client.issuer, tuple(sorted(client.audiences)))
        if client.enabled and mark in seen:
            yield Fault(
                pointer("clients", at),
                "an earlier client takes every token of this issuer; tell them apart by tenants or audiences",
            )
        if client.enabled and not client.tenants:
            seen.add(mark)
