"""What the engine promises whatever the score: it reads strictly, says what is missing, never imputes."""

import json

import pytest

from models.base import BadInput, ModelError
from models.scores import definition as definitions
from models.scores.engine import compute

KFRE = {"age_years": 63, "sex": "male", "egfr": 33, "urine_acr": 500, "region": "north_america"}
PREVENT = {
    "age_years": 50, "sex": "female", "systolic_bp": 160, "bp_treated": True, "total_cholesterol": 200,
    "hdl_cholesterol": 45, "statin": False, "diabetes": True, "current_smoker": False, "egfr": 90, "bmi": 35,
}  # fmt: skip
GRACE = {
    "age_years": 64, "heart_rate": 88, "systolic_bp": 132, "creatinine": 1.3, "st_deviation": False,
    "killip_class": 1, "cardiac_arrest_at_admission": False, "elevated_cardiac_enzymes": False,
}  # fmt: skip


def run(name, document):
    return compute(definitions.load(name), document)


def refused(name, document):
    with pytest.raises(BadInput) as caught:
        run(name, document)
    return caught.value


def test_an_answer_has_the_published_form():
    """The keys that others read are there, with inputs in canonical units."""
    answer = run(
        "bmi", {"id": "x-1", "weight": {"value": 154.3235835294143, "unit": "[lb_av]"}, "height": 175}
    )
    assert set(answer) == {
        "id", "name", "version", "value", "unit", "band", "inputs", "missing", "out_of_range",
        "notes", "source",
    }  # fmt: skip
    assert answer["id"] == "x-1"
    assert answer["unit"] == "kg/m2"
    assert answer["inputs"]["weight"] == {"value": pytest.approx(70), "unit": "kg"}
    assert (answer["missing"], answer["out_of_range"], answer["notes"]) == ([], [], [])
    assert set(answer["source"]) == {"citation", "url", "year"}
    json.dumps(answer, allow_nan=False)


def test_several_outputs_are_named():
    """A score with more than one number answers with `values`."""
    answer = run("kfre", KFRE)
    assert set(answer["values"]) == {"risk_2y", "risk_5y"}
    assert "value" not in answer


def test_the_same_document_gives_the_same_answer():
    """Nothing but the document enters; the order of its keys does not."""
    assert run("kfre", KFRE) == run("kfre", dict(reversed(KFRE.items())))


@pytest.mark.parametrize("name", KFRE)
def test_a_missing_input_gives_no_number(name):
    """What is missing is named, and nothing is put in its place."""
    answer = run("kfre", {key: given for key, given in KFRE.items() if key != name})
    assert answer["values"] == {"risk_2y": None, "risk_5y": None}
    assert (answer["missing"], answer["band"]) == ([name], None)


def test_null_is_missing():
    """A null input, bare or with a unit, is the same as an absent one."""
    assert run("kfre", {**KFRE, "egfr": None})["missing"] == ["egfr"]
    assert run("kfre", {**KFRE, "egfr": {"value": None, "unit": "mL/min/{1.73_m2}"}})["missing"] == ["egfr"]


def test_an_empty_document_lists_everything():
    """With no input all required ones are missing, in the definition's order."""
    assert run("kfre", {})["missing"] == ["age_years", "sex", "egfr", "urine_acr", "region"]


def test_prevent_without_bmi_lacks_heart_failure_alone():
    """Only heart failure needs a body mass index."""
    full, without = run("prevent", PREVENT), run("prevent", {k: v for k, v in PREVENT.items() if k != "bmi"})
    assert without["missing"] == ["bmi"]
    for output, risk in full["values"].items():
        assert without["values"][output] == (None if output.startswith("hf") else risk)


@pytest.mark.parametrize(("age", "given"), [(30, True), (59, True), (59.9, True), (60, False), (79.9, False)])
def test_prevent_gives_30_years_for_30_to_59(age, given):
    """From 60 years there is a 10-year risk, no 30-year risk, and the reason."""
    answer = run("prevent", {**PREVENT, "age_years": age})
    assert answer["values"]["cvd_10y"] is not None
    assert (answer["values"]["cvd_30y"] is not None) is given
    assert any("30 to 59" in note for note in answer["notes"]) is not given


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age_years", 29.9), ("age_years", 80), ("total_cholesterol", 129), ("total_cholesterol", 321),
        ("hdl_cholesterol", 19), ("hdl_cholesterol", 101), ("systolic_bp", 89), ("systolic_bp", 201),
        ("egfr", 14),
    ],
)  # fmt: skip
def test_prevent_refuses_outside_of_its_range(name, value):
    """Outside of the published validity there is no number, and the input is named."""
    answer = run("prevent", {**PREVENT, name: value})
    assert set(answer["values"].values()) == {None}
    assert answer["out_of_range"] == [name]
    assert any("not computed" in note for note in answer["notes"])


@pytest.mark.parametrize("bmi", [18.4, 40])
def test_prevent_refuses_heart_failure_alone_outside_of_the_bmi_range(bmi):
    """The range of an input binds the outputs that use it."""
    answer = run("prevent", {**PREVENT, "bmi": bmi})
    assert answer["out_of_range"] == ["bmi"]
    assert {name for name, risk in answer["values"].items() if risk is None} == {"hf_10y", "hf_30y"}


def test_prevent_caps_a_high_egfr_and_says_so():
    """An eGFR above 150 counts as 150, is named, and the answer shows what was used."""
    high, at = run("prevent", {**PREVENT, "egfr": 170}), run("prevent", {**PREVENT, "egfr": 150})
    assert high["values"] == at["values"]
    assert (high["out_of_range"], at["out_of_range"]) == (["egfr"], [])
    assert high["inputs"]["egfr"]["value"] == 150
    assert any("computed with 150" in note for note in high["notes"])


def test_a_warning_range_still_computes():
    """Where the definition only warns, the number is there and the input is named."""
    answer = run("kfre", {**KFRE, "egfr": 75})
    assert answer["values"]["risk_5y"] is not None
    assert answer["out_of_range"] == ["egfr"]


def test_no_message_repeats_a_value():
    """An error names place and remedy; values of people do not get into logs through it."""
    error = refused("kfre", {**KFRE, "age_years": -7654})
    assert "7654" not in error.message
    assert error.pointer == "/age_years"


@pytest.mark.parametrize(
    "bad",
    [True, False, "63", float("nan"), float("inf"), -float("inf"), -1, 10**400, [63], {}, {"value": True},
     {"value": "63"}, {"value": 63, "unit": "a", "code": "x"}, {"unit": "a"}, {"value": float("nan")}],
)  # fmt: skip
def test_a_number_must_be_a_finite_possible_number(bad):
    """Booleans, strings, NaN, infinities and negative ages are refused, not read as something else."""
    assert refused("kfre", {**KFRE, "age_years": bad}).pointer.startswith("/age_years")


@pytest.mark.parametrize(
    ("name", "document", "pointer"),
    [
        ("grace", {**GRACE, "heart_rate": 0}, "/heart_rate"),
        ("grace", {**GRACE, "killip_class": 5}, "/killip_class"),
        ("grace", {**GRACE, "killip_class": 0}, "/killip_class"),
        ("grace", {**GRACE, "killip_class": 1.5}, "/killip_class"),
        ("grace", {**GRACE, "creatinine": 115}, "/creatinine"),
        ("bmi", {"weight": 0, "height": 170}, "/weight"),
        ("bmi", {"weight": 70, "height": 1.7}, "/height"),
        ("mean-arterial-pressure", {"systolic_bp": 75, "diastolic_bp": 120}, "/diastolic_bp"),
        ("non-hdl", {"total_cholesterol": 50, "hdl_cholesterol": 200}, "/hdl_cholesterol"),
    ],
)
def test_what_cannot_be_is_refused(name, document, pointer):
    """A heart rate of 0, a height in metres, a bare creatinine in umol/L: mistakes, not people."""
    assert refused(name, document).pointer == pointer


@pytest.mark.parametrize("bad", [1, 0, "true", [], {"value": True, "unit": "1"}])
def test_a_boolean_is_true_or_false(bad):
    """Nothing else passes for yes or no."""
    assert refused("grace", {**GRACE, "st_deviation": bad}).pointer.startswith("/st_deviation")


@pytest.mark.parametrize("bad", ["Male", "m", "unknown", "", 1, True])
def test_an_enum_takes_its_own_values(bad):
    """An unknown sex is an error that names the allowed values."""
    assert "female, male" in refused("kfre", {**KFRE, "sex": bad}).message


def test_an_unknown_input_names_the_nearest():
    """A misspelled name is refused with what was probably meant."""
    error = refused("kfre", {**KFRE, "urin_acr": 500})
    assert "'urine_acr'" in error.message
    assert error.pointer == "/urin_acr"


def test_an_alias_stands_for_its_input_once():
    """Another name of an input is understood, and both at once are refused."""
    document = {key: given for key, given in KFRE.items() if key != "urine_acr"}
    assert run("kfre", {**document, "acr": 500})["values"] == run("kfre", KFRE)["values"]
    assert "twice" in refused("kfre", {**KFRE, "acr": 500}).message


def test_units_are_converted():
    """The same person in other units has the same risks."""
    document = {
        **KFRE, "age_years": {"value": 756, "unit": "mo"},
        "urine_acr": {"value": 500 / 8.84, "unit": "mg/mmol"},
        "egfr": {"value": 33, "unit": "ml/min/1.73m2"},
    }  # fmt: skip
    assert run("kfre", document)["values"] == pytest.approx(run("kfre", KFRE)["values"], rel=1e-12)


@pytest.mark.parametrize("unit", ["furlong", "mg/dL", "kg", "mL/min", 5, ["a"], "%"])
def test_a_unit_that_does_not_fit_is_refused(unit):
    """A wrong or unknown unit is an error at the unit's place, never a guess."""
    assert refused("kfre", {**KFRE, "egfr": {"value": 33, "unit": unit}}).pointer == "/egfr/unit"


def test_an_empty_unit_means_the_canonical_one():
    """A quantity without a unit is a bare number."""
    assert run("kfre", {**KFRE, "egfr": {"value": 33}})["values"] == run("kfre", KFRE)["values"]


def test_either_input_will_do():
    """Urea stands in for urea nitrogen, and the answer says so."""
    blood = {"sodium": 140, "glucose": 90}
    by_urea = run("osmolality", {**blood, "urea": 5})
    assert by_urea["value"] == run("osmolality", {**blood, "bun": 14})["value"] == pytest.approx(290)
    assert by_urea["notes"] == ["Urea nitrogen was computed from Urea"]
    assert run("osmolality", blood)["missing"] == ["bun"]
    assert "not needed" in run("osmolality", {**blood, "bun": 14, "urea": 99})["notes"][0]


def test_an_optional_input_is_never_called_missing():
    """MELD 3.0 without an age is that of an adult and lacks nothing."""
    document = {
        "sex": "male", "bilirubin": 3.0, "inr": 1.8, "creatinine": 1.5, "sodium": 130, "albumin": 2.8,
        "dialysis": False,
    }  # fmt: skip
    answer = run("meld-3", document)
    assert (answer["value"], answer["missing"]) == (26, [])


def test_an_estimate_that_fails_says_why():
    """A Friedewald estimate that is not above zero is withheld."""
    answer = run("friedewald-ldl", {"total_cholesterol": 100, "hdl_cholesterol": 90, "triglycerides": 350})
    assert answer["value"] is None
    assert "measure LDL" in answer["notes"][0]


def test_bands_are_half_open():
    """A value at the limit of two bands belongs to the upper one."""
    assert run("bmi", {"weight": 25, "height": 100})["band"] == "adults: pre-obese"
    assert run("bmi", {"weight": 24.999, "height": 100})["band"] == "adults: normal range"


def test_a_result_that_is_no_number_is_an_error(monkeypatch):
    """An overflow never reaches an answer."""
    one = definitions.load("bmi")
    monkeypatch.setitem(vars(one), "formula", lambda values: float("inf"))
    with pytest.raises(ModelError, match="not a finite number"):
        compute(one, {"weight": 70, "height": 170})


def test_a_formula_that_tells_more_than_a_number_says_it_in_detail():
    """Points by parameter, the verdict of a questionnaire; other answers have no such key."""
    news2 = {
        "respiratory_rate": 25, "spo2": 97, "supplemental_oxygen": False, "systolic_bp": 120,
        "heart_rate": 80, "consciousness": "alert", "temperature": 37.0,
    }  # fmt: skip
    answer = run("news2", news2)
    assert answer["detail"]["single_parameter_3"] is True
    assert sum(answer["detail"]["points"].values()) == answer["value"]
    assert run("audit-c", {"items": [2, 1, 0], "sex": "female"})["detail"]["positive"] is True
    assert run("epds", {"items": [0] * 9 + [1]})["detail"] == {"item_10": 1, "self_harm_thoughts": True}
    assert "detail" not in run("epds", {})
    assert "detail" not in run("kfre", KFRE)
