"""The checklist as data: one row for every line that a run passes, fails, warns about or leaves unjudged."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cds.conformance.report import Check, Level

_SECTIONS: Final[Mapping[str, tuple[tuple[str, Level, str], ...]]] = {
    "A": (
        ("A1", "M", "Every body is RFC 8259 JSON, sent as application/json"),
        ("A2", "M", "The base URL is https (plain http on loopback only)"),
        ("A3", "M", "No null, empty string, empty array or empty object in a response"),
        ("A4", "S", "No comments or trailing commas in JSON"),
        ("A5", "M", "A null prefetch value is accepted and not fetched again"),
    ),
    "B": (
        ("B1", "M", "Discovery answers 200 with {services: [...]}, the same each time"),
        ("B2", "S", "No services: 200 with an empty list"),
        ("B3", "M", "Each service has hook, id and description; its id makes the URL"),
        ("B4", "S", "Each service has a title"),
        ("B5", "O", "prefetch maps keys to queries and is not empty; usageRequirements is text"),
        ("B6", "S", "version and hookVersion, where published, are versions"),
        ("B7", "O", "One id on several hooks is routed by id and hook; no pair twice"),
        ("B8", "O", "Discovery may demand a JWT"),
        ("B9", "O", "extension on a service is an object with reverse-DNS names"),
    ),
    "C": (
        ("C1", "M", "Tokens are {{context.field}} or a user id token"),
        ("C2", "M", "Tokens name root-level primitive context fields"),
        ("C3", "M", "Queries stay in the restricted FHIR query subset"),
        ("C4", "STU", "Templates need no 3.0 features (FHIRPath, today(), %key)"),
        ("C5", "M", "Token fields are flagged as prefetch tokens by their hook"),
    ),
    "D": (
        ("D1", "M", "A call without hook, hookInstance (UUID) or context is refused"),
        ("D2", "M", "fhirAuthorization without fhirServer is refused (cds-r-1)"),
        ("D3", "M", "fhirAuthorization lacks no required member; token_type is Bearer"),
        ("D4", "-", "Unknown members and extension do not fail a call"),
        ("D5", "-", "A hook the service is not published for is 400, never another handler"),
        ("D6", "M", "An unknown service id is 404"),
        ("D7", "S", "Calls are answered within about 500 ms"),
        ("D8", "M", "Required data that cannot be had is 412"),
        ("D9", "S", "An OperationOutcome in prefetch is an error, not data"),
        ("D10", "M", "Missing prefetch is read from fhirServer with the bearer token, pages followed"),
        ("D11", "M", "Access tokens are never stored, shared or logged"),
        ("D12", "S", "Error bodies carry an OperationOutcome"),
        ("D13", "S", "A repeated hookInstance is answered like the first"),
        ("D14", "-", "Too large 413, wrong method 405, wrong media type 415"),
    ),
    "E": (
        ("E1", "M", "200 with a cards array"),
        ("E2", "M", "summary is present and shorter than 140 characters"),
        ("E3", "M", "indicator is info, warning or critical"),
        ("E4", "M", "source has a label; its url and icon are absolute; its topic is a Coding"),
        ("E5", "M", "detail is Markdown text with nothing executable from data"),
        ("E6", "O", "Cards have a unique uuid"),
        ("E7", "M", "suggestions come with selectionBehavior at-most-one or any (cds-resp-6)"),
        ("E8", "M", "overrideReasons are Codings with code, system and display (cds-resp-4)"),
        ("E9", "M", "Suggestions have a label; at-most-one recommends at most one (cds-resp-1)"),
        ("E10", "M", "Actions are well formed (cds-resp-2, cds-resp-5)"),
        ("E11", "-", "Several actions of one suggestion make one transaction"),
        ("E12", "STU", "actionSelectionBehavior is valid (cds-resp-7) and sent to 3.0 clients only"),
        ("E13", "M", "Links are well formed; appContext with smart only (cds-resp-3)"),
        ("E14", "M", "systemActions is an array of actions, absent when empty"),
        ("E15", "-", "Updates on order hooks name resources of the request"),
        ("E16", "S", "Nothing to say is 200 with an empty cards array"),
    ),
    "F": (
        ("F1", "O", "Feedback is answered with 200"),
        ("F2", "M", "Malformed feedback and unknown cards are refused (cds-fb-1..3)"),
        ("F3", "M", "Feedback may be repeated, and hold several items"),
        ("F4", "-", "Statistics of accepted, overridden and ignored cards are readable"),
        ("F5", "M", "Feedback is authenticated like the call"),
    ),
    "G": (
        ("G1", "S", "Calls without a valid token are refused"),
        ("G2", "M", "A token without kid is refused"),
        ("G3", "M", "alg none, HS* and forged signatures are refused; ES384 or RS384 accepted"),
        ("G4", "M", "aud, exp, iat and jti are demanded and checked; aud array, nbf and sub accepted"),
        ("G5", "S", "Unknown issuers are refused; an unregistered jku is never fetched"),
        ("G6", "S", "A replayed jti is refused"),
        ("G7", "S", "Every refusal is the same bare 401"),
        ("G8", "-", "An iat up to half a second in the future is accepted"),
        ("G9", "M", "CORS on discovery, call and feedback, and on their errors"),
        ("G10", "S", "Use of data is audited without patient data or tokens"),
    ),
    "H": (
        ("H.patient-view", "M", "Context of patient-view"),
        ("H.order-select", "M", "Context of order-select"),
        ("H.order-sign", "M", "Context of order-sign"),
        ("H.order-dispatch", "M", "Context of order-dispatch"),
        ("H.encounter-start", "M", "Context of encounter-start"),
        ("H.encounter-discharge", "M", "Context of encounter-discharge"),
        ("H.appointment-book", "M", "Context of appointment-book"),
        ("H.allergyintolerance-create", "M", "Context of allergyintolerance-create, bare and wrapped"),
        ("H.problem-list-item-create", "M", "Context of problem-list-item-create"),
        ("H.medication-refill", "M", "Context of medication-refill"),
        ("H.medication-verify", "M", "Context of medication-verify"),
        ("H.deprecated", "-", "No deprecated hook is published"),
        ("H.custom", "-", "Hooks outside the library have reverse-DNS names"),
    ),
    "I": (("I", "S", "Hooks, workflows and degraded modes are documented for people"),),
    "FS": (
        ("FS400", "-", "400 names the field by JSON pointer"),
        ("FS401", "-", "401 says nothing"),
        ("FS403", "-", "403 for a registered client without right to the service"),
        ("FS404", "-", "404 for an unknown service"),
        ("FS405", "-", "405 for a wrong method"),
        ("FS409", "-", "409 is not used"),
        ("FS412", "-", "412 names the missing prefetch key"),
        ("FS413", "-", "413 for a body that is too large"),
        ("FS415", "-", "415 for a wrong media type"),
        ("FS422", "-", "422 is not used"),
        ("FS429", "-", "429 carries Retry-After"),
        ("FS503", "-", "503 carries Retry-After"),
        ("FS-empty", "-", "Never a 200 with an empty list in place of a failure"),
        ("FS-deadline", "-", "A slow EHR does not hold up the answer"),
    ),
    "FM": (
        ("FM1", "-", "404 for an unknown id"),
        ("FM2", "-", "400 for bad JSON"),
        ("FM3", "-", "400 for a wrong hook"),
        ("FM4", "-", "200 with complete prefetch"),
        ("FM5", "-", "412 without prefetch and without fhirServer"),
        ("FM6", "-", "Prefetch fetched openly"),
        ("FM7", "-", "Prefetch fetched with the bearer token, which no other origin sees"),
        ("FM8", "-", "412 when the EHR fails, refuses, times out or sends garbage"),
        ("FM9", "-", "200 with null prefetch where the data is optional"),
        ("FM10", "-", "OperationOutcome in prefetch is an error of that key"),
        ("FM11", "-", "Pages followed inside the same base only, under caps"),
    ),
}

SECTIONS: Final[tuple[str, ...]] = tuple(_SECTIONS)
CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        check_id: Check(id=check_id, level=level, title=title, section=section)
        for section, rows in _SECTIONS.items()
        for check_id, level, title in rows
    }
)
