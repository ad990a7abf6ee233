"""One `differential` document to who presents and what is known, each wrong member named in the refusal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from models.base import BadInput, Document
from models.diagnosis.measured import Value, judged, thresholds
from models.diagnosis.person import UNKNOWN_AGE_YEARS, Person, age_of, sex_of
from models.diagnosis.recognise import Mention, Recognised, Recogniser, settled
from models.diagnosis.schema import LONGEST_TEXT, SCHEMA
from models.knowledge.diagnosis import KnowledgeBase, band_of
from models.knowledge.diagnosis.rows import Setting, Sex
from models.quantities.conversion import convert
from models.quantities.errors import UnitError

_SETTINGS: Mapping[str, Setting] = {
    "primary-care": "primary-care",
    "telephone": "primary-care",
    "emergency": "emergency",
    "inpatient": "emergency",
}
_PREGNANT = frozenset(
    ("pregnant", "pregnancy-test-positive", "pregnant-first-trimester", "pregnant-over-20-weeks")
)
_IMMUNE = "immunosuppressed"


@dataclass(frozen=True, slots=True)
class Case:
    """A story read: who, and what is and is not there."""

    text: str
    person: Person
    found: Recognised
    told: bool
    """Whether findings or values came beside the text."""
    named: bool = False
    """Whether age and sex came beside it, so that it is about somebody."""


def read_case(document: Document, reader: Recogniser) -> Case:
    """Return the case of a document; raise `BadInput` naming the member that is wrong."""
    if not isinstance(document, Mapping):
        raise BadInput("one JSON object is needed", pointer="")
    _known(document)
    text = _text(document)
    person = _person(document, text)
    band = band_of(person.age_years)
    read = reader.read(text, band)
    beside = [*_findings(document, reader, band), *_values(document, reader, band), *_flags(document, reader)]
    found = joined(reader.base, read, beside)
    named = document.get("sex") in {"female", "male"} and {"age_years", "age_days"} & document.keys() != set()
    return Case(text, _pregnancy(person, found), found, told=bool(beside), named=named)


def joined(base: KnowledgeBase, read: Recognised, beside: Sequence[Mention]) -> Recognised:
    """Return what a text says together with what is known beside it; its words go on weighing."""
    if not beside:
        return read
    found = settled(base, [*read.mentions, *beside])
    return replace(found, words=read.words, worded=read.worded & found.present)


def _known(document: Document) -> None:
    unknown = sorted(set(document) - set(cast("Mapping[str, Any]", SCHEMA["properties"])))
    if unknown:
        raise BadInput("this member is not of the schema; leave it out", pointer=f"/{unknown[0]}")


def _text(document: Document) -> str:
    text = document.get("text", "")
    if not isinstance(text, str):
        raise BadInput("text is needed here", pointer="/text")
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"at most {LONGEST_TEXT} characters are read", pointer="/text")
    return text


def _person(document: Document, text: str) -> Person:
    age = _number(document, "age_years", 130)
    days = _number(document, "age_days", 130 * 366)
    years = days / 365.25 if days is not None else age if age is not None else age_of(text)
    sex = document.get("sex", "unknown")
    if sex not in {"female", "male", "other", "unknown"}:
        raise BadInput("sex is female, male, other or unknown", pointer="/sex")
    setting = document.get("setting", "primary-care")
    if setting not in _SETTINGS:
        raise BadInput(f"setting is one of {', '.join(_SETTINGS)}", pointer="/setting")
    told: Sex = sex if sex in {"female", "male"} else sex_of(text) if sex == "unknown" else "unknown"
    return Person(
        UNKNOWN_AGE_YEARS if years is None or years > 130 else years,
        told,
        _SETTINGS[setting],
        _flag(document, "pregnant"),
        _flag(document, _IMMUNE),
        age_known=years is not None,
    )


def _number(document: Document, name: str, most: float) -> float | None:
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadInput(f"a number from 0 to {most:g} is needed", pointer=f"/{name}")
    return float(value)


def _flag(document: Document, name: str) -> bool | None:
    value = document.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadInput("true or false is needed", pointer=f"/{name}")
    return value


def _findings(document: Document, reader: Recogniser, band: int) -> list[Mention]:
    rows = document.get("findings", [])
    if not isinstance(rows, list):
        raise BadInput("a list is needed", pointer="/findings")
    return [
        mention for at, row in enumerate(rows) for mention in _finding(row, f"/findings/{at}", reader, band)
    ]


def _finding(row: object, place: str, reader: Recogniser, band: int) -> list[Mention]:
    if not isinstance(row, Mapping) or not isinstance(row.get("present"), bool):
        raise BadInput("a finding has `present` (true or false) and `code` or `text`", pointer=place)
    code, text = row.get("code"), row.get("text")
    if isinstance(code, str) and code in reader.base.findings:
        return [Mention(code, 0, 0, row["present"])]
    if isinstance(text, str):
        named = [m for m in reader.read(text, band).mentions if m.present]
        return [Mention(m.finding, 0, 0, row["present"]) for m in named]
    raise BadInput("no finding has this code; give words under `text`", pointer=f"{place}/code")


def _values(document: Document, reader: Recogniser, band: int) -> list[Mention]:
    vitals = document.get("vitals", {})
    if not isinstance(vitals, Mapping):
        raise BadInput("an object by LOINC code is needed", pointer="/vitals")
    table = thresholds(reader.base) if vitals else {}
    found = [_value(code, row, table) for code, row in vitals.items()]
    known = [value for value in found if value is not None]
    return [Mention(name, 0, 0, present) for name, present, _ in judged(table, known, band)]


def _value(code: str, row: object, table: Mapping[str, Any]) -> Value | None:
    place = f"/vitals/{code}"
    value = row.get("value") if isinstance(row, Mapping) else None
    if not isinstance(row, Mapping) or isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("a value with its unit is needed", pointer=place)
    if code not in table:
        return None
    unit = table[code][0].measure.unit
    try:
        return Value(code, convert(float(value), str(row.get("unit") or unit), unit), 0, 0)
    except UnitError as error:
        raise BadInput(str(error), pointer=f"{place}/unit") from error


def _flags(document: Document, reader: Recogniser) -> list[Mention]:
    names = {"pregnant": "pregnant", _IMMUNE: _IMMUNE}
    return [
        Mention(finding, 0, 0, bool(document[name]))
        for name, finding in names.items()
        if document.get(name) is not None and finding in reader.base.findings
    ]


def _pregnancy(person: Person, found: Recognised) -> Person:
    """Return the person with pregnancy as the story tells it, where the record does not say."""
    said = person.pregnant
    if said is None and found.present & _PREGNANT:
        said = True
    elif said is None and "pregnancy-test-positive" in found.absent:
        said = False
    # Who is pregnant is female, where neither the record nor the words give the sex.
    sex: Sex = "female" if said and person.sex == "unknown" else person.sex
    return Person(person.age_years, sex, person.setting, said, person.immunosuppressed, person.age_known)
