"""Whatever comes in: an answer or a named refusal, never another exception."""

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
import pytest
from hook_calls import LIMITS, MINIMAL, FakeEhr, Left, body, reader
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.errors import CdsError
from cds.hooks import feedback
from cds.hooks.call import BodyLimits, parse, parse_json
from cds.hooks.library import HOOKS
from cds.hooks.prefetch import Need, resolve

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
)
MEMBERS = """resourceType id entry resource fullUrl link relation url reference subject patient contained
focus participant actor issue severity identifier display"""
NAMES = st.sampled_from(MEMBERS.split()) | st.text(max_size=6)
STRINGS = st.sampled_from(
    ["Patient", "Bundle", "OperationOutcome", "Observation", "Patient/p1", "p1", "next"]
)
JSON = st.recursive(
    LEAVES | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=5)
NEEDS = {
    "a": Need("Patient/{{context.patientId}}", required=True),
    "b": Need("Observation?patient={{context.patientId}}&category=laboratory"),
    "c": Need("Encounter/{{context.encounterId}}"),
}


T = TypeVar("T")


def attempt(work: Callable[[], T]) -> tuple[T | None, CdsError | None]:
    """Return what a piece of work gives or which of our errors it raises; any other error fails the test."""
    try:
        return work(), None
    except CdsError as error:
        return None, error


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_parse_of_any_bytes_raises_nothing_but_our_errors(raw: bytes) -> None:
    for reading in (parse, feedback.parse):
        with pytest.raises(CdsError):
            reading(raw, limits=LIMITS)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "hook": st.sampled_from(sorted(HOOKS)) | JSON,
            "hookInstance": st.just(body()["hookInstance"]) | JSON,
            "context": st.sampled_from(list(MINIMAL.values())) | JSON,
            "fhirServer": st.just("https://ehr.example/fhir") | st.text().map("https://".__add__) | JSON,
            "fhirAuthorization": JSON,
            "prefetch": JSON,
            "extension": JSON,
        },
    )
)
def test_parse_of_any_json_raises_nothing_but_our_errors(data: dict[str, Any]) -> None:
    _, error = attempt(lambda: parse(orjson.dumps(data), limits=LIMITS))
    assert error is None or error.status in {400, 413}


@settings(deadline=None)
@given(st.sampled_from(sorted(HOOKS)), OBJECTS, st.data())
def test_a_context_with_anything_in_a_field_is_checked_or_named(
    hook: str, more: Any, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(HOOKS[hook].fields)))
    context = {**MINIMAL[hook], **more, name: data.draw(JSON)}
    made, error = attempt(lambda: parse(orjson.dumps(body(hook, context)), limits=LIMITS))
    if made is not None:
        assert made.context.patient_id == context["patientId"]
    assert error is None or error.status == 400


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), JSON | OBJECTS.map(lambda o: {"resourceType": "Bundle", **o})))
def test_any_prefetch_is_resolved_or_refused_by_name(prefetch: dict[str, Any]) -> None:
    sent = orjson.dumps(body(prefetch=prefetch, fhirServer="https://ehr.example"))
    data, error = attempt(
        lambda: resolve(parse(sent, limits=LIMITS), NEEDS, reader=reader(FakeEhr()), deadline=Left())
    )
    if data is not None:
        assert data.parts["a"].resources
        assert all(r.get("id") == "p1" for _, r in data.resources() if r["resourceType"] == "Patient")
    assert error is None or error.status in {400, 412}


@settings(deadline=None)
@given(st.lists(JSON, max_size=3) | JSON)
def test_any_feedback_is_read_or_refused_by_name(sent: Any) -> None:
    _, error = attempt(lambda: feedback.parse(orjson.dumps({"feedback": sent}), limits=LIMITS))
    assert error is None or error.pointer.startswith("/feedback")


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@settings(deadline=None)
@given(JSON, st.integers(8, 12))
def test_a_body_is_too_deep_exactly_when_it_is(value: Any, limit: int) -> None:
    for _ in range(limit - 2):
        value = [value]
    _, error = attempt(lambda: parse_json(orjson.dumps(value), limits=BodyLimits(depth=limit)))
    assert (error is None) == (depth(value) <= limit)
    assert error is None or error.status == 413
