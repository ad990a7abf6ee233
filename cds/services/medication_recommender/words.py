"""The words of a rule's card: by which guideline, on what record, how safe, what to ask, what is unknown."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cds.fhir.dates import ago
from cds.hooks.cards import SUMMARY_LIMIT, plain, shorten
from cds.services.base import Case
from cds.services.medication_recommender.selection import called, guideline, offered, vaccine
from models.base import Finding, Input

_RULE_ID = re.compile(r"^[A-Z]{2,}[a-z]\w*: ")
_GRADE = re.compile(r"^(\d|I{1,3}), ([A-C])$")
_UNITS: Mapping[str, str] = {"mL/min/{1.73_m2}": "", "mm[Hg]": "mmHg", "1": "", "10*9/L": "×10⁹/L"}
_FERTILE_UNTIL = 56
_EVERY = ("coverage", "outside prescriptions", "preference")
"""What no record tells of any therapy."""
_BUT = re.compile(r", (?:(?:for|in|with) )?which .*")
"""Why a rule asks about something belongs to the rule, not to the list of what was not found."""


def summary(finding: Finding) -> str:
    """Return what to consider, for whom by which values, and that none was found, within the limit."""
    if finding.detail["vaccine"]:
        return shorten(f"Consider {plain(vaccine(finding))}; none found in record")
    head, tail = f"Consider {finding.detail['consider']}", "; none found in record"
    parts: list[str] = []
    for part in _grounds(finding):
        longer = f"{head}: {', '.join([*parts, part])}{tail}"
        if len(longer) <= SUMMARY_LIMIT:
            parts.append(part)
    return shorten(f"{head}: {', '.join(parts)}{tail}" if parts else head + tail)


def _grounds(finding: Finding) -> Iterator[str]:
    yield from (plain(word) for word in finding.detail["brief"])
    newest = {line.code: line for line in reversed(_lines(finding, "value"))}
    shown = (newest[code] for code in finding.detail["headline"] if code in newest)
    yield from (f"{line.note} {_number(line)}" for line in shown)
    told = set(finding.detail["brief"])
    taken = (f"on {_first_word(line)}" for line in _lines(finding, "drug") if not line.note)
    yield from [words for words in taken if words not in told][:1]


def _first_word(line: Input) -> str:
    return plain(re.split(r" [\d(]", str(line.value))[0])


def detail(finding: Finding, case: Case, *, further: Sequence[str]) -> str:
    """Return the text of a rule's card."""
    blocks = [
        _rule(finding),
        _record(finding),
        _list("Also by", finding.detail["also_titles"]),
        _safety(finding, case),
        _list("Ask first", _asked(finding, case)),
        _list("Expect", finding.detail["expect"]),
        _doses(finding),
        _list("Unknown", _unknown(finding, case)),
        _list("Also open, not shown here" if not finding.detail["vaccine"] else "Also due", further),
    ]
    return "\n\n".join(block for block in blocks if block)


def _asked(finding: Finding, case: Case) -> list[str]:
    """Return what to ask first, of childbearing only where it may be."""
    age = case.record.age_years
    barren = case.record.sex == "male" or (age is not None and age >= _FERTILE_UNTIL)
    return [text for text in finding.detail["ask"] if not (barren and text.startswith("childbearing"))]


def grade(strength: str) -> str:
    """Return the grade of a recommendation in words: `1, A` is class 1, level A."""
    match = _GRADE.match(strength)
    return f"class {match[1]}, level {match[2]}" if match else strength


def _rule(finding: Finding) -> str:
    source, strength, name = finding.source, finding.reached["strength"], guideline(finding)
    cited = f"[{name}]({source.url})" if source else name
    who = finding.detail["who"]
    who = _inside(who).replace(" %", "%")
    return f"**Guideline rule, not learned:** {cited} ({plain(grade(strength))}): {plain(who)}."


def _record(finding: Finding) -> str:
    values: dict[str, list[Input]] = {}
    for line in _lines(finding, "value"):
        values.setdefault(line.code, []).append(line)
    told = [_series(rows) for rows in values.values()]
    told += [_drug(line) for line in _lines(finding, "drug")]
    brief = [plain(word) for word in finding.detail["brief"]]
    told = [*brief, *told] or [plain(word) for word in finding.notes]
    return f"**Record:** {'; '.join(told)}."


def _series(rows: Sequence[Input]) -> str:
    first, *rest = rows
    told = [f"{first.note} {_number(first)}{_when(first)}", *(f"{_bare(one)}{_when(one)}" for one in rest)]
    return ", ".join(told)


def _number(line: Input) -> str:
    unit = _UNITS.get(line.unit, line.unit)
    return f"{_bare(line)} {unit}".strip().replace(" %", "%")


def _bare(line: Input) -> str:
    return f"{line.value:g}" if isinstance(line.value, float | int) else plain(str(line.value))


def _when(line: Input) -> str:
    return "" if line.minutes_ago is None or line.minutes_ago < 0 else f" ({ago(line.minutes_ago)})"


def _drug(line: Input) -> str:
    return plain(f"{line.value} ({line.note})" if line.note else str(line.value))


def _lines(finding: Finding, name: str) -> list[Input]:
    return [line for line in finding.inputs if line.name == name]


def _safety(finding: Finding, case: Case) -> str:
    """Return the verdict on what is offered, what was looked for and not found, and what is not offered."""
    options = offered(finding)
    head = _verdict(options[0], case)
    asked = (text for text in finding.detail["excluded"] if text != "pregnancy" or case.record.sex != "male")
    absent = [_BUT.sub("", text) for text in asked]
    earlier = _lines(finding, "earlier")
    if not earlier and not finding.detail["vaccine"]:
        absent.append("earlier use")
    blocks = [f"{head} **Not found:** {plain('; '.join(absent))}." if absent else head]
    if earlier:
        told = "; ".join(f"{plain(str(line.value))}{_when(line)}" for line in earlier[:3])
        blocks.append(f"**Earlier on record:** {told}; ask why it ended.")
    blocked = [one for one in finding.detail["options"] if one["verdict"] == "blocked"]
    blocks += [f"**Not offered:** {plain(one['name'])}: {reasons(one['reasons'][:2])}." for one in blocked]
    return "\n\n".join(blocks)


def _verdict(option: Mapping[str, Any], case: Case) -> str:
    against = option["reasons"]
    if against:
        return f"**Caution, {plain(option['name'])}:** {reasons(against)}."
    if option["unchecked"]:
        return "**Safety check:** nothing found against it; not everything could be checked (see Unknown)."
    known = "" if allergies(case) else "allergy, "
    return f"**Safety check passed** ({known}interactions, conditions, kidney, liver, age, duplicates)."


def reasons(texts: Iterable[str]) -> str:
    """Return what speaks against a therapy, without the ids of rules."""
    # Of a combination each ingredient may raise the same rule: once is enough.
    said = {(_RULE_ID.match(text) and text.partition(":")[0]) or text: text for text in texts}
    return plain("; ".join(dict.fromkeys(_RULE_ID.sub("", text).rstrip(". ") for text in said.values())))


def _doses(finding: Finding) -> str:
    told = [_dose(one) for one in offered(finding) if one["draft"]]
    drafts = [one["draft"]["source"] for one in offered(finding) if one["draft"]]
    sources = dict.fromkeys(source for text in drafts[:2] for source in text.split("; "))
    return f"**Starting dose:** {'; '.join(told[:2])}. {plain('; '.join(sources))}." if told else ""


def _dose(option: Mapping[str, Any]) -> str:
    draft = option["draft"]
    note = f" ({draft['note']})" if draft["note"] else ""
    return plain(f"{called(option)} {draft['sig']}{note}")


def _unknown(finding: Finding, case: Case) -> list[str]:
    """Return what was not known and would bear on it, each once."""
    unchecked = (
        text.removeprefix("not checked: ") for one in offered(finding)[:1] for text in one["unchecked"]
    )
    own = [*finding.missing, *unchecked]
    if any("pregnant is not known" in text for text in own):
        own = [text for text in own if "pregnant" not in text] + ["pregnancy"]
    return list(dict.fromkeys([*map(_inside, own), *allergies(case), *_EVERY]))


def _inside(text: str) -> str:
    """Return a text as it stands inside a sentence; an abbreviation stays."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def allergies(case: Case) -> list[str]:
    """Return that an allergy list says nothing, where it holds no entry and no statement."""
    empty = case.record.list_state("allergy") in ("empty", "null")
    return ["allergies (the list is empty, which is not none known)"] if empty else []


def _list(title: str, texts: Sequence[str]) -> str:
    return f"**{title}:** {plain('; '.join(texts))}." if texts else ""
