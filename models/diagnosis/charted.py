"""Entries of a record as findings: diagnoses, drugs, results, and what a person told of work and travel."""

from collections.abc import Iterable, Iterator, Mapping

from models.diagnosis.charting import Told, Where, charting
from models.diagnosis.measured import Value, judged
from models.diagnosis.shelves import Shelf
from models.knowledge.concepts import load_concepts
from models.quantities import UnitError, convert
from models.record import ICD10, ICD10CM, LOINC, MINUTES_PER_DAY, SNOMED, Code, Fact, Quantity, Record

_WRONG = frozenset({"refuted", "entered-in-error"})
_PAST = frozenset({"inactive", "remission", "resolved"})
_VALID = frozenset({"final", "amended", "corrected", "preliminary", ""})
_RESULT_DAYS = 14
"""How long a laboratory result counts for a complaint of today; editorial."""
_VITAL_DAYS = 1
_CREATININE = "2160-0"
_GIVEN_DAYS: Mapping[str, float] = {"MedicationDispense": 100, "MedicationAdministration": 2}
_HIGH, _LOW = frozenset({"H", "HH", "HU", "A", "AA", "POS", "DET", "R"}), frozenset({"N", "NEG", "ND", "NR"})
"""HL7 v3 ObservationInterpretation codes that say abnormal or found, and normal or not found."""
_YES, _NO = frozenset({"yes", "present", "positive", "true"}), frozenset({"no", "absent", "negative", "none"})
_SAID = frozenset({"exam", "survey", "social-history", "sdoh"})
_COMPLAINTS = frozenset(("symptom", "sign"))


def diagnoses(record: Record, shelf: Shelf, *, recent: frozenset[str]) -> Iterator[Told]:
    """Yield what the condition list tells: complaints of this encounter (`recent`, by reference), history."""
    for fact in record.of("condition"):
        if fact.verification in _WRONG:
            continue
        if fact.ref in recent:
            yield from complaint(fact, shelf, "condition")
        yield from _history(fact, shelf)


def complaint(fact: Fact, shelf: Shelf, where: Where) -> Iterator[Told]:
    """Yield the symptoms that a diagnosis names, by its words and codes."""
    words = label(fact)
    names = {
        m.finding
        for m in shelf.reader.read(words, shelf.band).mentions
        if m.present and _complains(m.finding, shelf)
    }
    names.update(_coded(fact))
    for name in sorted(names):
        yield _there(name, where, fact, words)


def _there(finding: str, where: Where, fact: Fact, words: str) -> Told:
    return Told(finding, present=True, where=where, ref=fact.ref, minutes_ago=fact.minutes_ago, words=words)


def _coded(fact: Fact) -> Iterable[str]:
    table = charting()
    for code in fact.codes:
        if code.system in {ICD10CM, ICD10}:
            bare = code.code.replace(".", "").upper()
            heads = (bare[:size] for size in range(len(bare), 2, -1))
            yield from next((table.icd10[head] for head in heads if head in table.icd10), ())
        elif code.system == SNOMED:
            yield from table.snomed.get(code.code, ())


def _history(fact: Fact, shelf: Shelf) -> Iterator[Told]:
    words = label(fact)
    over = fact.status in _PAST
    found = {m.finding for m in shelf.reader.read(words, shelf.band).mentions if m.present}
    names = {name for name in found if shelf.base.findings[name].kind == "history"}
    names.update(_by_code(fact, shelf))
    for name in sorted(names):
        # What is over weighs only where the finding itself is a thing of the past.
        if not over or name.endswith("-past"):
            yield _there(name, "condition", fact, words)


def _by_code(fact: Fact, shelf: Shelf) -> Iterator[str]:
    bare = [c.code.replace(".", "").upper() for c in fact.codes if c.system in {ICD10CM, ICD10}]
    for name, heads in shelf.prefixes:
        if any(code.startswith(heads) for code in bare):
            yield name


def listed(facts: Iterable[Fact], shelf: Shelf) -> dict[str, str]:
    """Return the conditions of the knowledge base that stand in the record already, with their entry.

    Symptom codes (chapter 18) name no diagnosis, and what is over may come again.
    """
    found: dict[str, str] = {}
    for fact in facts:
        if fact.verification in _WRONG or fact.status in _PAST:
            continue
        for name in _conditions(fact, shelf):
            found.setdefault(name, fact.ref)
    return found


def _conditions(fact: Fact, shelf: Shelf) -> Iterator[str]:
    for code in fact.codes:
        if code.system in {ICD10CM, ICD10}:
            bare = code.code.replace(".", "").upper()
            heads = [bare[:size] for size in range(len(bare), 2, -1)]
            if not bare.startswith(("R", *charting().beside)) and not any(
                head in charting().icd10 for head in heads
            ):
                yield from (shelf.codes[head] for head in heads if head in shelf.codes)
        elif code.display.casefold() in shelf.names:
            yield shelf.names[code.display.casefold()]
    if fact.text.casefold() in shelf.names:
        yield shelf.names[fact.text.casefold()]


def drugs(record: Record, shelf: Shelf) -> Iterator[Told]:
    """Yield what the drugs that are taken now are, and whether one of them is new."""
    wanted, days = charting().drugs, charting().new_days
    taken = [fact for fact in record.of("medication") if _taken(fact)]
    for words, fact in {label(fact): fact for fact in reversed(taken)}.items():
        for mention in shelf.reader.read(words, shelf.band).mentions:
            if mention.present and mention.finding in wanted:
                yield _there(mention.finding, "drug", fact, words)
        if fact.days_ago is not None and 0 <= fact.days_ago <= days and not _before(fact, record, days):
            yield _there("new-drug-started", "drug", fact, f"newly ordered {words}")


def without_drugs(record: Record, told: Iterable[Told]) -> Iterator[Told]:
    """Yield the prescription drugs that a whole list lacks; what is sold freely is left open."""
    if record.list_state("medication") != "complete" or not any(map(_taken, record.of("medication"))):
        return
    there = {one.finding for one in told if one.present}
    for name in sorted(charting().prescribed - there):
        yield Told(name, present=False, where="drug", words="medication list")


def _taken(fact: Fact) -> bool:
    detail = fact.detail
    if detail.get("do_not_perform") or detail.get("intent") in ("proposal", "option"):
        return False
    days = _GIVEN_DAYS.get(str(detail.get("resource", "")))
    if days is not None and fact.status in ("completed", "in-progress"):
        return fact.days_ago is not None and 0 <= fact.days_ago <= days
    return fact.status in ("active", "")


def _before(fact: Fact, record: Record, days: float) -> bool:
    """Tell whether an older entry has the same drug: a renewed order begins nothing."""
    mine = _ingredients(fact)
    others = (f for f in record.of("medication") if f.days_ago is not None and f.days_ago > days)
    return any(mine & _ingredients(other) for other in others)


def _ingredients(fact: Fact) -> set[str]:
    return {word for word in label(fact).casefold().split() if len(word) > 5 and word.isalpha()} - {
        "tablet", "capsule", "release", "extended", "solution", "injection",
    }  # fmt: skip


def results(record: Record, shelf: Shelf) -> Iterator[Told]:
    """Yield what the newest valid result of each kind decides, near enough to the complaint to count."""
    seen: set[str] = set()
    facts = [f for f in record.of("observation") if f.minutes_ago is not None and f.minutes_ago > -60]
    for fact in sorted(facts, key=lambda f: f.minutes_ago or 0):
        for code in fact.codes:
            if code.system == LOINC and code.code not in seen and _counts(fact, code.code, shelf):
                seen.add(code.code)
                if code.code != _CREATININE or not _is_chronic(fact, record):
                    yield from _result(fact, code.code, shelf)
        if fact.category and _SAID.intersection(fact.category):
            yield from _said(fact, shelf)


def _is_chronic(fact: Fact, record: Record) -> bool:
    """Tell whether a creatinine is what it was: no acute injury by KDIGO (Kidney Int Suppl 2012;2:1-138).

    Acute is a rise by 0.3 mg/dL within 48 hours, or to 1.5 times what it was before. Where kidney disease is
    known and nothing earlier is on record, nobody can tell, and it is not taken for acute.
    """
    value = _mg_per_dl(fact)
    before = [
        (older.minutes_ago - (fact.minutes_ago or 0), number)
        for older in record.coded("observation", LOINC, (_CREATININE,))
        if older.minutes_ago is not None
        and older.minutes_ago > (fact.minutes_ago or 0)
        and older.status in _VALID
        and (number := _mg_per_dl(older)) is not None
    ]
    if value is None or not before:
        return any(c.code.startswith("N18") for f in record.of("condition") for c in f.codes)
    sudden = any(apart <= 2 * MINUTES_PER_DAY and value - number >= 0.3 for apart, number in before)
    return not sudden and value < 1.5 * min(number for _, number in before)


def _mg_per_dl(fact: Fact) -> float | None:
    if not isinstance(fact.value, Quantity) or fact.value.comparator:
        return None
    try:
        return convert(fact.value.value, fact.value.unit or "mg/dL", "mg/dL", substance="creatinine")
    except UnitError:
        return None


def _counts(fact: Fact, code: str, shelf: Shelf) -> bool:
    rows = shelf.thresholds.get(code)
    if rows is None and code not in shelf.reports:
        return False
    if fact.status not in _VALID or fact.absent_reason or fact.value is None:
        return False
    days = _VITAL_DAYS if rows and rows[0].kind == "vital" else _RESULT_DAYS
    return (fact.minutes_ago or 0) <= days * MINUTES_PER_DAY


def _result(fact: Fact, code: str, shelf: Shelf) -> Iterator[Told]:
    value = fact.value
    if code in shelf.thresholds and isinstance(value, Quantity):
        yield from _measured(fact, value, code, shelf)
    marks = set(fact.interpretation)
    if isinstance(value, Code):
        marks |= {"POS"} if value.display.casefold() in {"positive", "detected", "reactive"} else set()
        marks |= {"NEG"} if value.display.casefold() in {"negative", "not detected"} else set()
    for name in shelf.reports.get(code, ()):
        if marks & (_HIGH | _LOW):
            yield Told(name, bool(marks & _HIGH), "result", fact.ref, fact.minutes_ago, worded(fact))


def _measured(fact: Fact, value: Quantity, code: str, shelf: Shelf) -> Iterator[Told]:
    measure = shelf.thresholds[code][0].measure
    assert measure is not None  # noqa: S101  # thresholds hold no finding without one
    try:
        number = convert(value.value, value.unit or measure.unit, measure.unit, substance=_substance(code))
    except UnitError:
        # A unit that cannot be converted is never guessed; the result stays unread.
        return
    for name, present, _ in judged(shelf.thresholds, [Value(code, number, 0, 0)], shelf.band):
        if not value.comparator or present == _beyond(value.comparator, name, shelf):
            yield Told(name, present, "result", fact.ref, fact.minutes_ago, worded(fact))


def _substance(code: str) -> str | None:
    """Return what a result measures, without which moles cannot become grams."""
    concepts = load_concepts()
    names = concepts.of_observation(Code(LOINC, code))
    return next((concepts.observations[name].substance for name in names), None)


def _beyond(comparator: str, name: str, shelf: Shelf) -> bool:
    """Return what a result without an exact number can show: `>` what lies above, `<` what lies below."""
    measure = shelf.base.findings[name].measure
    above = measure is not None and measure.above is not None
    return above if comparator.startswith(">") else not above


def _said(fact: Fact, shelf: Shelf) -> Iterator[Told]:
    """Yield what an answer or a finding of an examination tells, where it is said to be there or not."""
    codes = {code.code for code in fact.codes if code.system == LOINC}
    words = next((charting().told[code] for code in codes if code in charting().told), None)
    value = fact.value.display if isinstance(fact.value, Code) else fact.value
    if fact.status not in _VALID or value is None or isinstance(value, Quantity):
        return
    if words is not None:
        text, kinds, present = f"{words} {value}".strip(), {"exposure"}, None
    else:
        low = str(value).casefold()
        present = True if low in _YES else False if low in _NO else None
        text, kinds = (label(fact) if present is not None else ""), {"symptom", "sign", "exposure"}
    for mention in shelf.reader.read(text, shelf.band).mentions:
        if shelf.base.findings[mention.finding].kind in kinds:
            there = mention.present if present is None else mention.present == present
            yield Told(mention.finding, there, "told", fact.ref, fact.minutes_ago, text)


def label(fact: Fact) -> str:
    """Return what an entry is called in its own words, or by its code's."""
    return fact.text or next((code.display for code in fact.codes if code.display), "")


def worded(fact: Fact) -> str:
    """Return a result with its unit: `Platelets 468 10*3/uL`."""
    value = fact.value
    if isinstance(value, Quantity):
        return f"{label(fact)} {value.comparator}{value.value:g} {value.unit}".strip()
    return f"{label(fact)} {value.display if isinstance(value, Code) else value}".strip()


def _complains(name: str, shelf: Shelf) -> bool:
    return shelf.base.findings[name].kind in _COMPLAINTS
