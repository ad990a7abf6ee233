"""Whatever comes in: nothing crashes, nothing that names anybody comes out, what came out stays as it is."""

import json

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st
from leaving_garbage import CANARY, GARBAGE, LEAF, RESOURCE
from leaving_world import PATIENT, leaks, left, policy, scrub, told

from cds.privacy.leaving import Stream

PROFILES = st.sampled_from(["safe_harbor", "limited"])
MORE = st.sampled_from([{"texts": "drop"}, {}, {"narrative": "clean", "zip3": True}])


@settings(max_examples=200, deadline=None)
@given(st.lists(GARBAGE, max_size=3), PROFILES, MORE)
def test_garbage_neither_crashes_nor_leaks(found, profile, more):
    out = left(PATIENT, *found, profile=profile, **more)
    assert leaks(told(out)) == []
    assert len(out.resources) + len([r for r in out.refused if r.index]) >= 1


@settings(max_examples=80, deadline=None)
@given(st.lists(GARBAGE, max_size=4), PROFILES)
def test_garbage_in_envelopes_neither_crashes_nor_leaks(found, profile):
    entries = [{"fullUrl": "urn:uuid:1", "resource": r} for r in [PATIENT, *found]]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [*entries, *found]}
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "Zerquist", "resource": bundle}, *found],
    }
    out = left(parameters, profile=profile)
    assert leaks(told(out)) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(RESOURCE, max_size=4), PROFILES)
@example([{"resourceType": "Observation", "code": ["Zerquist"]}], "safe_harbor")
def test_garbage_in_a_stream_neither_crashes_nor_leaks(found, profile):
    lines = [orjson.dumps(r) for r in (PATIENT, *found) if _is_json(r)]
    with Stream(policy(profile), scrub=scrub) as stream:
        for line in lines:
            for made in stream.transformed([line]):
                # A line knows its patient by name only where it says whose it is.
                subject = orjson.loads(line).get("resourceType") == "Patient"
                assert not subject or leaks(orjson.loads(made)) == []
        assert leaks(stream.manifest().as_dict()) == []


def _is_json(value):
    try:
        orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):
        return False
    return True


@settings(max_examples=120, deadline=None)
@given(st.lists(GARBAGE, max_size=3))
@example(
    [{"resourceType": "DiagnosticReport", "presentedForm": {"contentType": "final", "url": "wilhelmina"}}]
)
def test_safe_harbor_changes_nothing_the_second_time_but_tokens_and_labels(found):
    """A year stays that year, a mark stays that mark; tokens are another run's."""
    once = left(PATIENT, *found)
    twice = left(*once.resources)
    assert [_bare(r) for r in twice.resources] == [_bare(r) for r in once.resources]


_TOKENS = frozenset(
    {"id", "reference", "fullUrl", "url", "uid", "meta", "identifier", "linkId", "question", "name"}
)


def _bare(value):
    """Return a value without tokens and labels, and without the marks beside what was lost."""
    if isinstance(value, dict):
        return {n: _bare(v) for n, v in value.items() if n not in _TOKENS}
    return [_bare(v) for v in value] if isinstance(value, list) else value


@settings(max_examples=60, deadline=None)
@given(st.lists(GARBAGE, max_size=3), PROFILES)
def test_what_came_in_is_not_changed(found, profile):
    before = json.dumps([PATIENT, found], default=str)
    left(PATIENT, *found, profile=profile)
    assert json.dumps([PATIENT, found], default=str) == before


@settings(max_examples=60, deadline=None)
@given(LEAF, CANARY)
def test_any_policy_of_texts_gives_words_or_nothing(leaf, canary):
    resource = {"resourceType": "Observation", "valueString": leaf, "note": [{"text": canary}]}
    made = left(PATIENT, resource).resources[1]
    assert isinstance(made.get("valueString", ""), str)
    assert leaks(made) == []
