"""Streams: a line in, a line out, names read so far, memory that does not grow, faults by their line."""

import resource as limits

import orjson
import pytest
from leaving_world import PATIENT, leaks, left, policy, scrub

from cds.errors import BadRequest
from cds.privacy.leaving import Stream

NOTE = {
    "resourceType": "Observation",
    "subject": {"reference": "Patient/pat-ZQ-4471"},
    "performer": [{"reference": "https://ehr.example/Practitioner/dr/_history/2"}],
    "valueString": "Wilhelmina saw Quillfeather",
}
DOCTOR = {"resourceType": "Practitioner", "id": "dr", "name": [{"family": "Quillfeather"}]}


def lines(*resources):
    return [orjson.dumps(r) + b"\n" for r in resources]


def streamed(*resources, profile="safe_harbor", first=()):
    with Stream(policy(profile), scrub=scrub) as stream:
        stream.learn(lines(*first))
        return [orjson.loads(line) for line in stream.transformed(lines(*resources))], stream


def test_a_text_knows_the_names_that_came_before_it():
    made, _ = streamed(PATIENT, DOCTOR, NOTE)
    assert made[2]["valueString"] == "[NAME] saw [NAME]"


def test_names_that_come_later_can_be_read_first():
    made, _ = streamed(NOTE, first=(PATIENT, DOCTOR))
    assert made[0]["valueString"] == "[NAME] saw [NAME]"
    assert streamed(NOTE)[0][0]["valueString"] == "Wilhelmina saw Quillfeather"


def test_a_relatives_name_belongs_to_the_patient():
    relative = {
        "resourceType": "RelatedPerson",
        "id": "r",
        "patient": {"reference": "Patient/pat-ZQ-4471"},
        "name": [{"family": "Quillfeather"}],
    }
    made, _ = streamed({**NOTE, "performer": []}, first=(PATIENT, relative))
    assert made[0]["valueString"] == "[NAME] saw [NAME]"


@pytest.mark.parametrize("profile", ["limited"])
def test_lines_and_the_library_agree(profile):
    condition = {"resourceType": "Condition", "subject": NOTE["subject"], "onsetDateTime": "2020-01-05"}
    made, _ = streamed(PATIENT, DOCTOR, NOTE, condition, profile=profile)
    assert made == list(left(PATIENT, DOCTOR, NOTE, condition, profile=profile).resources)


def test_a_bundle_on_a_line_is_transformed_whole_and_says_nothing_to_the_next():
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": NOTE}, {"resource": PATIENT}],
    }
    made, _ = streamed(bundle, NOTE)
    assert made[0]["entry"][0]["resource"]["valueString"] == "[NAME] saw Quillfeather"
    assert made[1]["valueString"] == "Wilhelmina saw Quillfeather"


def test_refused_lines_are_named_by_number_and_not_written():
    bad = {"resourceType": "Observation", "id": "Zerquist", "modifierExtension": [{}]}
    made, stream = streamed(PATIENT, bad, {"resourceType": "Zerquist"}, NOTE)
    assert len(made) == stream.written == 2
    assert [(r.index, r.kind) for r in stream.refusals] == [
        (2, "Observation"),
        (3, "resource of an unknown type"),
    ]


@pytest.mark.parametrize("line", [b'{"a": Zerquist}', b"[1]", b'"Zerquist"', b"\xff{}", b'{"a":'])
def test_a_line_that_cannot_be_read_is_named_and_not_shown(line):
    with Stream(policy(), scrub=scrub) as stream, pytest.raises(BadRequest) as fault:
        list(stream.transformed([*lines(PATIENT), b"\n", line]))
    assert "line 3" in str(fault.value)
    assert leaks(str(fault.value)) == []


def test_memory_does_not_grow_with_the_lines():
    """Twenty thousand lines of two thousand patients, and what is held stays within some megabytes."""

    def many(count):
        for n in range(count):
            yield orjson.dumps(
                {
                    "resourceType": "Observation",
                    "id": f"o{n}",
                    "subject": {"reference": f"Patient/p{n % 2000}"},
                    "effectiveDateTime": "2024-01-05",
                    "valueString": f"word {n}",
                }
            )

    with Stream(policy("limited"), scrub=scrub) as stream:
        for _ in stream.transformed(many(10_000)):
            pass
        before = limits.getrusage(limits.RUSAGE_SELF).ru_maxrss
        for _ in stream.transformed(many(10_000)):
            pass
        assert limits.getrusage(limits.RUSAGE_SELF).ru_maxrss - before < 16_000
