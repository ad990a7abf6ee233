"""The inputs of a score as lines: values with unit and age, what is present, what was not found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cds.hooks.cards import plain
from cds.services.clinical_scores.numbers import aged, input_value, number, readable
from cds.services.clinical_scores.phrases import InputWords, words
from cds.services.clinical_scores.record_look import as_recorded, previous
from models.base import Finding, Input
from models.record import Quantity, Record

SETTING = "a setting of this site"
NEWER = "a newer value is in no complete set"
_CONVERTED = "converted from"
_NEEDLESS = "computed: "
_SINGLE_LINES = 3
"""Up to so many dated values each have a line with their earlier value; more are gathered by age."""
_ADULT = 2


@dataclass(frozen=True, slots=True)
class Told:
    """Inputs in words."""

    lines: tuple[str, ...]
    not_found: tuple[str, ...]
    settings: tuple[str, ...]
    set_aside: tuple[str, ...] = ()
    """Inputs of which a newer value stands alone and was not used."""


def told(finding: Finding, record: Record, others: Mapping[str, Finding]) -> Told:
    """Return a finding's inputs in words; `others` are the other findings, for earlier values."""
    inputs = finding.inputs
    dated = [line for line in inputs if _is_dated(line)]
    flags = [line for line in inputs if isinstance(line.value, bool) and not _is_answer(line)]
    singly = len(dated) <= _SINGLE_LINES
    values = (
        [_with_previous(line, record, others) for line in dated] if singly else list(_gathered(dated, record))
    )
    present = [_present(line) for line in flags if line.value is True]
    lines = [*values, *([f"**Present:** {', '.join(present)}"] if present else []), *_person(inputs)]
    return Told(
        lines=tuple(lines),
        not_found=tuple(words().input(line.name).label for line in flags if line.value is False),
        settings=tuple(_setting(line) for line in inputs if line.note == SETTING),
        set_aside=tuple(words().input(line.name).label for line in inputs if NEWER in line.note),
    )


def _is_answer(line: Input) -> bool:
    return bool(words().input(line.name).yes)


def _is_dated(line: Input) -> bool:
    """Tell whether an input is a value or answer of its own, not a flag, a setting or whose patient it is."""
    if line.name in ("age_years", "sex") or line.note == SETTING:
        return False
    return not isinstance(line.value, bool) or _is_answer(line)


def _setting(line: Input) -> str:
    return plain(str(line.value).replace("_", " ").title())


def _person(inputs: Iterable[Input]) -> list[str]:
    given = {line.name: line.value for line in inputs}
    age, sex = given.get("age_years"), given.get("sex")
    parts = []
    if isinstance(age, float | int):
        parts.append(f"Age {int(age) if age >= _ADULT else number(float(age), 1)}")
    if isinstance(sex, str):
        parts.append(plain(sex))
    return [", ".join(parts)] if parts else []


def _present(line: Input) -> str:
    """Return a flag with what made it so and since when it is on record."""
    why = plain(readable(line.note)) if line.note else ""
    when = f"on record {aged(line.minutes_ago)}" if not why else aged(line.minutes_ago)
    told_of = ", ".join(part for part in (why, when if line.minutes_ago is not None else "") if part)
    label = words().input(line.name).label
    return f"{label} ({told_of})" if told_of else label


def _named(line: Input, word: InputWords) -> str:
    value = input_value(line, word)
    return value if isinstance(line.value, bool) else f"{word.label} {value}"


def _note(line: Input, record: Record) -> str:
    """Return how a value came about, where it was not read as it stands."""
    parts = [part for part in line.note.split("; ") if part not in ("", NEWER)]
    plain_unit = as_recorded(record, line)
    kept = [p for p in parts if not (p.startswith(_NEEDLESS) or (p.startswith(_CONVERTED) and plain_unit))]
    return plain(readable("; ".join(kept)))


def _with_previous(line: Input, record: Record, others: Mapping[str, Finding]) -> str:
    word = words().input(line.name)
    about = ", ".join(part for part in (_note(line, record), aged(line.minutes_ago)) if part)
    text = f"{_named(line, word)} ({about})" if about else _named(line, word)
    before = _previous(line, word, record, others)
    return _capital(f"{text}; {before}" if before else text)


def _previous(line: Input, word: InputWords, record: Record, others: Mapping[str, Finding]) -> str:
    fact = previous(record, line)
    if fact is not None and isinstance(fact.value, Quantity):
        return f"{number(fact.value.value, word.digits)} ({aged(fact.minutes_ago)})"
    other = others.get(word.previous)
    earlier = other.detail.get("previous") if other is not None and line.note else None
    if not earlier or earlier["value"] is None or earlier["minutes_ago"] is None:
        return ""
    return f"{number(earlier['value'], word.digits)} ({aged(earlier['minutes_ago'])})"


def _gathered(dated: Sequence[Input], record: Record) -> Iterable[str]:
    """Yield a line for each age: what was taken together stands together."""
    by_age: dict[str, list[str]] = {}
    for line in sorted(dated, key=lambda one: (one.minutes_ago is None, one.minutes_ago or 0)):
        word = words().input(line.name)
        note = _note(line, record)
        text = f"{_named(line, word)} ({note})" if note else _named(line, word)
        by_age.setdefault(aged(line.minutes_ago), []).append(text)
    for age, texts in by_age.items():
        joined = ", ".join(texts)
        yield _capital(f"{age}: {joined}" if age else joined)


def _capital(text: str) -> str:
    """Return text with a capital first letter, unless it is a name such as eGFR."""
    return text[:1].upper() + text[1:] if text[:2].islower() else text
