"""A de-identified record and the texts of an encounter as a case, with the entry behind every finding."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.diagnosis.charted import complaint, diagnoses, drugs, listed, results, without_drugs
from models.diagnosis.charting import Told
from models.diagnosis.documents import Case
from models.diagnosis.person import UNKNOWN_AGE_YEARS, Person
from models.diagnosis.recognise import Mention, settled
from models.diagnosis.refusal import Refusal
from models.diagnosis.shelves import Shelf, Shelves
from models.diagnosis.story import Text, complaints, hear, once_timed
from models.knowledge.concepts import load_concepts
from models.knowledge.diagnosis import KnowledgeBase, band_of
from models.knowledge.diagnosis.rows import Setting, Sex
from models.quantities import UnitError, convert
from models.record import ICD10CM, LOINC, MINUTES_PER_DAY, SNOMED, Fact, Quantity, Record
from models.scores.features.chart import Chart
from models.scores.features.index import index
from models.scores.features.predicates import pregnancy

_ACUTE = frozenset({"EMER", "IMP", "ACUTE", "NONAC", "OBSENC", "SS"})
_SEXES: Mapping[str, Sex] = {"female": "female", "male": "male"}
_WEEKS, _DUE = frozenset({"18185-9", "11884-4", "49051-6"}), frozenset({"11778-8", "11779-6"})
_TERM_WEEKS, _LATE_WEEKS = 40.0, 45.0
_PREGNANT = ("pregnant", "pregnant-first-trimester", "pregnant-over-20-weeks")
_UNASKED = frozenset(("condition", "drug", "told"))
_VITALS = frozenset({"8310-5", "8867-4", "8480-6", "9279-1", "59408-5", "2708-6", "9269-2"})
_FERTILE_YEARS = (12.0, 55.0)
_WHOLE = frozenset({"complete", "empty", "null", "nil-known"})


@dataclass(frozen=True)
class Reading:
    """What a record and its texts tell: the case, who tells what, and what is missing."""

    case: Case
    base: KnowledgeBase
    told: tuple[Told, ...]
    listed: Mapping[str, str]
    """Conditions that stand in the record already, with their entry."""
    complains: bool
    """Whether a complaint was told, however it was understood."""
    new: frozenset[str]
    """Complaints that no earlier text of this encounter and no old entry tells of."""
    refused: tuple[str, ...]
    """Codes of why a text was not read, one for each."""
    missing: tuple[str, ...]
    unnamed: bool = False
    """Whether a complaint is told of which no symptom or sign is known by name: its words may still tell."""
    drafted: tuple[str, ...] = ()
    """Conditions that the diagnoses which are being entered name."""
    entered: bool = False
    """Whether one of them is a symptom, or could not be read as anything else."""

    @property
    def background(self) -> frozenset[str]:
        """Return what the record tells of the person and nobody spoke of in this encounter."""
        spoken = {one.finding for one in self.told if one.present and one.where not in _UNASKED}
        found = self.case.found
        listed_none = {one.finding for one in self.told if not one.present and one.where == "drug"}
        return found.present - self.base.closure({*spoken, *_PREGNANT, "postpartum"}) | listed_none

    def tellers(self, finding: str, *, present: bool) -> tuple[Told, ...]:
        """Return what tells a finding, newest first."""
        found = [one for one in self.told if one.finding == finding and one.present == present]
        return tuple(sorted(found, key=lambda one: 10**9 if one.minutes_ago is None else one.minutes_ago))


def read_record(record: Record, options: Mapping[str, Any], shelves: Shelves) -> Reading:
    """Return what a record tells.

    Options: `stories` and `earlier` (texts of the encounter from within and from before what is new: rows of
    `text`, `ref`, `minutes_ago`, `where`), `drafts` (facts of conditions that are being entered), `recent`
    (references of diagnoses that are complaints of this encounter).
    """
    chart = Chart(index(record, load_concepts()))
    person = _person(record, chart)
    shelf = shelves.of(band_of(person.age_years))
    reader = shelf.reader
    heard = [hear(Text.of(row), reader, shelf.band) for row in options.get("stories", ())]
    recent = frozenset(options.get("recent", ()))
    drafts: Sequence[Fact] = options.get("drafts", ())
    entered = [one for fact in drafts for one in complaint(fact, shelf, "draft")]
    vague = any(_vague(fact, shelf) for fact in drafts)
    presented = [
        *(one for part in heard for one in part.told),
        *(one for one in diagnoses(record, shelf, recent=recent) if one.ref in recent),
        *entered,
    ]
    told = [*once_timed(presented), *_background(record, shelf, recent, person)]
    told += without_drugs(record, told)
    found = settled(reader.base, [Mention(one.finding, 0, 0, one.present) for one in told])
    found = replace(
        found,
        words=frozenset().union(*(part.words for part in heard)),
        worded=frozenset().union(*(part.worded for part in heard)) & found.present,
    )
    person = _with_pregnancy(person, found.present)
    text = "\n".join(str(row["text"]) for row in options.get("stories", ()))
    return Reading(
        case=Case(text, person, found, told=True),
        base=reader.base,
        told=tuple(told),
        listed=listed([*record.of("condition"), *drafts], shelf),
        complains=any(part.complains for part in heard) or vague,
        new=complaints(presented, reader)
        & found.present - _known(record, options.get("earlier", ()), recent, shelf),
        refused=tuple(part.refused for part in heard if part.refused),
        missing=tuple(_missing(record, person, told, reader.base)),
        unnamed=any(part.complains for part in heard) and not complaints(presented, reader),
        drafted=tuple(listed(drafts, shelf)),
        entered=vague,
    )


def _vague(fact: Fact, shelf: Shelf) -> bool:
    """Tell whether an entry is a symptom or says nothing that could be a diagnosis."""
    if any(complaint(fact, shelf, "draft")) and not listed([fact], shelf):
        return True
    coded = [c.code for c in fact.codes if c.system in (ICD10CM, SNOMED) and not c.code.startswith("R")]
    return not coded and not listed([fact], shelf)


def _background(record: Record, shelf: Shelf, recent: frozenset[str], person: Person) -> Iterator[Told]:
    yield from (one for one in diagnoses(record, shelf, recent=frozenset()) if one.ref not in recent)
    yield from drugs(record, shelf)
    yield from results(record, shelf)
    yield from _carrying(record, person)


def _known(
    record: Record, earlier: Iterable[Mapping[str, Any]], recent: frozenset[str], shelf: Shelf
) -> frozenset[str]:
    """Return the complaints told before: in older texts of the encounter, or as chronic problems."""
    texts = [one for row in earlier for one in hear(Text.of(row), shelf.reader, shelf.band).told]
    old = [
        one
        for fact in record.of("condition")
        if fact.ref not in recent and "problem-list-item" in fact.category and fact.status in ("active", "")
        for one in complaint(fact, shelf, "condition")
    ]
    return complaints([*texts, *old], shelf.reader)


def _person(record: Record, chart: Chart) -> Person:
    days, years = record.age_days, record.age_years
    age = days / 365.25 if days is not None else years
    expecting = pregnancy(chart).value
    # A pregnant person recorded as male is no contradiction: conditions of pregnancy must not be ruled out.
    sex: Sex = "unknown" if expecting else _SEXES.get(record.sex, "unknown")
    if expecting and record.sex == "female":
        sex = "female"
    setting: Setting = "emergency" if chart.index.encounter_class in _ACUTE else "primary-care"
    return Person(
        UNKNOWN_AGE_YEARS if age is None else age, sex, setting, expecting, age_known=age is not None
    )


def _with_pregnancy(person: Person, present: frozenset[str]) -> Person:
    told = person.pregnant is None and present.intersection((*_PREGNANT, "pregnancy-test-positive"))
    return replace(
        person,
        pregnant=True if told else person.pregnant,
        sex="unknown" if told and person.sex == "male" else person.sex,
        immunosuppressed="immunosuppressed" in present,
    )


def _carrying(record: Record, person: Person) -> Iterator[Told]:
    """Yield pregnancy with its part of term, where it is recorded."""
    if person.pregnant is False:
        yield Told("pregnant", present=False, where="condition")
    if not person.pregnant:
        return
    yield Told("pregnant", present=True, where="condition", words="pregnancy")
    weeks, fact = _weeks(record)
    if weeks is not None and fact is not None and weeks <= _LATE_WEEKS:
        words = f"{weeks:.0f} weeks pregnant"
        name = "pregnant-first-trimester" if weeks < 14 else "pregnant-over-20-weeks" if weeks >= 20 else ""
        if name:
            yield Told(name, True, "result", fact.ref, fact.minutes_ago, words)  # noqa: FBT003  # all in order


def _weeks(record: Record) -> tuple[float | None, Fact | None]:
    for fact in sorted(record.coded("observation", LOINC, _WEEKS), key=lambda f: f.minutes_ago or 0):
        if isinstance(fact.value, Quantity):
            try:
                weeks = convert(fact.value.value, fact.value.unit or "wk", "wk")
            except UnitError:
                continue
            return weeks + (fact.days_ago or 0.0) / 7, fact
    for fact in record.coded("observation", LOINC, _DUE):
        due = fact.detail.get("value_minutes_ago")
        if isinstance(due, float | int):
            return _TERM_WEEKS + due / MINUTES_PER_DAY / 7, fact
    return _coded_weeks(record)


def _coded_weeks(record: Record) -> tuple[float | None, Fact | None]:
    """Return the completed weeks that ICD-10-CM's Z3A codes name, where one of them is of this month."""
    for fact in record.of("condition"):
        for code in fact.codes:
            tail = code.code.partition(".")[2]
            current = fact.days_ago is not None and fact.days_ago <= 30
            if code.system == ICD10CM and code.code.startswith("Z3A.") and tail.isdigit() and current:
                return float(tail) + (fact.days_ago or 0.0) / 7, fact
    return None, None


def _missing(record: Record, person: Person, told: Sequence[Told], base: KnowledgeBase) -> Iterator[str]:
    """Yield what would be known of anybody with a complaint and is not recorded here."""
    if not person.age_known:
        yield "age (40 years taken)"
    if person.sex == "unknown" and not person.pregnant:
        yield "sex"
    low, high = _FERTILE_YEARS
    if person.pregnant is None and person.sex == "female" and low <= person.age_years < high:
        yield "pregnancy"
    if not any(base.findings[one.finding].kind == "sign" for one in told):
        yield "examination"
    told_today = any(base.findings[one.finding].kind == "vital" for one in told)
    if not told_today and not _measured_today(record):
        yield "vital signs of the last 24 h"
    for kind, words in (("condition", "problem list"), ("medication", "medication list")):
        if record.list_state(kind) not in _WHOLE:  # type: ignore[arg-type]  # both are kinds of facts
            yield f"{words} (did not arrive whole)"


def _measured_today(record: Record) -> bool:
    facts = record.coded("observation", LOINC, _VITALS)
    return any(f.minutes_ago is not None and f.minutes_ago <= MINUTES_PER_DAY for f in facts)


def of_reading(reading: Reading) -> Refusal | None:
    """Return why there is no differential where a complaint was told and none was understood."""
    if reading.new:
        return None
    if "language" in reading.refused:
        return Refusal("language", "the story does not read as English; only English stories are understood")
    if reading.case.found.contradicted:
        return Refusal("contradiction", "the story says of its complaints that they are there and are not")
    known = any(one.where in ("reason", "note", "draft") for one in reading.told)
    if reading.complains and not known:
        return Refusal("nothing-understood", "no symptom or sign was understood in what was told")
    return None
