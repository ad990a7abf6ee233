"""Where somebody stands in having children, as far as a record tells: expecting, since when, nursing."""

from dataclasses import replace

from models.knowledge.concepts import load_concepts
from models.medsafety.results import HEIGHT, WEIGHT, coded, in_unit
from models.medsafety.terms import Terms
from models.record import ICD10CM, MINUTES_PER_DAY, SNOMED, Code, Fact, Quantity, Record
from models.scores.features.chart import Chart
from models.scores.features.index import index
from models.scores.features.predicates import pregnancy

_WEEKS = frozenset({"18185-9", "11884-4", "49051-6"})
_DUE = frozenset({"11778-8", "11779-6"})
_NURSING = frozenset({"63895-7"})
_STATUS = frozenset({"82810-3"})
_TELLING = frozenset({"condition", "procedure", "encounter"})
_TERM_WEEKS, _PUERPERIUM_DAYS = 40.0, 42.0


def read_codes(terms: Terms) -> frozenset[str]:
    """Return the LOINC codes of the observations that anything here or in `results` looks at."""
    answered = load_concepts().observations["pregnancy_status"].loinc
    return frozenset((*terms.by_loinc, *answered)) | WEIGHT | HEIGHT | _WEEKS | _DUE | _NURSING | _STATUS


def stage(record: Record) -> Chart:
    """Return the chart of what says whether somebody expects a child, and where the person is.

    Measured values and drugs say neither, and are most of a record.
    """
    telling = (f for f in record.facts if f.kind in _TELLING or _answers(f))
    return Chart(index(replace(record, facts=tuple(telling)), load_concepts()))


def _answers(fact: Fact) -> bool:
    return fact.kind == "observation" and not isinstance(fact.value, Quantity)


def expected(record: Record, chart: Chart, terms: Terms) -> bool | None:
    """Return whether a child is expected, or None where the record cannot tell; `chart` is its `stage`."""
    expecting = pregnancy(chart).value
    return None if expecting and _long_past_due(record, terms) else expecting


def weeks(record: Record) -> float | None:
    """Return the weeks of pregnancy: of a recorded gestational age or an expected date of delivery."""
    told = _aged(record)
    if told is not None and told <= _TERM_WEEKS + _PUERPERIUM_DAYS / 7:
        return round(told, 1)
    for fact in coded(record, _DUE):
        due = fact.detail.get("value_minutes_ago")
        if isinstance(due, float | int) and due / MINUTES_PER_DAY <= _PUERPERIUM_DAYS:
            return round(_TERM_WEEKS + due / MINUTES_PER_DAY / 7, 1)
    return None


def _aged(record: Record) -> float | None:
    """Return the newest gestational age, grown by the time since; of a pregnancy that may be over."""
    for fact in coded(record, _WEEKS):
        if isinstance(fact.value, Quantity) and (told := in_unit(fact.value, "wk")) is not None:
            return told + (fact.days_ago or 0.0) / 7
    return None


def _due(record: Record) -> float | None:
    """Return how many days ago the child was due, by the newest date or else by the newest week."""
    dues = [f.detail.get("value_minutes_ago") for f in coded(record, _DUE)]
    due = next((d / MINUTES_PER_DAY for d in dues if isinstance(d, float | int)), None)
    aged = _aged(record) if due is None else None
    return (aged - _TERM_WEEKS) * 7 if aged is not None else due


def _long_past_due(record: Record, terms: Terms) -> bool:
    """Tell whether the child was due 42 days ago and nothing since then speaks of another pregnancy.

    Entries of a pregnancy stay on lists after it; "not known" is what they are worth then.
    """
    due = _due(record)
    if due is None or due <= _PUERPERIUM_DAYS:
        return False
    told = [f.days_ago for f in coded(record, _STATUS)]
    told += [
        f.days_ago for f in record.of("condition") if "pregnancy" in terms.conditions_of(f.codes, f.text)
    ]
    return all(days is None or days >= due for days in told)


def nursing(record: Record) -> bool | None:
    """Return whether somebody breastfeeds, as an observation or a diagnosis says it, or None."""
    for fact in coded(record, _NURSING):
        if isinstance(fact.value, bool):
            return fact.value
        if isinstance(fact.value, Code):
            return fact.value.code in {"LA33-6", "373066001"}
    nursing = any(
        c.code.startswith("Z39.1") or c.code == "413712001"
        for fact in record.of("condition")
        for c in fact.codes
        if c.system in (ICD10CM, SNOMED)
    )
    return True if nursing else None
