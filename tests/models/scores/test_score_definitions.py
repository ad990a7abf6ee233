"""Every score is defined as it is named outside, has a source, and a broken definition is refused."""

import copy
import tomllib
from importlib import resources
from itertools import pairwise

import pytest

from models.base import UnknownModel
from models.quantities import parse
from models.scores import definition as definitions
from models.scores.definition import DefinitionError
from models.scores.reader import read_definition

# name -> (kind, unit or allowed values, required); what people and scripts already rely on.
CANONICAL = {
    "prevent": {
        "age_years": ("number", "a", True),
        "sex": ("enum", "female|male", True),
        "total_cholesterol": ("number", "mg/dL", True),
        "hdl_cholesterol": ("number", "mg/dL", True),
        "systolic_bp": ("number", "mm[Hg]", True),
        "bp_treated": ("boolean", "boolean", True),
        "statin": ("boolean", "boolean", True),
        "diabetes": ("boolean", "boolean", True),
        "current_smoker": ("boolean", "boolean", True),
        "egfr": ("number", "mL/min/{1.73_m2}", True),
        "bmi": ("number", "kg/m2", True),
    },
    "pce": {
        "age_years": ("number", "a", True),
        "sex": ("enum", "female|male", True),
        "total_cholesterol": ("number", "mg/dL", True),
        "hdl_cholesterol": ("number", "mg/dL", True),
        "systolic_bp": ("number", "mm[Hg]", True),
        "bp_treated": ("boolean", "boolean", True),
        "diabetes": ("boolean", "boolean", True),
        "current_smoker": ("boolean", "boolean", True),
        "race": ("enum", "white|black|other", True),
    },
    "ckd-epi-2021": {
        "age_years": ("number", "a", True),
        "sex": ("enum", "female|male", True),
        "creatinine": ("number", "mg/dL", True),
    },
    "kfre": {
        "age_years": ("number", "a", True),
        "sex": ("enum", "female|male", True),
        "egfr": ("number", "mL/min/{1.73_m2}", True),
        "urine_acr": ("number", "mg/g", True),
        "region": ("enum", "north_america|other", True),
    },
    "cha2ds2-vasc": {
        "age_years": ("number", "a", True),
        "sex": ("enum", "female|male", True),
        "congestive_heart_failure": ("boolean", "boolean", True),
        "hypertension": ("boolean", "boolean", True),
        "diabetes": ("boolean", "boolean", True),
        "stroke_tia_thromboembolism": ("boolean", "boolean", True),
        "vascular_disease": ("boolean", "boolean", True),
    },
    "cha2ds2-va": {
        "age_years": ("number", "a", True),
        "congestive_heart_failure": ("boolean", "boolean", True),
        "hypertension": ("boolean", "boolean", True),
        "diabetes": ("boolean", "boolean", True),
        "stroke_tia_thromboembolism": ("boolean", "boolean", True),
        "vascular_disease": ("boolean", "boolean", True),
    },
    "has-bled": {
        "age_years": ("number", "a", True),
        "uncontrolled_hypertension": ("boolean", "boolean", True),
        "abnormal_renal_function": ("boolean", "boolean", True),
        "abnormal_liver_function": ("boolean", "boolean", True),
        "stroke": ("boolean", "boolean", True),
        "bleeding_history": ("boolean", "boolean", True),
        "labile_inr": ("boolean", "boolean", True),
        "antiplatelet_or_nsaid": ("boolean", "boolean", True),
        "alcohol_excess": ("boolean", "boolean", True),
    },
    "fib-4": {
        "age_years": ("number", "a", True),
        "ast": ("number", "U/L", True),
        "alt": ("number", "U/L", True),
        "platelets": ("number", "10*9/L", True),
    },
    "meld-3": {
        "age_years": ("number", "a", False),
        "sex": ("enum", "female|male", True),
        "bilirubin": ("number", "mg/dL", True),
        "inr": ("number", "1", True),
        "creatinine": ("number", "mg/dL", True),
        "sodium": ("number", "mmol/L", True),
        "albumin": ("number", "g/dL", True),
        "dialysis": ("boolean", "boolean", True),
    },
    "child-pugh": {
        "bilirubin": ("number", "mg/dL", True),
        "albumin": ("number", "g/dL", True),
        "inr": ("number", "1", True),
        "ascites": ("enum", "none|mild|moderate_severe", True),
        "encephalopathy": ("enum", "none|grade_1_2|grade_3_4", True),
    },
    "cockcroft-gault": {
        "age_years": ("number", "a", True),
        "sex": ("enum", "female|male", True),
        "creatinine": ("number", "mg/dL", True),
        "weight": ("number", "kg", True),
    },
    "corrected-calcium": {
        "albumin": ("number", "g/dL", True),
        "calcium": ("number", "mg/dL", True),
    },
    "anion-gap": {
        "sodium": ("number", "mmol/L", True),
        "chloride": ("number", "mmol/L", True),
        "bicarbonate": ("number", "mmol/L", True),
    },
    "qtc": {
        "heart_rate": ("number", "/min", True),
        "qt_interval": ("number", "ms", True),
    },
    "bmi": {
        "weight": ("number", "kg", True),
        "height": ("number", "cm", True),
    },
    "grace": {
        "age_years": ("number", "a", True),
        "heart_rate": ("number", "/min", True),
        "systolic_bp": ("number", "mm[Hg]", True),
        "creatinine": ("number", "mg/dL", True),
        "st_deviation": ("boolean", "boolean", True),
        "killip_class": ("number", "1", True),
        "cardiac_arrest_at_admission": ("boolean", "boolean", True),
        "elevated_cardiac_enzymes": ("boolean", "boolean", True),
    },
    "timi": {
        "age_years": ("number", "a", True),
        "st_deviation": ("boolean", "boolean", True),
        "three_or_more_cad_risk_factors": ("boolean", "boolean", True),
        "known_cad": ("boolean", "boolean", True),
        "aspirin_past_7_days": ("boolean", "boolean", True),
        "severe_angina": ("boolean", "boolean", True),
        "positive_biomarker": ("boolean", "boolean", True),
    },
    "heart": {
        "age_years": ("number", "a", True),
        "history": ("enum", "slightly_suspicious|moderately_suspicious|highly_suspicious", True),
        "ecg": ("enum", "normal|nonspecific_repolarisation|significant_st_deviation", True),
        "risk_factor_count": ("number", "1", True),
        "known_atherosclerosis": ("boolean", "boolean", True),
        "troponin_ratio": ("number", "1", True),
    },
    "rcri": {
        "creatinine": ("number", "mg/dL", True),
        "congestive_heart_failure": ("boolean", "boolean", True),
        "cerebrovascular_disease": ("boolean", "boolean", True),
        "high_risk_surgery": ("boolean", "boolean", True),
        "ischaemic_heart_disease": ("boolean", "boolean", True),
        "insulin_treatment": ("boolean", "boolean", True),
    },
}
OUTPUTS = {
    "prevent": (["cvd_10y", "ascvd_10y", "hf_10y", "cvd_30y", "ascvd_30y", "hf_30y"], "1"),
    "pce": ("value", "1"),
    "ckd-epi-2021": ("value", "mL/min/{1.73_m2}"),
    "kfre": (["risk_2y", "risk_5y"], "1"),
    "cha2ds2-vasc": ("value", "{score}"),
    "cha2ds2-va": ("value", "{score}"),
    "has-bled": ("value", "{score}"),
    "fib-4": ("value", "1"),
    "meld-3": ("value", "{score}"),
    "child-pugh": ("value", "{score}"),
    "cockcroft-gault": ("value", "mL/min"),
    "corrected-calcium": ("value", "mg/dL"),
    "anion-gap": ("value", "mmol/L"),
    "qtc": (["bazett", "fridericia"], "ms"),
    "bmi": ("value", "kg/m2"),
    "grace": ("value", "{score}"),
    "timi": ("value", "{score}"),
    "heart": ("value", "{score}"),
    "rcri": ("value", "{score}"),
}


def own_names():
    return definitions.names()


@pytest.mark.parametrize("name", CANONICAL)
def test_inputs_are_the_canonical_ones(name):
    """Names, kinds, units, allowed values and what is required are as documented outside."""
    found = {}
    for spec in definitions.load(name).inputs:
        what = spec.unit or ("|".join(spec.values) if spec.kind == "enum" else spec.kind)
        found[spec.name] = (spec.kind, what, spec.required)
    assert found == CANONICAL[name]


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_the_canonical_ones(name):
    """Output keys and unit are as documented outside."""
    outputs, unit = OUTPUTS[name]
    one = definitions.load(name)
    assert (one.unit, one.single) == (unit, outputs == "value")
    assert list(one.outputs) == (["value"] if outputs == "value" else outputs)


@pytest.mark.parametrize("name", own_names())
def test_every_definition_has_a_source_with_year_and_a_formula(name):
    """A score without a published source is not offered."""
    one = definitions.load(name)
    assert len(one.source.citation) > 15
    assert one.source.year is not None
    assert 1900 < one.source.year <= 2026
    assert one.source.url == "" or one.source.url.startswith("https://")
    assert callable(one.formula)
    assert one.formula.__doc__


@pytest.mark.parametrize("name", own_names())
def test_bands_neither_overlap_nor_leave_gaps(name):
    """Two bands of one output never hold the same value, and follow on each other."""
    one = definitions.load(name)
    for output in one.outputs:
        bands = sorted((b for b in one.bands if b.output == output), key=lambda b: b.low)
        for before, after in pairwise(bands):
            assert before.low < before.below == after.low


@pytest.mark.parametrize("name", own_names())
def test_units_parse_and_ranges_lie_within_the_possible(name):
    """A validated range can be reached, and every unit is UCUM."""
    for spec in definitions.load(name).inputs:
        if spec.kind == "number":
            parse(spec.unit)
            low, high = spec.possible
            assert low < high
            for end in (spec.low, spec.high, spec.below):
                assert end is None or low <= end <= high


def test_one_name_means_one_unit_everywhere():
    """An input of the same name has the same unit in every score."""
    units = {}
    for one in definitions.load_all().values():
        for spec in one.inputs:
            units.setdefault(spec.name, set()).add((spec.kind, spec.unit))
    assert {name: found for name, found in units.items() if len(found) > 1} == {}


def test_an_unknown_score_is_refused():
    """A name that is not there is an error, never an empty answer."""
    with pytest.raises(UnknownModel, match="no score is named"):
        definitions.load("../kfre")


def raw_kfre():
    path = resources.files("models.scores") / "definitions" / "kfre.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def broken(change):
    table = copy.deepcopy(raw_kfre())
    change(table)
    return table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("source"), "`source` is needed"),
        (lambda t: t["source"].pop("year"), "`year` is needed"),
        (lambda t: t["source"].update(citation=""), "`citation` is needed"),
        (lambda t: t.update(colour="red"), "unknown key 'colour'"),
        (lambda t: t["inputs"]["egfr"].update(maximum=60), "unknown key 'maximum'"),
        (lambda t: t["inputs"]["egfr"].update(unit="mL/mim"), "unknown"),
        (lambda t: t["inputs"]["egfr"].update(kind="float"), "`kind` is"),
        (lambda t: t["inputs"]["egfr"].update(outside="ignore"), "refuse, cap or warn"),
        (lambda t: t["inputs"]["egfr"].update(outside={"over": "cap"}), "unknown key 'over'"),
        (lambda t: t["inputs"]["egfr"].update(substance="phlogiston"), "unknown substance"),
        (lambda t: t["inputs"]["egfr"].update(aliases=["sex"]), "share a name"),
        (lambda t: t["inputs"]["egfr"].update(one_of="gfr"), "no input is named 'gfr'"),
        (lambda t: t["inputs"]["egfr"].update(one_of="age_years"), "cannot be converted"),
        (lambda t: t["inputs"]["age_years"].update(unit="mo"), "physical.toml has age_years in a"),
        (lambda t: t["inputs"]["sex"].pop("values"), "`values` is needed"),
        (lambda t: t["bands"][0].update(output="risk_9y"), "no output is named 'risk_9y'"),
        (lambda t: t["bands"][0].pop("label"), "`label` is needed"),
        (lambda t: t.update(needs={"risk_2y": ["weight"]}), "no input is named 'weight'"),
        (lambda t: t.update(limits=[{"input": "egfr", "max": 60}]), "`why` is needed"),
        (lambda t: t.update(name="kfre-4"), "file's name"),
    ],
)
def test_a_broken_definition_is_refused(change, message):
    """A typing error in a definition is named, and never becomes a different score."""
    with pytest.raises(DefinitionError, match=message):
        read_definition("kfre", broken(change))
