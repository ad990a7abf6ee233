"""Charts as documents: a person, the facts of a case, and drugs that nothing is wrong with."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from random import Random
from typing import Any

from models.medsafety.simulator.cases import Case, CaseError
from models.medsafety.simulator.wording import VARIANTS, worded

LOINC: Mapping[str, str] = {
    "potassium": "2823-3",
    "sodium": "2951-2",
    "calcium": "17861-6",
    "creatinine": "2160-0",
    "egfr": "98979-8",
    "inr": "6301-6",
    "alt": "1742-6",
    "hba1c": "4548-4",
    "ck": "2157-6",
    "platelets": "777-3",
    "white_cells": "6690-2",
    "neutrophils": "751-8",
    "haemoglobin": "718-7",
    "digoxin": "10535-3",
    "lithium": "14334-7",
    "phenytoin": "3968-5",
    "theophylline": "4049-3",
    "tacrolimus": "11253-2",
    "tsh": "3016-3",
    "qtc": "8636-3",
    "heart_rate": "8867-4",
}
"""Codes that a chart carries its results under."""
_KIDNEY = frozenset({"creatinine", "egfr"})
_ORDINARY = (
    *(
        "white_cells 6.4 10*9/L 30",
        "potassium 4.3 mmol/L 30",
        "sodium 140 mmol/L 30",
        "creatinine 0.8 mg/dL 30",
    ),
    *("platelets 240 10*9/L 30", "haemoglobin 14 g/dL 30", "alt 22 U/L 30", "calcium 9.4 mg/dL 30"),
)
_NEUTRAL = (
    *("loratadine 10 mg po daily", "cholecalciferol 1000 units po daily", "folic acid 1 mg po daily"),
    *("cyanocobalamin 1000 mcg po daily", "mupirocin 2 % topical ointment tid"),
    *("hydrocortisone 1 % topical cream bid", "polyethylene glycol 17 g po daily"),
)
"""Drugs without an interaction or contraindication of note, so that an injected violation stands alone."""
_NO_CONTROL = "no control"
"""The fact of a case whose violation an ordinary chart has too: nobody without anaemia is given epoetin."""
_NEUTRAL_CONDITIONS = ("J30.9", "L30.9", "E55.9", "M21.40", "H52.4")


@dataclass(frozen=True, slots=True)
class Order:
    """One document of the simulator, what it is there for, and for whom."""

    document: Mapping[str, Any]
    case: Case | None
    variant: str
    arrangement: str = ""
    controls: tuple[Mapping[str, Any], ...] = ()
    """The same orders for somebody else without the violation, where there is such a thing: each alone."""
    drafts: int = 1

    @property
    def age(self) -> str:
        """Return the age group."""
        years = float(self.document["age_years"])
        return "under 18" if years < 18 else "18-64" if years < 65 else "65 and over"

    @property
    def sex(self) -> str:
        """Return the recorded sex."""
        return str(self.document["sex"])


def injected(case: Case, number: int, random: Random) -> Order:
    """Return the case in a chart that is otherwise clean, in the wording and order of this repetition."""
    variant = VARIANTS[number % len(VARIANTS)]
    person = _person(case.facts, random)
    drafts, taken, arrangement = _arranged(case, number)
    beside = [] if float(person["age_years"]) < 18 else random.sample(_NEUTRAL, random.randint(0, 4))
    entries = [
        {**worded(text, variant), **({} if "ended" in text else {"status": "active"})} for text in taken
    ]
    others = [{"text": text, "status": "active"} for text in beside]
    document = {
        **person,
        "id": case.id,
        "draft": [worded(text, variant) for text in drafts],
        "medications": [*entries, *others],
        **_chart(case.facts, random),
    }
    plain = {
        **_person((), Random(0)),  # noqa: S311  # a chart that is made up needs no secret chance
        **_chart((), random),
        "medications": others,
    }
    ordered = (*case.drafts, *case.taken) if case.swappable else case.drafts
    controls = [{**plain, "draft": [worded(text, variant)]} for text in ordered]
    alone = not case.must_alert or case.kind == "dose" or not (case.facts or case.taken)
    alone = alone or _NO_CONTROL in case.facts
    return Order(document, case, variant, arrangement, () if alone else tuple(controls), len(drafts))


def _arranged(case: Case, number: int) -> tuple[Sequence[str], Sequence[str], str]:
    if not case.swappable or not case.must_alert:
        return case.drafts, case.taken, "as written"
    return (
        (case.drafts, case.taken, "draft and active"),
        (case.taken, case.drafts, "active and draft"),
        ((*case.drafts, *case.taken), (), "both drafted"),
    )[number % 3]


def _person(facts: Iterable[str], random: Random) -> dict[str, Any]:
    """Return age, sex and stage of life; unless a fact says so, nobody who could become pregnant."""
    person: dict[str, Any] = {"sex": random.choice(("female", "male"))}
    for text in facts:
        word, _, rest = text.partition(" ")
        if (reader := _PERSON.get(word)) is not None:
            person |= reader(rest, random)
    if "age_years" not in person:
        person["age_years"] = random.randint(56, 63) if person["sex"] == "female" else random.randint(30, 63)
    if person["sex"] == "female" and "pregnancy" not in person:
        person = {"pregnant": False, "lactating": False, **person}
    person.pop("pregnancy", None)
    if person["age_years"] >= 18:
        person = {"weight_kg": 80.0, **person}
    return person


def _age(text: str, random: Random) -> dict[str, Any]:
    span, _, unit = text.partition(" ")
    low, _, high = span.partition("-")
    years = float(random.randint(int(low), int(high)) if high else int(low))
    return {"age_years": round(years * {"": 1.0, "mo": 1 / 12, "d": 1 / 365.25}[unit], 4)}


_PERSON: Mapping[str, Callable[[str, Random], dict[str, Any]]] = {
    "age": _age,
    "female": lambda _, __: {"sex": "female"},
    "male": lambda _, __: {"sex": "male"},
    "weight": lambda text, _: {"weight_kg": float(text)},
    "pregnant": lambda text, _: {"sex": "female", "pregnant": True, "gestational_age_weeks": int(text)},
    "lactating": lambda _, __: {"sex": "female", "pregnant": False, "lactating": True},
    "pregnancy": lambda _, __: {"sex": "female", "pregnancy": "unknown"},
    "setting": lambda text, _: {"setting": text},
}


def _chart(facts: Iterable[str], random: Random) -> dict[str, Any]:
    """Return allergies, conditions, results and genes: those of the facts, and ordinary ones beside them."""
    chart: dict[str, Any] = {"allergies": [], "conditions": [], "labs": {}, "genes": {}}
    known = list(facts)
    for text in known:
        word, _, rest = text.partition(" ")
        if (writer := _CHART.get(word)) is not None:
            writer(chart, rest)
        elif word not in _PERSON and text not in ("no labs", "fixed", _NO_CONTROL):
            raise CaseError(f"{text!r} is no fact of a chart")
    if "no labs" not in known:
        _ordinary(chart)
    codes = random.sample(_NEUTRAL_CONDITIONS, random.randint(0, 3))
    chart["conditions"] += [{"code": code, "status": "active"} for code in codes]
    return chart


def _ordinary(chart: dict[str, Any]) -> None:
    """Add results in range of what the chart does not hold; no second word on the kidneys."""
    said = {name for name in LOINC if LOINC[name] in chart["labs"]}
    for text in _ORDINARY:
        name = text.split(" ")[0]
        if name not in said and not (name in _KIDNEY and said & _KIDNEY):
            _lab(chart, text)


def _allergy(chart: dict[str, Any], text: str, **more: str) -> None:
    name, _, reaction = (part.strip() for part in text.partition("="))
    entry = {"text": name, "clinical_status": "active", "verification_status": "confirmed", **more}
    chart["allergies"].append({**entry, "reaction": reaction} if reaction else entry)


def _condition(chart: dict[str, Any], code: str, status: str = "active") -> None:
    chart["conditions"].append({"code": code, "status": status})


def _lab(chart: dict[str, Any], text: str) -> None:
    name, value, unit, days = text.split(" ")
    result = {"value": float(value), "unit": unit, "days_ago": float(days)}
    chart["labs"].setdefault(LOINC[name], []).append(result)


def _gene(chart: dict[str, Any], text: str) -> None:
    name, _, found = text.partition(" ")
    chart["genes"][name] = found


_CHART: Mapping[str, Callable[[dict[str, Any], str], None]] = {
    "allergy": lambda chart, text: _allergy(chart, text, type="allergy"),
    "intolerance": lambda chart, text: _allergy(chart, text, type="intolerance"),
    "refuted": lambda chart, text: _allergy(chart, text, verification_status="refuted"),
    "condition": _condition,
    "resolved": lambda chart, text: _condition(chart, text, "resolved"),
    "lab": _lab,
    "gene": _gene,
}


@dataclass(frozen=True, slots=True)
class _Illness:
    name: str
    code: str
    options: tuple[tuple[tuple[str, str], ...], ...]
    """Each option is a set of orders with the family each belongs to."""
    ages: tuple[int, int]
    sex: str
    facts: tuple[str, ...]
    apart: frozenset[str]


@lru_cache(maxsize=1)
def _illnesses() -> tuple[_Illness, ...]:
    text = (resources.files("models.medsafety.simulator") / "clean.csv").read_text(encoding="utf-8")
    return tuple(_illness(row) for row in csv.DictReader(text.splitlines(), delimiter="|"))


def _illness(row: Mapping[str, str]) -> _Illness:
    low, high = row["ages"].split("-")
    needs = [part.strip() for part in (row["needs"] or "").split(";") if part.strip()]
    return _Illness(
        name=row["name"],
        code=row["code"],
        options=tuple(tuple(map(_family, option.split("+"))) for option in row["orders"].split("/")),
        ages=(int(low), int(high)),
        sex=row["sex"],
        facts=tuple(need for need in needs if not need.startswith("apart")),
        apart=frozenset(need.partition(" ")[2] for need in needs if need.startswith("apart")),
    )


def _family(text: str) -> tuple[str, str]:
    order, _, family = text.partition("#")
    return order.strip(), family.strip()


def clean(random: Random) -> Order:
    """Return a chart of several illnesses with their usual drugs, one or two of them being ordered now."""
    age, sex = random.randint(20, 86), random.choice(("female", "male"))
    fitting = [i for i in _illnesses() if i.ages[0] <= age <= i.ages[1] and i.sex in ("", sex)]
    random.shuffle(fitting)
    orders, facts = _lists(fitting[: random.randint(3, 8)], random)
    random.shuffle(orders)
    drafts = min(random.choice((1, 1, 2)), len(orders))
    variant = random.choice(VARIANTS)
    person = _person([f"age {age}", sex, *facts], random)
    document = {
        **person,
        "id": "clean",
        "draft": [worded(text, variant) for text in orders[:drafts]],
        "medications": [{**worded(text, variant), "status": "active"} for text in orders[drafts:]],
        **_chart(facts, random),
    }
    return Order(document, None, variant, drafts=drafts)


def _lists(illnesses: Iterable[_Illness], random: Random) -> tuple[list[str], list[str]]:
    orders: list[str] = []
    facts: list[str] = []
    used: set[str] = set()
    kept_apart: set[str] = set()
    for illness in illnesses:
        option = random.choice(illness.options)
        families = {family for _, family in option}
        if families & (used | kept_apart) or illness.apart & used:
            continue
        used |= families
        kept_apart |= illness.apart
        orders += [order for order, _ in option]
        facts += [need for need in illness.facts if need not in facts]
        facts += [f"condition {illness.code}"] if illness.code else []
    return orders, facts
