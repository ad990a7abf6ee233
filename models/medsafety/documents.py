"""A document as a person: names, codes and units read; what cannot be read is refused by its place."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from models.base import BadInput, Document
from models.knowledge.drugs.resolve import Drug, Resolver
from models.medsafety.allergens import Allergens
from models.medsafety.kidneys import with_kidneys
from models.medsafety.person import Allergy, Held, Lab, Person, Taken
from models.medsafety.terms import Terms
from models.quantities import UnitError, convert
from models.record import ICD10CM, LOINC, RXNORM, Code, Quantity

_PAST = frozenset({"stopped", "completed", "cancelled", "ended", "inactive", "on-hold"})
_VOID = frozenset({"entered-in-error", "draft", "not-taken"})
_OVER = frozenset({"inactive", "resolved", "remission"})
_UNSURE = frozenset({"unconfirmed", "provisional", "differential"})
_WRONG = frozenset({"refuted", "entered-in-error"})
_KNOWN = frozenset(
    {
        "id", "draft", "medications", "allergies", "conditions", "labs", "genes", "age_years", "sex",
        "weight_kg", "height_cm", "pregnant", "trimester", "gestational_age_weeks", "lactating", "setting",
    }
)  # fmt: skip
_WEEKS = {1: 8.0, 2: 20.0, 3: 34.0}
"""The middle of a trimester, where only the trimester is known."""
_ICD10 = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{0,4})?\Z")


def read_person(document: Document, *, resolver: Resolver, terms: Terms, allergens: Allergens) -> Person:
    """Return the person of a document; raise `BadInput` with the pointer of what is wrong."""
    unknown = sorted(set(document) - _KNOWN)
    if unknown:
        raise BadInput(f"unknown member; known are {', '.join(sorted(_KNOWN))}", pointer=f"/{unknown[0]}")
    drafts = [_taken(d, f"/draft/{i}", "draft", resolver, terms) for i, d in _rows(document, "draft")]
    others = [
        _taken(d, f"/medications/{i}", _place(d), resolver, terms)
        for i, d in _rows(document, "medications")
        if not _void(d)
    ]
    pregnant, weeks = _pregnancy(document)
    person = Person(
        drugs=(*drafts, *others),
        allergies=tuple(
            found
            for i, row in _rows(document, "allergies")
            if (found := _allergy(row, f"/allergies/{i}", allergens)) is not None
        ),
        conditions=tuple(
            held for i, row in _rows(document, "conditions") for held in _conditions(row, i, terms)
        ),
        conditions_known="conditions" in document,
        drugs_known="medications" in document,
        allergies_known="allergies" in document,
        labs=_labs(document, terms),
        labs_known="labs" in document,
        genes=_genes(document),
        age_years=_number(document, "age_years", 0, 130),
        sex=_sex(document),
        weight_kg=_number(document, "weight_kg", 0.2, 650),
        height_cm=_number(document, "height_cm", 20, 260),
        pregnant=pregnant,
        gestation_weeks=weeks,
        lactating=_flag(document, "lactating"),
        setting=str(document.get("setting") or ""),
    )
    return with_kidneys(person)


def _rows(document: Document, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    value = document.get(name)
    if value is None:
        return
    if not isinstance(value, list | tuple):
        raise BadInput("a list is needed here", pointer=f"/{name}")
    for position, row in enumerate(value):
        if not isinstance(row, Mapping):
            raise BadInput("an object is needed here", pointer=f"/{name}/{position}")
        yield position, row


def _mapping(document: Document, name: str) -> Mapping[str, Any]:
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput("an object is needed here", pointer=f"/{name}")
    return value


_ALLELE = re.compile(r"(HLA-[A-Z0-9]+) ?\*(\d{2}):?(\d{2,3})")
_NO_RESULT = re.compile(
    r"indeterminate|inconclusive|no (?:result|call)|not (?:tested|performed)|uncertain|unknown"
)
_GENOTYPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "negative",
            r"\bnegative\b|\bno increased risk\b|\bnot (?:detected|present|found)|\babsent\b|\bnon-?carrier",
        ),
        ("normal", r"\bbenign\b|\bnot pathogenic\b|\bnot deficient\b|\bwild[- ]?type\b"),
        ("poor", r"\bpoor\b|\bpm\b"),
        ("intermediate", r"\bintermediate\b|\bim\b"),
        ("ultrarapid", r"\bultra-? ?rapid\b|\bum\b"),
        ("rapid", r"\brapid\b|\brm\b"),
        ("deficient", r"\bdeficien(?:t|cy)\b"),
        ("decreased", r"\b(?:decreased|reduced) function\b|\bdecreased\b"),
        ("pathogenic", r"\bpathogenic\b|\bhyperthermia suscepti"),
        ("sensitive", r"\bsensitiv"),
        ("normal", r"\b(?:normal|extensive)\b|\bnm\b|\bem\b"),
        ("positive", r"\bpositive\b|\b(?:detected|present|carrier)\b|\bincreased risk\b"),
    )
)
"""Words of results for what rules ask; the first that fits counts: "not detected" is not "detected"."""


def _genes(document: Document) -> Mapping[str, str]:
    """Return genes by the names and words of the rules; a test without a result is no test."""
    found = dict[str, str]()
    for gene, said in _mapping(document, "genes").items():
        words = str(said).casefold()
        name, allele = str(gene).strip().upper(), _ALLELE.search(f"{gene} {said}".upper())
        if allele is not None:
            name = f"{allele[1]}*{allele[2]}:{allele[3]}"
        if not _NO_RESULT.search(words):
            found[name] = next((word for word, pattern in _GENOTYPES if pattern.search(words)), words)
    return found


def _number(holder: Mapping[str, Any], name: str, low: float, high: float, at: str = "") -> float | None:
    value = holder.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadInput(f"a number from {low:g} to {high:g} is needed here", pointer=f"{at}/{name}")
    return float(value)


def _flag(document: Document, name: str) -> bool | None:
    value = document.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadInput("true or false is needed here", pointer=f"/{name}")
    return value


def _sex(document: Document) -> str:
    value = document.get("sex", "unknown")
    if value not in ("female", "male", "other", "unknown"):
        raise BadInput("female, male, other or unknown", pointer="/sex")
    return str(value)


def _pregnancy(document: Document) -> tuple[bool | None, float | None]:
    pregnant, weeks = _flag(document, "pregnant"), _number(document, "gestational_age_weeks", 0, 45)
    trimester = document.get("trimester")
    if trimester is not None and trimester not in _WEEKS:
        raise BadInput("1, 2 or 3", pointer="/trimester")
    if weeks is None and trimester is not None:
        weeks = _WEEKS[trimester]
    if pregnant is None and weeks is not None:
        pregnant = True
    return pregnant, weeks if pregnant else None


def _void(row: Mapping[str, Any]) -> bool:
    return str(row.get("status") or "active") in _VOID


def _place(row: Mapping[str, Any]) -> Any:
    ended = row.get("ended_days_ago")
    over = isinstance(ended, int | float) and not isinstance(ended, bool) and ended > 0
    return "past" if over or str(row.get("status") or "active") in _PAST else "active"


def _taken(row: Mapping[str, Any], at: str, place: Any, resolver: Resolver, terms: Terms) -> Taken:
    text = row.get("text") or ""
    rxcui = row.get("rxcui")
    if not isinstance(text, str) or not (text or rxcui):
        raise BadInput("text or rxcui names the drug", pointer=at)
    codes = [Code(RXNORM, str(rxcui))] if rxcui else []
    words = " ".join(part for part in (text, str(row.get("dose_text") or "")) if part)
    drug = _with_order(resolver.resolve(words, codes), row, at)
    indication = row.get("indication")
    return Taken(
        drug=drug,
        place=place,
        ref=at,
        started_days_ago=_number(row, "started_days_ago", -3650, 50_000, at),
        ended_days_ago=_number(row, "ended_days_ago", -3650, 50_000, at),
        indications=_named(indication, terms),
        text=text or drug.text,
    )


def _with_order(drug: Drug, row: Mapping[str, Any], at: str) -> Drug:
    """Return the drug with what the document says beside its words: dose, frequency, route, as needed."""
    dose, times = row.get("dose"), _number(row, "times_per_day", 0, 96, at)
    if dose is not None:
        if not isinstance(dose, Mapping) or not isinstance(dose.get("value"), int | float):
            raise BadInput('give {"value": number, "unit": UCUM}', pointer=f"{at}/dose")
        unit = str(dose.get("unit") or "")
        if unit in ("{tbl}", "{tablet}", "{capsule}", "{puff}", "1"):
            drug = replace(drug, count=float(dose["value"]), dose=None)
        else:
            drug = replace(drug, dose=Quantity(float(dose["value"]), unit), count=None)
    sig = drug.sig
    if times is not None:
        sig = replace(sig, times_per_day=times)
    if row.get("prn") is not None:
        sig = replace(sig, prn=bool(row["prn"]))
    route = str(row.get("route") or "").casefold()
    return replace(drug, sig=sig, route=_ROUTES.get(route, route) or drug.route)


_ROUTES = {"po": "oral", "iv": "intravenous", "im": "intramuscular", "sc": "subcutaneous", "top": "topical"}


def _named(value: Any, terms: Terms) -> frozenset[str]:
    """Return the conditions that an indication names: a name of ours, a code, or words."""
    if value is None:
        return frozenset()
    text = str(value)
    if text in terms.conditions:
        return frozenset((text,))
    code = Code(ICD10CM, text.upper()) if _ICD10.match(text.upper()) else None
    return terms.conditions_of([code] if code else [], text)


def _conditions(row: Mapping[str, Any], position: int, terms: Terms) -> Iterator[Held]:
    code, text = row.get("code"), str(row.get("text") or "")
    if not code and not text:
        raise BadInput("code or text names the condition", pointer=f"/conditions/{position}")
    if str(row.get("verification_status") or "") in _WRONG:
        return
    status = str(row.get("status") or row.get("clinical_status") or "active")
    given = [Code(str(row.get("system") or ICD10CM), str(code))] if code else []
    days = _number(row, "days_ago", -400, 50_000, f"/conditions/{position}")
    sure = str(row.get("verification_status") or "") not in _UNSURE
    for name in terms.conditions_of(given, text):
        yield Held(name, current=status not in _OVER, days_ago=days, sure=sure)


def _allergy(row: Mapping[str, Any], at: str, allergens: Allergens) -> Allergy | None:
    if str(row.get("verification_status") or "") in _WRONG or str(row.get("clinical_status") or "") in _OVER:
        return None
    code, system = row.get("code"), str(row.get("system") or RXNORM)
    text = str(row.get("text") or "")
    if not code and not text:
        raise BadInput("code or text names the allergen", pointer=at)
    given = (Code(system, str(code)),) if code else ()
    reaction = row.get("reaction")
    spoken = reaction if isinstance(reaction, list | tuple) else [reaction] if reaction else []
    return allergens.read(
        given,
        text,
        reactions=[str(r) for r in spoken],
        intolerance=row.get("type") == "intolerance",
        high=row.get("criticality") == "high",
        ref=at,
    )


def _labs(document: Document, terms: Terms) -> Mapping[str, tuple[Lab, ...]]:
    found: dict[str, list[Lab]] = {}
    for code, given in _mapping(document, "labs").items():
        for position, row in enumerate(given if isinstance(given, list) else [given]):
            at = f"/labs/{code}" + (f"/{position}" if isinstance(given, list) else "")
            if not isinstance(row, Mapping):
                raise BadInput('give {"value", "unit", "days_ago"}', pointer=at)
            for name in terms.labs_of([Code(LOINC, str(code))]):
                lab = _lab(row, at, name, terms)
                if lab is not None:
                    found.setdefault(name, []).append(lab)
    return {name: tuple(sorted(labs, key=_by_age)) for name, labs in found.items()}


_by_age: Callable[[Lab], float] = lambda lab: lab.days_ago  # noqa: E731


def _lab(row: Mapping[str, Any], at: str, name: str, terms: Terms) -> Lab | None:
    term, value = terms.labs[name], row.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("a number is needed here", pointer=f"{at}/value")
    unit = str(row.get("unit") or term.unit)
    try:
        number = (
            float(value) if unit == term.unit else convert(value, unit, term.unit, substance=term.substance)
        )
    except UnitError as error:
        raise BadInput(f"{term.title}: {error}", pointer=f"{at}/unit") from error
    days = _number(row, "days_ago", -1, 50_000, at) or 0.0
    believable = term.low <= number <= term.high
    return Lab(number, term.unit, max(days, 0.0), str(row.get("comparator") or "")) if believable else None
