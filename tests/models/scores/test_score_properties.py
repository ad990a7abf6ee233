"""Invariants over many people: units, missing inputs, order, direction and speed."""

import pytest
from cpu_time import cpu_seconds
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import BadInput
from models.quantities import convert
from models.scores import definition as definitions
from models.scores.engine import compute

OTHER_UNITS = {
    "a": ("mo", "d", "years"),
    "mg/dL": ("mg/L", "g/L", "mmol/L", "umol/L"),
    "mmol/L": ("meq/L", "mmol/dL", "mg/dL"),
    "g/dL": ("g/L", "mg/mL"),
    "mm[Hg]": ("kPa", "mmHg", "cm[H2O]"),
    "/min": ("Hz", "/h", "bpm"),
    "kg": ("g", "[lb_av]", "lbs"),
    "cm": ("m", "[in_i]", "mm"),
    "10*9/L": ("K/uL", "/uL", "10*12/L"),
    "U/L": ("kat/L", "U/mL", "IU/L"),
    "mg/g": ("mg/mmol", "ug/mg", "g/kg"),
    "kg/m2": ("g/cm2", "kg/m^2"),
    "ms": ("s", "msec"),
    "Cel": ("[degF]", "K", "degC"),
    "%": ("1", "[ppth]"),
    "d": ("h", "wk"),
    "s": ("ms", "min"),
    "h": ("min", "d"),
    "mL/kg/h": ("mL/kg/d", "L/kg/h"),
    "mosm/kg": ("osm/kg", "mOsm/kg"),
    "mg/L": ("mg/dL", "ug/mL"),
}
NAMES = definitions.names()
quick = settings(max_examples=12, deadline=None)


def number(spec):
    """Return numbers of at most four significant digits within the validated range."""
    low, high = spec.possible
    low = spec.low if spec.low is not None else max(low, 0.5)
    ends = (spec.high, spec.below, min(high, 50 * max(low, 1)))
    top = next(end for end in ends if end is not None)
    if spec.integer:
        return st.integers(int(low), int(min(top, low + 50))).map(float)
    numbers = st.floats(low, top, exclude_max=spec.below is not None)
    return numbers.map(lambda x: float(f"{x:.4g}")).filter(lambda x: low <= x <= top and x != spec.below)


def strategy(spec):
    if spec.kind == "number":
        return number(spec)
    if spec.kind == "boolean":
        return st.booleans()
    if spec.kind == "enum":
        return st.sampled_from(spec.values)
    items = st.integers(int(spec.low or 0), int(spec.high if spec.high is not None else 10))
    return st.lists(items, min_size=spec.length, max_size=spec.length)


def people(one):
    """Return documents with every input that is not a mere alternative of another."""
    return st.fixed_dictionaries({spec.name: strategy(spec) for spec in one.inputs if not spec.one_of})


def attempt(one, document):
    """Compute, or None where the inputs contradict each other."""
    try:
        return compute(one, document)
    except BadInput:
        return None


def numbers(answer):
    return list(answer["values"].values()) if "values" in answer else [answer["value"]]


def in_other_units(one, document, data):
    changed = {}
    for name, value in document.items():
        spec = one.lookup[name]
        units = [u for u in OTHER_UNITS.get(spec.unit, ()) if spec.kind == "number" and fits(spec, u)]
        if not units:
            changed[name] = value
            continue
        unit = data.draw(st.sampled_from(units))
        changed[name] = {"value": convert(value, spec.unit, unit, substance=spec.substance), "unit": unit}
    return changed


def fits(spec, unit):
    try:
        convert(1.0, spec.unit, unit, substance=spec.substance)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
@quick
@given(data=st.data())
def test_units_never_change_a_result(name, data):
    """The same person charted in other units gets the very same answer."""
    one = definitions.load(name)
    document = data.draw(people(one))
    before = attempt(one, document)
    if before is None:
        return
    after = compute(one, in_other_units(one, document, data))
    assert numbers(after) == numbers(before)
    assert (after["band"], after["out_of_range"]) == (before["band"], before["out_of_range"])


@pytest.mark.parametrize("name", NAMES)
@quick
@given(data=st.data())
def test_removing_a_required_input_never_gives_its_number(name, data):
    """Without an input no output that needs it is given, and it is named as missing."""
    one = definitions.load(name)
    required = [spec.name for spec in one.inputs if spec.required]
    if not required:
        return
    document = data.draw(people(one))
    gone = data.draw(st.sampled_from(required))
    answer = attempt(one, {key: value for key, value in document.items() if key != gone})
    if answer is None:
        return
    assert gone in answer["missing"]
    values = answer.get("values", {"value": answer.get("value")})
    assert all(values[output] is None for output in one.blocks[gone])


@pytest.mark.parametrize("name", NAMES)
@quick
@given(data=st.data())
def test_order_and_extra_id_do_not_matter(name, data):
    """Answers do not depend on the order of keys, and `id` is returned as given."""
    one = definitions.load(name)
    document = data.draw(people(one))
    answer = attempt(one, document)
    if answer is None:
        return
    shuffled = dict(data.draw(st.permutations(list(document.items()))))
    assert compute(one, {"id": [1, "x"], **shuffled}) == {"id": [1, "x"], **answer}


RISING = [
    ("kfre", "urine_acr"), ("prevent", "systolic_bp"), ("prevent-components", "systolic_bp"),
    ("cha2ds2-vasc", "age_years"), ("cha2ds2-va", "age_years"), ("has-bled", "age_years"), ("fib-4", "ast"),
    ("meld-3", "creatinine"), ("meld-3", "inr"), ("child-pugh", "bilirubin"), ("child-pugh", "inr"),
    ("cockcroft-gault", "weight"), ("corrected-calcium", "calcium"), ("anion-gap", "sodium"),
    ("qtc", "qt_interval"), ("qtc", "heart_rate"), ("bmi", "weight"), ("grace", "age_years"),
    ("grace", "heart_rate"), ("grace", "creatinine"), ("grace", "killip_class"), ("timi", "age_years"),
    ("heart", "troponin_ratio"), ("heart", "risk_factor_count"), ("rcri", "creatinine"),
    ("albi", "bilirubin"),
    ("maddrey", "bilirubin"), ("apri", "ast"), ("nafld-fibrosis-score", "age_years"),
    ("osmolality", "glucose"),
    ("bsa-mosteller", "height"), ("mean-arterial-pressure", "systolic_bp"), ("ckd-stage", "urine_acr"),
]  # fmt: skip
FALLING = [
    ("kfre", "egfr"), ("kfre", "age_years"), ("ckd-epi-2021", "creatinine"), ("ckd-epi-2021", "age_years"),
    ("egfr-cystatin", "cystatin_c"), ("bedside-schwartz", "creatinine"), ("cockcroft-gault", "creatinine"),
    ("fib-4", "platelets"), ("child-pugh", "albumin"), ("bmi", "height"),
    ("grace", "systolic_bp"), ("albi", "albumin"), ("corrected-anion-gap", "albumin"), ("ckd-stage", "egfr"),
]  # fmt: skip
RISING_FIRST_ONLY = {"prevent": "cvd_10y", "prevent-components": "chd_10y"}


def directed(name, data, vary):
    """Return the answers of one person at a lower and a higher value of one input."""
    one = definitions.load(name)
    document = data.draw(people(one))
    if name.startswith("prevent"):
        # Treatment bends the pressure term and age bends it again; the main effect is what must rise.
        document |= {
            "systolic_bp": max(document["systolic_bp"], 110),
            "age_years": min(document["age_years"], 60),
        }
    low, high = sorted((data.draw(number(one.lookup[vary])), document[vary]))
    if name.startswith("prevent"):
        low = max(low, 110)
    pair = [attempt(one, {**document, vary: end}) for end in (low, high)]
    if None in pair:
        return []
    if name in RISING_FIRST_ONLY:
        return [tuple(answer["values"][RISING_FIRST_ONLY[name]] for answer in pair)]
    pairs = zip(numbers(pair[0]), numbers(pair[1]), strict=True)
    return [(a, b) for a, b in pairs if a is not None and b is not None]


@pytest.mark.parametrize(("name", "vary"), RISING)
@quick
@given(data=st.data())
def test_risk_rises(name, vary, data):
    """More of what raises the score never lowers it."""
    for low, high in directed(name, data, vary):
        assert low <= high or low == pytest.approx(high, rel=1e-12)


@pytest.mark.parametrize(("name", "vary"), FALLING)
@quick
@given(data=st.data())
def test_risk_falls(name, vary, data):
    """More of what lowers the score never raises it."""
    for low, high in directed(name, data, vary):
        assert low >= high or low == pytest.approx(high, rel=1e-12)


@quick
@given(data=st.data())
def test_risks_are_probabilities(data):
    """Every risk lies between 0 and 1."""
    for name in ("prevent", "prevent-components", "pce", "kfre"):
        one = definitions.load(name)
        for risk in numbers(compute(one, data.draw(people(one)))):
            assert risk is None or 0 <= risk <= 1


@pytest.mark.parametrize("name", ["kfre", "prevent", "meld-3", "grace", "cha2ds2-vasc"])
def test_a_score_is_quick(name):
    """A score takes well under a millisecond (about 30 us on an idle machine)."""
    one = definitions.load(name)
    document = _typical(one)
    compute(one, document)
    assert cpu_seconds(lambda: [compute(one, document) for _ in range(100)], times=5) / 100 < 500e-6


def _typical(one):
    typical = {"number": lambda s: max(s.possible[0], s.low or 0, 1), "boolean": lambda s: True}
    typical |= {"enum": lambda s: s.values[0], "list": lambda s: [1] * s.length}
    return {spec.name: typical[spec.kind](spec) for spec in one.inputs if not spec.one_of}
