"""What holds for every point score, whatever the patient: its span, its bands, its direction, its gaps."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scores.definition import InputSpec, load
from models.scores.engine import compute

SPANS = {
    "4ts": (0, 8),
    "abcd2": (0, 7),
    "audit-c": (0, 12),
    "bode": (0, 10),
    "centor": (-1, 5),
    "charlson": (0, 33),
    "crb-65": (0, 4),
    "curb-65": (0, 5),
    "epds": (0, 30),
    "gad-7": (0, 21),
    "gcs": (3, 15),
    "glasgow-blatchford": (0, 23),
    "hacor": (0, 25),
    "hospital": (0, 13),
    "improve-vte": (0, 12),
    "khorana": (0, 6),
    "lace": (0, 19),
    "news2": (0, 20),
    "padua": (0, 20),
    "perc": (0, 8),
    "phq-9": (0, 27),
    "qsofa": (0, 3),
    "sirs": (0, 4),
    "sofa": (0, 24),
    "spesi": (0, 6),
    "stop-bang": (0, 8),
    "vte-bleed": (0, 9),
    "wells-dvt": (-2, 9),
    "wells-pe": (0, 12.5),
}
"""The least and the greatest total that each paper prints or its table allows."""

LOWERS = {"alternative_diagnosis_likely"}
"""The only finding that speaks against what its score looks for."""

NO_NUMBER_WITHOUT = [
    *SPANS,
    "pesi",
    "shock-index",
    "delta-gap",
    "pf-ratio",
    "rox-index",
    "lung-cancer-screening",
]


def answer_to(spec: InputSpec) -> st.SearchStrategy[Any]:
    """Draw any answer this input can take."""
    if spec.kind == "boolean":
        return st.booleans()
    if spec.kind == "enum":
        return st.sampled_from(spec.values)
    if spec.kind == "list":
        return st.lists(st.integers(0, int(spec.high or 0)), min_size=spec.length, max_size=spec.length)
    low, high = spec.possible
    low = max(low, spec.low or low)
    high = 500.0 if math.isinf(high) else high
    return st.integers(math.ceil(low), math.floor(high)) if spec.integer else st.floats(low, high)


def documents(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw documents with every required input and any of the optional ones."""
    inputs = load(name).inputs
    return st.fixed_dictionaries(
        {spec.name: answer_to(spec) for spec in inputs if spec.required},
        optional={spec.name: answer_to(spec) for spec in inputs if not spec.required and not spec.one_of},
    )


@pytest.mark.parametrize("name", SPANS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_total_stays_within_its_published_span_and_has_a_band(name: str, data: st.DataObject) -> None:
    answer = compute(load(name), data.draw(documents(name)))
    low, high = SPANS[name]
    assert low <= answer["value"] <= high
    assert answer["band"]


@pytest.mark.parametrize(
    "name", [name for name in SPANS if any(s.kind == "boolean" for s in load(name).inputs)]
)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_finding_that_becomes_present_never_lowers_a_total(name: str, data: st.DataObject) -> None:
    document = data.draw(documents(name))
    flags = [s.name for s in load(name).inputs if s.kind == "boolean" and s.name not in LOWERS]
    flag = data.draw(st.sampled_from(flags))
    absent = compute(load(name), {**document, flag: False})["value"]
    assert compute(load(name), {**document, flag: True})["value"] >= absent


@pytest.mark.parametrize("name", NO_NUMBER_WITHOUT)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_missing_input_gives_no_number_and_is_named(name: str, data: st.DataObject) -> None:
    document = data.draw(documents(name))
    gone = data.draw(st.sampled_from([spec.name for spec in load(name).inputs if spec.required]))
    del document[gone]
    answer = compute(load(name), document)
    assert answer["value"] is None
    assert answer["band"] is None
    assert answer["missing"] == [gone]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_worse_vital_sign_never_lowers_news2_away_from_the_normal_range(data: st.DataObject) -> None:
    document = data.draw(documents("news2"))
    better, worse = sorted(data.draw(st.lists(st.floats(20, 200), min_size=2, max_size=2)))
    fast = [
        compute(load("news2"), {**document, "respiratory_rate": rate})["value"] for rate in (better, worse)
    ]
    assert fast[0] <= fast[1] or better < 12


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_sofa_never_falls_as_an_organ_fails_further(data: st.DataObject) -> None:
    document = data.draw(documents("sofa"))
    name = data.draw(st.sampled_from(["platelets", "gcs", "pao2", "mean_arterial_pressure"]))
    spec = load("sofa").lookup[name]
    first, second = data.draw(st.tuples(answer_to(spec), answer_to(spec)))
    worse = compute(load("sofa"), {**document, name: min(first, second)})["value"]
    assert worse >= compute(load("sofa"), {**document, name: max(first, second)})["value"]


@settings(max_examples=60, deadline=None)
@given(
    doses=st.dictionaries(
        st.sampled_from([spec.name for spec in load("morphine-milligram-equivalents").inputs]),
        st.floats(0, 1000),
        min_size=1,
    )
)
def test_opioid_equivalents_are_the_sum_of_each_drug_alone(doses: dict[str, float]) -> None:
    definition = load("morphine-milligram-equivalents")
    alone = sum(compute(definition, {drug: dose})["value"] for drug, dose in doses.items())
    assert compute(definition, doses)["value"] == pytest.approx(alone)
