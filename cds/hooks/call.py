"""From bytes to `Call`: parsed once, checked once, with the offending field named.

Spec: https://cds-hooks.hl7.org/2.0/ (2.0.1), "HTTP Request" and "Passing the Access Token".
Unknown members and `extension` objects are allowed everywhere: real clients send them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from cds.errors import BadRequest, TooLarge
from cds.hooks import contexts

UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_PRINTABLE = re.compile(r"[!-~]{1,16384}\Z")
"""What a URL or a bearer token is written in: nothing that could end a header or a line."""
_KEY = re.compile(r"[A-Za-z0-9_.\-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large a request body may be: bytes, nesting depth, and entries of all its bundles together."""

    body_bytes: int = 4_000_000
    depth: int = 48
    entries: int = 5_000


@dataclass(frozen=True, slots=True)
class FhirAuthorization:
    """The token by which missing data may be read; transient: never stored, logged or shown."""

    access_token: str = field(repr=False)
    expires_in: int = 0
    scope: str = ""
    subject: str = ""
    patient: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One checked service call."""

    hook: str
    hook_instance: str
    context: contexts.Context
    prefetch: Mapping[str, Any] = field(repr=False)
    fhir_server: str = ""
    authorization: FhirAuthorization | None = None
    extension: Mapping[str, Any] = field(default_factory=dict, repr=False)


def parse_json(body: bytes, *, limits: BodyLimits) -> Any:
    """Parse JSON under limits; raise `TooLarge` or `BadRequest` with the byte where it breaks.

    NaN and Infinity are no JSON and are refused by the parser.
    """
    if len(body) > limits.body_bytes:
        raise TooLarge(f"the body is over {limits.body_bytes} bytes; send less or raise limits.body_bytes")
    if _nesting(body, limits.depth) > limits.depth:
        raise TooLarge(f"the body is nested deeper than {limits.depth} levels")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"not JSON: line {error.lineno} column {error.colno}") from None


_NOT_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_OPENING = frozenset(b"{[")


def _nesting(body: bytes, most: int) -> int:
    """Return the nesting depth, or a bound: above it where that is within `most`, else the first one over.

    Brackets inside strings are looked at only where they spoil the balance of the others.
    """
    skeleton = body.translate(None, _NOT_BRACKETS)
    bound = _bound(skeleton, most)
    if bound > most:
        skeleton = _STRINGS.sub(b"", body).translate(None, _NOT_BRACKETS)
        bound = _bound(skeleton, most)
    return bound if bound <= most else _counted(skeleton, most)


def _bound(skeleton: bytes, most: int) -> int:
    """Return an upper bound of the depth of brackets, without a loop over them; over `most` where it is not.

    Innermost pairs are cut away until none are left; each round removes one level or two.
    """
    for rounds in range(most // 2 + 1):
        if not skeleton:
            return 2 * rounds
        before, skeleton = len(skeleton), skeleton.replace(b"{}", b"").replace(b"[]", b"")
        if len(skeleton) == before:
            break
    return most + 1


def _counted(skeleton: bytes, most: int) -> int:
    """Return the exact depth of brackets; counting ends at the first that is deeper than `most`."""
    depth = deepest = 0
    for mark in skeleton:
        depth += 1 if mark in _OPENING else -1
        if depth > deepest:
            deepest = depth
            if deepest > most:
                break
    return deepest


def parse(body: bytes, *, limits: BodyLimits) -> Call:
    """Return the checked call; raise `BadRequest` naming the field or `TooLarge`."""
    data = parse_json(body, limits=limits)
    if not isinstance(data, dict):
        raise BadRequest("the body must be a JSON object", pointer="/")
    hook = _text(data, "hook")
    instance = _text(data, "hookInstance")
    if not UUID.match(instance):
        raise BadRequest("hookInstance must be a UUID", pointer="/hookInstance")
    if "context" not in data:
        raise BadRequest("context is required", pointer="/context")
    context = contexts.check(hook, data["context"])
    prefetch = _object(data, "prefetch")
    entries = _count_entries(prefetch) + len(context.resources)
    if entries > limits.entries:
        raise TooLarge(f"{entries} resources are over the limit of {limits.entries} (limits.entries)")
    server = _server(data)
    return Call(
        hook=hook,
        hook_instance=instance,
        context=context,
        prefetch=prefetch,
        fhir_server=server,
        authorization=_authorization(data, server, context),
        extension=_object(data, "extension"),
    )


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} is required and must be a string", pointer=f"/{name}")
    return value


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be an object", pointer=f"/{name}")
    return value


def _count_entries(prefetch: Mapping[str, Any]) -> int:
    count = 0
    for name, value in prefetch.items():
        # A key that is no plain word is the sender's own text, which errors do not repeat.
        key = name if _KEY.match(name) else "?"
        if value is None:
            continue
        if not isinstance(value, dict):
            raise BadRequest("a prefetch value must be a FHIR resource or null", pointer=f"/prefetch/{key}")
        if not isinstance(value.get("resourceType"), str):
            raise BadRequest(
                "a prefetch value must have a resourceType", pointer=f"/prefetch/{key}/resourceType"
            )
        entry = value.get("entry")
        count += len(entry) if isinstance(entry, list) else 1
    return count


def _server(data: dict[str, Any]) -> str:
    value = data.get("fhirServer")
    if value is None:
        return ""
    if not isinstance(value, str) or not _PRINTABLE.match(value) or not _absolute(value):
        raise BadRequest("fhirServer must be an absolute http(s) URL", pointer="/fhirServer")
    if any(mark in value for mark in "?#@"):
        raise BadRequest("fhirServer must be a base URL without query or credentials", pointer="/fhirServer")
    return value.rstrip("/")


def _absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False  # brackets that are no address, a port that is no number


def _authorization(data: dict[str, Any], server: str, context: contexts.Context) -> FhirAuthorization | None:
    value = data.get("fhirAuthorization")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadRequest("fhirAuthorization must be an object", pointer="/fhirAuthorization")
    if not server:
        raise BadRequest("fhirAuthorization needs fhirServer", pointer="/fhirServer")
    for name in ("access_token", "token_type", "scope", "subject"):
        if not isinstance(value.get(name), str) or not value[name]:
            raise BadRequest(f"{name} is required and must be a string", pointer=f"/fhirAuthorization/{name}")
    if not _PRINTABLE.match(value["access_token"]):
        raise BadRequest("must be a bearer token", pointer="/fhirAuthorization/access_token")
    if value["token_type"] != "Bearer":  # noqa: S105  # the name of a scheme, not a secret
        raise BadRequest("token_type must be Bearer", pointer="/fhirAuthorization/token_type")
    expires = value.get("expires_in")
    if not isinstance(expires, int) or isinstance(expires, bool):
        raise BadRequest("expires_in must be an integer of seconds", pointer="/fhirAuthorization/expires_in")
    patient = value.get("patient")
    if patient is not None and patient != context.patient_id:
        # A token for one patient must never read another's chart into this answer.
        raise BadRequest(
            "patient of the token is not the patient of the context", pointer="/fhirAuthorization/patient"
        )
    return FhirAuthorization(
        access_token=value["access_token"],
        expires_in=expires,
        scope=value["scope"],
        subject=value["subject"],
        patient=patient or "",
    )
