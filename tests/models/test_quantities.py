"""Units: what laboratories, bedsides and pharmacies write is understood exactly, all else is refused."""

import re
import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.quantities import UnitError, convert, is_substance, parse

# Abridged standard atomic weights, IUPAC 2021.
WEIGHTS = {
    "H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "Na": 22.990, "Mg": 24.305, "P": 30.974, "Cl": 35.45,
    "K": 39.098, "Ca": 40.078, "Fe": 55.845, "Li": 6.94,
}  # fmt: skip


def table(name):
    path = resources.files("models.quantities") / name
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("value", "unit_from", "unit_to", "expected"),
    [
        (1, "g/dL", "g/L", 10), (1, "mg/dL", "ug/mL", 10), (1, "mmol/L", "umol/mL", 1), (40, "%", "1", 0.4),
        (98.6, "[degF]", "Cel", 37), (37, "Cel", "[degF]", 98.6), (37, "Cel", "K", 310.15),
        (0, "K", "Cel", -273.15),
        (-40, "[degF]", "Cel", -40), (1, "[lb_av]", "kg", 0.45359237), (1, "[in_i]", "cm", 2.54),
        (6, "[ft_i]", "cm", 182.88), (16, "[oz_av]", "[lb_av]", 1), (1, "[stone_av]", "[lb_av]", 14),
        (7.5, "kPa", "Pa", 7500), (760, "mm[Hg]", "kPa", 101.32472),
        (1, "mm[Hg]", "cm[H2O]", 13.3322 / 9.80665 * 1),
        (1, "bar", "kPa", 100), (1, "10*3/uL", "10*9/L", 1), (1, "10*9/L", "/uL", 1000),
        (5, "10*12/L", "10*6/uL", 5),
        (1, "a", "d", 365.25), (1, "a", "mo", 12), (2, "wk", "d", 14), (1, "d", "h", 24), (1, "h", "min", 60),
        (60, "/min", "Hz", 1), (1, "Hz", "/min", 60), (500, "ms", "s", 0.5), (1, "[ppm]", "%", 0.0001),
        (1, "mg/kg/d", "ug/kg/h", 1000 / 24), (1, "ug/kg/min", "mg/kg/h", 0.06), (1, "mL/h", "L/d", 0.024),
        (1, "kg/m2", "g/cm2", 0.1), (1, "m2", "cm2", 10000), (1, "m-1", "/m", 1), (1, "L/(24.h)", "L/d", 1),
        (1, "mg/(kg.d)", "mg/kg/d", 1), (1, "kat/L", "U/L", 60000000), (1, "ukat/L", "U/L", 60),
        (1, "k[IU]/L", "[IU]/mL", 1),
        (1, "m[IU]/L", "u[IU]/mL", 1), (100, "mg/g{creat}", "ug/mg", 100), (3, "{ratio}", "1", 3),
        (12, "{score}", "1", 12),
        (80, "{beats}/min", "/min", 80), (1, "mol/L", "mmol/L", 1000),
        (1, "mmol/mol", "[ppth]{x}.mol/mol", 1),
        (295, "mosm/kg", "osm/kg", 0.295), (4, "meq/L", "eq/L", 0.004), (1, "10*-3", "[ppth]", 1),
        (7.4, "[pH]", "[pH]", 7.4),
        (1, "cal", "J", 4.184), (1, "[Cal]", "kcal", 1), (20, "[drp]", "mL", 1), (1, "dL", "mL", 100),
        (1, "dag", "g", 10),
    ],
)  # fmt: skip
def test_conversions(value, unit_from, unit_to, expected):
    """Each pair converts to the number its definition gives."""
    assert convert(value, unit_from, unit_to) == pytest.approx(expected, rel=1e-12)


def test_a_metre_of_water_is_not_ten_of_mercury():
    """1 mm Hg is 1.3595 cm of water: both definitions are UCUM's."""
    assert convert(1, "mm[Hg]", "cm[H2O]") == pytest.approx(1.35951, rel=1e-5)


@pytest.mark.parametrize(
    ("value", "unit_from", "unit_to", "substance", "expected"),
    [
        (1, "mg/dL", "umol/L", "creatinine", 88.4), (1, "mg/mmol", "mg/g", "urine_acr", 8.84),
        (1, "mmol/L", "mg/dL", "bun", 2.8), (10, "mmol/L", "mg/dL", "urea", 60.056),
        (5.172, "mmol/L", "mg/dL", "total_cholesterol", 200),
        (1, "mmol/L", "mg/dL", "triglycerides", 88.57), (5.5, "mmol/L", "mg/dL", "glucose", 99.0858),
        (34.2, "umol/L", "mg/dL", "bilirubin", 2), (2.5, "mmol/L", "mg/dL", "calcium", 10.0195),
        (5, "meq/L", "mmol/L", "calcium", 2.5),
        (2, "meq/L", "mmol/L", "magnesium", 1), (140, "meq/L", "mmol/L", "sodium", 140),
        (1, "mmol/L", "mg/dL", "phosphate", 3.0974),
        (1, "mmol/L", "mg/dL", "magnesium", 2.4305), (400, "umol/L", "mg/dL", "uric_acid", 6.72448),
        (1, "mmol/L", "mg/dL", "lactate", 9.0078),
        (150, "g/L", "mmol/L", "hemoglobin", 9.30838), (35, "IU/L", "U/L", "ast", 35),
        (1, "ng/mL", "nmol/L", "digoxin", 1.280493),
    ],
)  # fmt: skip
def test_mass_and_amount(value, unit_from, unit_to, substance, expected):
    """Mass, amount, equivalents and activity are exchanged for a named substance."""
    assert convert(value, unit_from, unit_to, substance=substance) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("ngsp", "ifcc"), [(6.5, 47.5), (7.0, 53.0), (10.0, 85.8)])
def test_hba1c_follows_the_master_equation(ngsp, ifcc):
    """Glycated haemoglobin in % and mmol/mol are not a factor of ten apart."""
    assert round(convert(ngsp, "%", "mmol/mol", substance="hba1c"), 1) == ifcc
    assert (
        convert(convert(ngsp, "%", "mmol/mol", substance="hba1c"), "mmol/mol", "%", substance="hba1c") == ngsp
    )


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("mg/dl", "mg/dL"), ("MG/DL", "mg/dL"), ("mmHg", "mm[Hg]"), ("mm Hg", "mm[Hg]"), ("bpm", "/min"),
        ("K/uL", "10*9/L"), ("x10E3/uL", "10*9/L"), ("10^9/L", "10*9/L"), ("x10^9/L", "10*9/L"),
        ("G/L", "10*9/L"),
        ("10³/µL", "10*9/L"), ("10⁹/L", "10*9/L"), ("min⁻¹", "/min"), ("mEq/L", "meq/L"),
        ("kg/m^2", "kg/m2"), ("kg/m²", "kg/m2"), ("F", "[degF]"),
        ("C", "Cel"), ("°C", "Cel"), ("degF", "[degF]"), ("{ratio}", "1"), ("ratio", "1"), ("IU/L", "[IU]/L"),
        ("µg/L", "ug/L"), ("mcg/mL", "ug/mL"), ("lbs", "[lb_av]"), ("years", "a"),
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
        ("mL/min/1.73 m2", "mL/min/{1.73_m2}"), ("mL/min/1.73.m2", "mL/min/{1.73_m2}"),
        ("mL/min/{1.73m2}", "mL/min/{1.73_m2}"),
        ("mL/24h", "mL/d"), ("cmH2O", "cm[H2O]"), ("cc", "mL"), ("percent", "%"), ("mOsm/kg", "mosm/kg"),
        ("msec", "ms"),
    ],
)  # fmt: skip
def test_everyday_spellings(spelling, code):
    """What hospital data really holds means what people mean by it."""
    found, meant = parse(spelling), parse(code)
    assert (found.factor, found.dimension, found.offset) == (meant.factor, meant.dimension, meant.offset)


@pytest.mark.parametrize(
    ("unit_from", "unit_to", "substance"),
    [
        ("mg/dL", "mmol/L", None), ("mg/dL", "mmol/L", "ast"), ("mg/dL", "mmol/L", "no such thing"),
        ("mg", "mL", None),
        ("mL/min", "mL/min/{1.73_m2}", None), ("%", "mmol/mol", None), ("%", "mmol/mol", "glucose"),
        ("meq/L", "mmol/L", None),
        ("meq/L", "mmol/L", "glucose"), ("[IU]/L", "U/L", None), ("[IU]/L", "mg/L", "glucose"),
        ("Cel", "kPa", None),
        ("kg", "kg/m2", None), ("a", "cm", None), ("osm/kg", "mol/kg", None), ("mm[Hg]", "mm", None),
        ("[pH]", "1", None),
        ("g/L", "mmol", "glucose"), ("g2/L", "mol/L", "glucose"), ("U/L", "mol/L", "ast"),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_refused(unit_from, unit_to, substance):
    """A wrong dimension, or a substance that is not named, is an error and never a guess."""
    with pytest.raises(UnitError):
        convert(1, unit_from, unit_to, substance=substance)


@pytest.mark.parametrize(
    "code",
    ["", " ", "foo", "mg//dL", "mg/", "/", ".", "mg.", "(mg", "mg)", "mg/(dL", "(mg)L", "mCel", "Cel2",
    "Cel/min", "10*99",
     "k%", "mmin", "0", "0.5.mg", "mg dL", "[foo]", "{", "}", "{a", "mg}",
     "m--2", "m31", "x" * 65, "((((((m))))))", "kkg", "kg{1.73_m2}", "103/uL", "106/uL"],
)  # fmt: skip
def test_what_is_no_unit_is_refused(code):
    """Text that is not UCUM and no known spelling is an error."""
    with pytest.raises(UnitError):
        parse(code)


def test_an_error_does_not_repeat_free_text():
    """Whatever was put in place of a unit, long text never comes back in a message."""
    with pytest.raises(UnitError) as caught:
        parse("Mrs. Ann Example; born 1950")
    assert "Ann" not in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_only_finite_numbers_convert(value):
    """Neither NaN nor infinity is a quantity."""
    with pytest.raises(UnitError):
        convert(value, "mg", "g")


PAIRS = [
    ("mg/dL", "umol/L", "creatinine"), ("mg/g", "mg/mmol", "urine_acr"), ("mg/dL", "mmol/L", "glucose"),
    ("mm[Hg]", "kPa", None),
    ("Cel", "[degF]", None), ("kg", "[lb_av]", None), ("cm", "[in_i]", None), ("%", "mmol/mol", "hba1c"),
    ("a", "d", None),
    ("mg/dL", "mmol/L", "bun"), ("10*9/L", "/uL", None), ("/min", "Hz", None),
    ("mg/dL", "meq/L", "calcium"), ("g/dL", "mmol/L", "hemoglobin"),
]  # fmt: skip


@given(st.decimals("0.001", "9999", places=3), st.sampled_from(PAIRS))
def test_there_and_back_is_the_same_number(decimal, pair):
    """A charted number converted and converted back is that very number: no threshold moves."""
    unit, other, substance = pair
    value = float(decimal)
    assert (
        convert(convert(value, unit, other, substance=substance), other, unit, substance=substance) == value
    )


@given(
    st.sampled_from(["mg", "ug", "mL", "mmol", "U", "10*3", "kg", "/min", "d"]),
    st.sampled_from(["L", "dL", "kg", "h", "m2"]),
)
def test_a_quotient_inverts_a_product(left, right):
    """a/b times b has the factor and dimension of a."""
    whole, part = parse(f"{left}/{right}.{right}"), parse(left)
    assert (whole.factor, whole.dimension) == (part.factor, part.dimension)


@given(st.text(max_size=30))
def test_any_text_is_a_unit_or_an_error(text):
    """No text makes the parser fail in another way."""
    try:
        assert parse(text).factor > 0
    except UnitError:
        return


def mass(formula):
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", formula)
    return sum(WEIGHTS[atom] * int(count or 1) for atom, count in parts)


@pytest.mark.parametrize("name", table("substances.toml"))
def test_molar_masses_follow_from_the_formulas(name):
    """Each mass is that of its formula within 0.06 %, and each row names its source."""
    row = table("substances.toml")[name]
    assert row["source"]
    assert is_substance(name)
    assert all(is_substance(alias) for alias in row.get("aliases", ()))
    if "formula" in row:
        given_mass = row.get("molar_mass") or 10000 / row["umol_per_mg_dl"]
        assert given_mass == pytest.approx(mass(row["formula"]), rel=6e-4)


@pytest.mark.parametrize("part", ["exact", "folded"])
def test_every_spelling_leads_to_a_unit(part):
    """The table of spellings holds no dead end and no spelling twice."""
    rows = table("spellings.toml")[part]
    spellings = [spelling for group in rows.values() for spelling in group]
    assert len(spellings) == len(set(spellings))
    for code, group in rows.items():
        parse(code)
        for spelling in group:
            assert part == "exact" or spelling == spelling.lower()
            assert parse(spelling) == parse(code) or spelling == code.lower()
