"""Published scores that gaps ask for, from the same definitions that the scores' own service uses."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.base import BadInput
from models.quantities import UnitError, convert
from models.recommender.drugs import Drugs
from models.recommender.patient import Medicine, Patient
from models.record import Quantity
from models.scores.model import family

if TYPE_CHECKING:
    from models.recommender.gap_facts import Facts

MME_INPUTS = {
    "codeine": "codeine", "fentanyl": "fentanyl_transdermal", "hydrocodone": "hydrocodone",
    "hydromorphone": "hydromorphone", "methadone": "methadone", "morphine": "morphine",
    "oxycodone": "oxycodone", "oxymorphone": "oxymorphone",
    "tapentadol": "tapentadol", "tramadol": "tramadol",
}  # fmt: skip
"""Opioids of the CDC 2022 table and what its score calls them."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score's value, or what it lacked."""

    title: str
    value: float | None
    missing: tuple[str, ...] = ()


def egfr(patient: Patient, creatinine: float) -> float | None:
    """Return the eGFR (CKD-EPI 2021) of a creatinine in mg/dL, for adults of known age and sex."""
    if patient.age_years is None or patient.age_years < 18 or patient.sex not in ("female", "male"):
        return None
    given = {"age_years": patient.age_years, "sex": patient.sex, "creatinine": creatinine}
    return _number(_run("ckd-epi-2021", given))


def mme(medicines: Iterable[Medicine], drugs: Drugs) -> tuple[float, tuple[str, ...]]:
    """Return morphine milligram equivalents a day, and the opioids whose dose is not known.

    Doses in mass or in tablets of a known strength, with times a day; patches in micrograms an hour;
    buprenorphine never.
    """
    opioids = drugs.members(["opioid"]) - {"buprenorphine"}
    total, lacking = 0.0, []
    for one in medicines:
        for name in sorted(opioids & set(drugs.ingredients(one.rxcui, one.text))):
            daily = _daily(one, name, drugs)
            found = _number(_run("morphine-milligram-equivalents", daily)) if daily else None
            if found is None:
                lacking.append(name)
            else:
                total += found
    return total, tuple(lacking)


def _daily(one: Medicine, name: str, drugs: Drugs) -> dict[str, float] | None:
    if name not in MME_INPUTS:
        return None
    amount = _patch(one) if name == "fentanyl" else _mass(drugs.daily(one, name), "mg")
    return None if amount is None else {MME_INPUTS[name]: amount}


def _patch(one: Medicine) -> float | None:
    return None if one.dose is None else _mass(Quantity(one.dose, one.dose_unit), "ug/h")


def _mass(amount: Quantity | None, unit: str) -> float | None:
    try:
        return None if amount is None else convert(amount.value, amount.unit, unit)
    except UnitError:
        return None


def score(name: str, facts: "Facts") -> Score:
    """Return one of the scores that gaps may ask for."""
    if name == "prevent-ascvd":
        return _prevent(facts)
    patient, problems = facts.chart.patient, facts.chart.problems
    lvef = next(iter(facts.readings("lvef")), None)
    given: dict[str, Any] = {
        "age_years": patient.age_years,
        "congestive_heart_failure": "heart_failure" in problems or bool(lvef and lvef.value <= 40),
        "hypertension": "hypertension" in problems,
        "diabetes": "diabetes" in problems,
        "stroke_tia_thromboembolism": "stroke_tia" in problems or "ischaemic_stroke" in problems,
        "vascular_disease": bool({"myocardial_infarction", "peripheral_artery_disease"} & problems),
    }
    if name == "cha2ds2-vasc":
        given["sex"] = patient.sex if patient.sex in ("female", "male") else None
    title = {"cha2ds2-va": "CHA2DS2-VA", "cha2ds2-vasc": "CHA2DS2-VASc"}[name]
    return _score(title, name, given)


def _score(title: str, name: str, given: dict[str, Any], output: str = "") -> Score:
    lacking = tuple(key.replace("_", " ") for key, value in given.items() if value is None)
    if lacking:
        return Score(title, None, lacking)
    answer = _run(name, given)
    value = _number(answer, output)
    return Score(title, value, () if value is not None else (f"{title} within its range",))


def _prevent(facts: "Facts") -> Score:
    patient, chart = facts.chart.patient, facts.chart
    lists = {"conditions", "medications"} <= patient.given
    treated = facts.drugs.members(["raas_blocker", "ccb_dhp", "ccb_nondhp", "thiazide", "beta_blocker"])
    newest = {name: next(iter(facts.readings(name)), None) for name in ("systolic_bp", "egfr")}
    given: dict[str, Any] = {
        "age_years": patient.age_years,
        "sex": patient.sex if patient.sex in ("female", "male") else None,
        "total_cholesterol": _mg_dl(patient, ("2093-3",), "cholesterol"),
        "hdl_cholesterol": _mg_dl(patient, ("2085-9",), "cholesterol"),
        **{name: one.value if one else None for name, one in newest.items()},
        "bp_treated": bool(treated & set(chart.taken)) if lists else None,
        "statin": bool(facts.drugs.members(["statin"]) & set(chart.taken)) if lists else None,
        "diabetes": "diabetes" in chart.problems if lists else None,
        "current_smoker": patient.smoker,
    }
    return _score("10-year ASCVD risk (PREVENT)", "prevent", given, "ascvd_10y")


def _mg_dl(patient: Patient, codes: tuple[str, ...], substance: str) -> float | None:
    """Return the newest value of these codes in mg/dL."""
    rows = [lab for lab in patient.labs if lab.loinc in codes]
    for lab in sorted(rows, key=lambda one: one.days_ago if one.days_ago is not None else float("inf")):
        try:
            return convert(lab.value, lab.unit or "mg/dL", "mg/dL", substance=substance)
        except UnitError:
            continue
    return None


def _run(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return a score's answer; inputs out of its range give none."""
    try:
        return family.load(f"scores/{name}").run(given)
    except BadInput:
        return {}


def _number(answer: dict[str, Any], output: str = "") -> float | None:
    found = answer.get("values", {}).get(output) if output else answer.get("value")
    if found is None and not output:
        found = next(iter(answer.get("values", {}).values()), None)
    return None if found is None else float(found)
