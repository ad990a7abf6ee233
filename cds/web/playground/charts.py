"""A patient's chart as tables: what a clinician would look at before a hook fires."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from adapters.ports import EhrError
from cds.fire.chart import Chart
from cds.web.playground.cards import words

Resource = Mapping[str, Any]

_ROWS = 12


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a chart; `more` counts rows that are not shown, `why` says why it is empty."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One encounter to choose from."""

    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Head:
    """Who the chart is about, as an EHR's banner shows it."""

    name: str
    sex: str
    born: str
    age: str
    number: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart as it is drawn."""

    head: Head
    tables: tuple[Table, ...]
    visits: tuple[Visit, ...]
    drafts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sheet:
    title: str
    query: str
    columns: tuple[str, ...]
    row: Callable[[Resource], tuple[str, ...]]
    date: str


def _words(resource: Resource, *names: str) -> str:
    return next((text for name in names if (text := words(resource.get(name)))), "(no words)")


def _day(value: Any) -> str:
    return value[:10] if isinstance(value, str) else ""


def _problem(r: Resource) -> tuple[str, ...]:
    return (
        _words(r, "code"),
        words(r.get("clinicalStatus")),
        _day(r.get("onsetDateTime") or r.get("recordedDate")),
    )


def _drug(r: Resource) -> tuple[str, ...]:
    dosage = r.get("dosageInstruction")
    first = dosage[0] if isinstance(dosage, list) and dosage and isinstance(dosage[0], Mapping) else {}
    reference = r.get("medicationReference")
    other = reference.get("display", "") if isinstance(reference, Mapping) else ""
    name = words(r.get("medicationCodeableConcept")) or str(other) or "(no words)"
    return name, str(first.get("text", "")), str(r.get("status", ""))


def _allergy(r: Resource) -> tuple[str, ...]:
    return _words(r, "code"), words(r.get("clinicalStatus")), str(r.get("criticality", ""))


def _result(r: Resource) -> tuple[str, ...]:
    return _words(r, "code"), _value(r), _day(r.get("effectiveDateTime"))


def _value(r: Resource) -> str:
    parts = r.get("component")
    if isinstance(parts, list) and "valueQuantity" not in r:
        return " / ".join(_value(p) for p in parts[:4] if isinstance(p, Mapping))
    quantity = r.get("valueQuantity")
    if isinstance(quantity, Mapping):
        return (
            f"{quantity.get('comparator', '')}{quantity.get('value', '')} {quantity.get('unit', '')}".strip()
        )
    return words(r.get("valueCodeableConcept")) or str(r.get("valueString", ""))


def _visit(r: Resource) -> tuple[str, ...]:
    period = r.get("period")
    start = _day(period.get("start")) if isinstance(period, Mapping) else ""
    kinds = r.get("type")
    kind = words(kinds[0]) if isinstance(kinds, list) and kinds else ""
    where = r.get("class")
    setting = str(where.get("display") or where.get("code", "")) if isinstance(where, Mapping) else ""
    return start, kind or setting, str(r.get("status", ""))


_SHEETS = (
    _Sheet("Problems", "Condition?patient={}", ("Problem", "Status", "Since"), _problem, "recordedDate"),
    _Sheet(
        "Medication orders", "MedicationRequest?patient={}", ("Drug", "Dose", "Status"), _drug, "authoredOn"
    ),
    _Sheet(
        "Allergies", "AllergyIntolerance?patient={}", ("Substance", "Status", "Criticality"), _allergy, ""
    ),
    _Sheet(
        "Newest results",
        "Observation?patient={}&category=laboratory,vital-signs&_sort=-date&_count=100",
        ("Result", "Value", "Date"),
        _result,
        "effectiveDateTime",
    ),
    _Sheet(
        "Encounters", "Encounter?patient={}&_sort=-date&_count=50", ("Date", "Kind", "Status"), _visit, ""
    ),
)


def view(chart: Chart, patient: str, *, pool: Executor, today: date | None = None) -> ChartView:
    """Return a chart's tables, read in parallel; one that cannot be read says so and breaks no other."""
    jobs = [pool.submit(_read, chart, sheet.query.format(patient)) for sheet in _SHEETS]
    head = _head(chart.patient(patient), today or datetime.now(UTC).date())
    found = [job.result() for job in jobs]
    tables = tuple(_table(sheet, rows, why) for sheet, (rows, why) in zip(_SHEETS, found, strict=True))
    orders, visits = found[1][0], found[4][0]
    return ChartView(
        head,
        tables,
        tuple(Visit(str(v.get("id")), " · ".join(filter(None, _visit(v)))) for v in visits[:_ROWS]),
        tuple(_drug(order)[0] for order in orders if order.get("status") == "draft"),
    )


def _read(chart: Chart, query: str) -> tuple[Sequence[Resource], str]:
    try:
        return chart.search(query).resources, ""
    except EhrError as error:
        return (), f"could not be read: {error}"


def _table(sheet: _Sheet, found: Sequence[Resource], why: str) -> Table:
    ordered = sorted(found, key=lambda r: str(r.get(sheet.date, "")), reverse=True) if sheet.date else found
    rows = tuple(dict.fromkeys(sheet.row(r) for r in ordered))
    if sheet.title == "Newest results":
        rows = tuple({row[0]: row for row in reversed(rows)}.values())[::-1]
    return Table(sheet.title, sheet.columns, rows[:_ROWS], max(len(rows) - _ROWS, 0), why or "none recorded")


def _head(patient: Resource, today: date) -> Head:
    names = patient.get("name")
    name = names[0] if isinstance(names, list) and names and isinstance(names[0], Mapping) else {}
    given = name.get("given")
    told = (
        name.get("text") or f"{' '.join(given) if isinstance(given, list) else ''} {name.get('family', '')}"
    )
    numbers = patient.get("identifier")
    number = numbers[0] if isinstance(numbers, list) and numbers and isinstance(numbers[0], Mapping) else {}
    born = str(patient.get("birthDate", ""))
    return Head(
        name=str(told).strip() or "(no name)",
        sex=str(patient.get("gender", "unknown")),
        born=born or "unknown",
        age=_age(born, today),
        number=str(number.get("value", "")),
    )


def _age(born: str, today: date) -> str:
    try:
        birth = date.fromisoformat(born)
    except ValueError:
        return "age unknown"
    years = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    days = (today - birth).days
    if years >= 2:
        return f"{years} years"
    return f"{days} days" if days < 90 else f"{days // 30} months"
