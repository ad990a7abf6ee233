"""The kit passes a service that is right, and names the line that each wrong service breaks."""

import json
from functools import cache
from typing import Any

import jwt
import pytest
from conformance_stub import ORIGIN, Stub
from conformance_stub_cards import BODY_DEFECTS, CARD_DEFECTS, DISCOVERY_DEFECTS
from conformance_stub_trust import ISSUER
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from cds.conformance.report import Report, exit_code
from cds.conformance.subject import Options
from cds.conformance.suite import run
from cds.conformance.tokens import Credentials

CARDS = {
    "summary-of-140": "E2",
    "no-summary": "E2",
    "hard-stop": "E3",
    "no-source-label": "E4",
    "relative-source-url": "E4",
    "topic-without-code": "E4",
    "no-card-uuid": "E6",
    "script-in-detail": "E5",
    "detail-is-object": "E5",
    "no-selection-behaviour": "E7",
    "old-selection-behaviour": "E7",
    "two-recommended": "E9",
    "suggestion-without-label": "E9",
    "recommended-as-text": "E9",
    "empty-actions": "E10",
    "action-without-description": "E10",
    "action-type-replace": "E10",
    "create-without-resource": "E10",
    "delete-with-resource": "E10",
    "delete-without-id": "E10",
    "update-of-foreign-order": "E15",
    "unknown-action-behaviour": "E12",
    "action-behaviour-unasked": "E12",
    "reason-without-display": "A3",
    "reason-display-absent": "E8",
    "reasons-as-object": "E8",
    "app-context-on-absolute": "E13",
    "link-without-type": "E13",
    "relative-link": "E13",
    "misspelt-autolaunch": "E13",
    "empty-arrays": "A3",
    "null-member": "A3",
    "empty-string": "A3",
    "null-in-extension": "A3",
    "null-in-resource": "A3",
    "no-cards-array": "E1",
    "cards-as-object": "E1",
    "empty-system-actions": "E14",
    "system-action-without-type": "E14",
    "one-uuid-for-all": "E6",
    "raw-html-in-detail": "E5",
    "204-for-nothing": "E16",
    "text-html": "A1",
    "trailing-comma": "A4",
}
DISCOVERY = {
    "services-as-object": "B1",
    "unstable-discovery": "B1",
    "no-description": "B3",
    "no-title": "B4",
    "empty-prefetch": "B5",
    "version-is-no-version": "B6",
    "same-pair-twice": "B7",
    "routes-by-id": "B7",
    "extension-as-text": "B9",
    "single-braces": "C1",
    "unknown-token": "C1",
    "token-below-root": "C2",
    "illegal-include": "C3",
    "illegal-modifier": "C3",
    "illegal-date-prefix": "C3",
    "absolute-template": "C3",
    "fhirpath-template": "C4",
    "token-not-flagged": "C5",
}
CALLS = {
    "200-on-unknown-id": "D6",
    "200-on-wrong-hook": "D5",
    "200-on-bad-json": "FM2",
    "no-validation": "D1",
    "grant-without-server": "D2",
    "any-grant": "D3",
    "refuses-extension": "D4",
    "409-on-repeat": "D13",
    "html-errors": "A1",
    "any-method": "FS405",
    "any-media-type": "FS415",
    "no-size-limit": "FS413",
    "uses-422": "FS422",
}
FEEDBACK = {
    "feedback-500": "F1",
    "any-feedback": "F2",
    "unknown-card-ok": "F2",
    "feedback-once": "F3",
    "one-feedback-a-call": "F3",
    "open-feedback": "F5",
}
SECURITY = {
    "no-authentication": "G1",
    "token-optional": "G1",
    "accepts-missing-kid": "G2",
    "accepts-alg-none": "G3",
    "accepts-key-confusion": "G3",
    "ignores-signature": "G3",
    "accepts-expired": "G4",
    "accepts-any-aud": "G4",
    "jti-not-required": "G4",
    "refuses-aud-array": "G4",
    "accepts-any-issuer": "G5",
    "accepts-any-jku": "G5",
    "fetches-jku": "G5",
    "accepts-replays": "G6",
    "says-why-401": "G7",
    "403-for-401": "G7",
    "no-leeway": "G8",
    "no-cors": "G9",
    "no-cors-on-errors": "G9",
    "no-cors-on-feedback": "G9",
    "cors-without-authorization": "G9",
}
CONTEXTS = {
    "missing-context-ok": "H.order-select",
    "any-type": "H.order-dispatch",
    "any-user": "H.patient-view",
    "refuses-wrapped-allergy": "H.allergyintolerance-create",
    "strict-drafts": "H.order-sign",
    "encounter-required": "H.patient-view",
    "invented-hook": "H.custom",
    "deprecated-hook": "H.deprecated",
    "400-names-nothing": "FS400",
}
MATRIX = {
    "empty-list-on-missing-data": "D8",
    "crash-on-missing-data": "FM5",
    "503-without-retry-after": "FS503",
    "412-names-nothing": "FS412",
    "outcome-as-data": "D9",
    "refuses-null": "A5",
    "refetches-null": "A5",
    "fetches-without-token": "FM7",
    "sends-own-token": "FM6",
    "ignores-pages": "D10",
    "follows-foreign-pages": "FM7",
    "reads-endless-pages": "FM11",
    "waits-for-ehr": "FS-deadline",
}
ALSO = {
    ("empty-list-on-missing-data", "FS-empty", "FM"),
    ("empty-list-on-missing-data", "FM8", "FM"),
    ("refuses-null", "FM9", "FM"),
    ("outcome-as-data", "FM10", "FM"),
    ("200-on-unknown-id", "FM1", "D"),
    ("200-on-wrong-hook", "FM3", "D"),
    ("html-errors", "D12", "D"),
    ("any-method", "D14", "D"),
    ("says-why-401", "FS401", "G"),
    ("409-on-repeat", "FS409", "D"),
    ("accepts-any-issuer", "G5", "G"),
}
GROUPS = (
    ("E", CARDS),
    ("B", DISCOVERY),
    ("D", CALLS),
    ("F", FEEDBACK),
    ("G", SECURITY),
    ("H", CONTEXTS),
    ("FM", MATRIX),
)
CASES = sorted({(d, check, section) for section, table in GROUPS for d, check in table.items()} | ALSO)
# Breaches of a MUST line that only warn, because the text leaves room.
SOFT = frozenset({"unknown-card-ok", "misspelt-autolaunch", "any-user"})
# These wait for the clock or for a time-out.
SLOW = frozenset({"waits-for-ehr", "reads-endless-pages", "slow"})


def private_jwk(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, algorithm: str) -> dict[str, str]:
    kind = jwt.algorithms.ECAlgorithm if algorithm.startswith("ES") else jwt.algorithms.RSAAlgorithm
    return json.loads(kind.to_jwk(key)) | {"kid": "kit-1", "alg": algorithm}


def public(jwk: dict[str, str]) -> dict[str, str]:
    return {name: jwk[name] for name in jwk if name in {"kty", "crv", "x", "y", "n", "e", "kid", "alg"}}


KEY = private_jwk(ec.generate_private_key(ec.SECP384R1()), "ES384")


@cache
def checked_once(defect: str, section: str) -> Report:
    return checked(defect, sections=frozenset({section}))


def checked(*defects: str, jwk: dict[str, str] | None = None, **options: Any) -> Report:
    key = jwk or KEY
    with Stub(public(key), frozenset(defects)) as stub:
        who = Credentials(issuer=ISSUER, key=key)
        return run(stub.base, credentials=who, options=Options(origin=ORIGIN, **options))


@pytest.fixture(scope="module")
def clean() -> Report:
    return checked()


def test_a_right_service_breaks_no_line(clean: Report) -> None:
    """A service that keeps every line has neither failures nor warnings."""
    broken = [(r.check.id, r.reason) for r in clean.results if r.outcome in {"fail", "warn"}]
    assert broken == []
    assert exit_code(clean) == 0


def test_a_right_service_is_judged_on_nearly_every_line(clean: Report) -> None:
    """Only the lines that cannot be seen from outside, or had no occasion, are left unjudged."""
    left = {result.check.id for result in clean.results if result.outcome == "not-run"}
    assert left == {
        "B2",
        "B9",
        "D11",
        "E11",
        "E12",
        "F4",
        "FS403",
        "FS429",
        "FS503",
        "G10",
        "H.custom",
        "I",
    }


def test_a_run_stays_inside_its_time_and_request_budget(clean: Report) -> None:
    """A local service is checked in less than half a minute and 400 requests."""
    assert clean.seconds < 30
    assert clean.requests <= 400


@pytest.mark.slow
def test_rs384_serves_as_well_as_es384() -> None:
    """A client with an RSA key is let in, and the confusion with its public key is tried."""
    jwk = private_jwk(rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS384")
    assert checked(sections=frozenset({"D"}), jwk=jwk).result("FM4").outcome == "pass"
    confused = checked("accepts-key-confusion", sections=frozenset({"G"}), jwk=jwk)
    assert confused.result("G3").outcome == "fail"


@pytest.mark.parametrize(
    ("defect", "line", "section"),
    [
        pytest.param(*case, id=f"{case[0]}-{case[1]}", marks=pytest.mark.slow if case[0] in SLOW else ())
        for case in CASES
    ],
)
def test_each_defect_is_caught_by_its_line(defect: str, line: str, section: str) -> None:
    """The line that a defect breaks fails or warns, with the status, the place and a short excerpt."""
    report = checked_once(defect, section)
    result = report.result(line)
    must = result.check.level == "M" and defect not in SOFT
    assert result.outcome in ({"fail"} if must else {"fail", "warn"})
    assert exit_code(report) == 1 or not must
    assert result.reason
    assert result.evidence
    assert all(len(item.excerpt) <= 200 for item in result.evidence)


def test_every_switch_of_the_stub_is_a_case() -> None:
    """No defect of cards, bodies or discovery goes untried."""
    tried = {defect for defect, _, _ in CASES}
    assert {*CARD_DEFECTS, *BODY_DEFECTS, *DISCOVERY_DEFECTS} <= tried
    assert len(tried) >= 40


@pytest.mark.slow
def test_a_slow_service_is_warned_about() -> None:
    """Calls that take longer than half a second are told."""
    report = checked("slow", sections=frozenset({"D"}), services=("stub-problems",), request_cap=8)
    assert report.result("D7").outcome == "warn"
