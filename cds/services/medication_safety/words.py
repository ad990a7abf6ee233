"""The words of an alert: what is drafted and taken, why, what weighs, what to do, and by what evidence."""

import re
from collections.abc import Iterator, Mapping, Sequence

from cds.fhir.dates import ago
from cds.hooks.cards import SUMMARY_LIMIT, plain, shorten
from models.base import Finding, Input
from models.record import Fact

NO_AI = "Rules from labels and guidelines, no AI."
_SIG = 60
_ALLERGIES = 5
_GROUPS = (("draft", "Draft"), ("active", "Active"), ("stated", "Stated"), ("ended", "Ended"))
_VERBS: Mapping[str, str] = {
    "MedicationRequest": "ordered",
    "MedicationStatement": "stated",
    "MedicationDispense": "dispensed",
    "MedicationAdministration": "given",
}
_UNITS: Mapping[str, str] = {"{1.73_m2}": "1.73 m²", "10*9/L": "×10⁹/L", "10*3/uL": "×10³/µL", "[iU]": "IU"}
_VALUE = re.compile(r"(?:^|\()([A-Za-z][\w .\-]*? [<>=]*\d[\d.]*(?: [^\s()]+)?) \((?:today|[^()]* ago)\)")
"""A result as the rules word it: `Potassium 5.9 mmol/L (3 days ago)`."""
_DATE = re.compile(r"\b((?:19|20)\d\d)-[01]\d-[0-3]\d\b")
_INNER = re.compile(r" ?\(([^()]*)\)")
_NESTED = re.compile(r"\(([^()]*?) ?\(([^()]*)\)([^()]*)\)")


def summary(group: Sequence[Finding]) -> str:
    """Return one sentence: the worst of a group with its values, and what else the group is about."""
    head, others = group[0], group[1:]
    named = _beside(head, others)
    values = ", ".join(_values(head))
    more = f"and {len(others)} more" if others else ""
    tails = [f"; also {', '.join(named)}"] if named else []
    tails = [f" ({values}){tails[0]}", *tails] if tails and values else tails
    tails += [
        f" ({'; '.join(filter(None, inside))})" for inside in ((values, more), ("", more)) if any(inside)
    ]
    for tail in tails:
        if len(head.title) + len(tail) <= SUMMARY_LIMIT:
            return head.title + tail
    last = f" ({more})" if more else ""
    return f"{shorten(head.title, SUMMARY_LIMIT - len(last))}{last}"


def _beside(head: Finding, others: Sequence[Finding]) -> list[str]:
    """Return what the others add to the summary of the worst, whose sentence is about its first drug.

    "Sacubitril with lisinopril: angioedema; also with valsartan" would say that of sacubitril with valsartan.
    """
    first, *_ = known = head.detail["drugs"]
    pairs = [f.detail["drugs"] for f in others]
    of_another = [pair for pair in pairs if len(pair) > 1 and first not in pair]
    same = dict.fromkeys(d for pair in pairs if pair not in of_another for d in pair if d not in known)
    told = [" with ".join(pair) for pair in of_another if set(pair) - set(known)]
    return [*([f"with {', '.join(same)}"] if same else []), *dict.fromkeys(told)]


def _values(finding: Finding) -> list[str]:
    """Return the results that decided, without units that a summary has no room for."""
    found = dict.fromkeys(m[1] for note in finding.notes for m in _VALUE.finditer(note))
    known = dict.fromkeys(re.sub(r" mL/min/.*", "", text) for text in found)
    return [text for text in known if text.casefold() not in finding.title.casefold()][:2]


def detail(
    group: Sequence[Finding], entries: Mapping[str, Fact], *, evidence: bool, out: Sequence[str] = ()
) -> str:
    """Return the card's text; `entries` are drugs and allergies by reference, `out` what to take out."""
    head = group[0]
    blocks = [
        " ".join(filter(None, (_drugs(group, entries), _allergies(group, entries)))),
        _why(head),
        _weighs(group),
        f"**Do:** {_said(head.detail['action'])}",
        *(f"**Also:** {_said(f.title)}. {_said(f.detail['action'])}{_noted(f)}" for f in group[1:]),
        _alternatives(head),
        f"**To take out:** {plain('; '.join(out))}." if out else "",
    ]
    if evidence:
        blocks.append(f"**Evidence:** {plain('; '.join(_cited(group)))}.")
    return "\n\n".join(block for block in (*blocks, NO_AI) if block)


def _why(finding: Finding) -> str:
    """Return the mechanism, unless the title says it already."""
    drugs = finding.detail["drugs"]
    why = finding.detail["mechanism"].replace("{a}", drugs[0]).replace("{b}", drugs[-1]).rstrip(".")
    return "" if why.casefold() in finding.title.casefold() else f"**Why:** {_said(why)}."


def note_line(finding: Finding, *, evidence: bool) -> str:
    """Return one line for what informs and asks for no decision."""
    cited = f" {plain(shorten('; '.join(_cited([finding])), 90))}" if evidence else ""
    return f"- {_said(finding.title)}. {_said(finding.detail['action'])}{_noted(finding)}{cited}"


def name_of(finding: Finding, ref: str) -> str:
    """Return what an entry is called in its own words."""
    named = (str(line.value) for line in finding.inputs if line.ref == ref)
    return shorten(next(named, finding.detail["drugs"][0]), 70)


def _cited(group: Sequence[Finding]) -> list[str]:
    """Return the citations with their years: a card says no calendar date, not even a publication's."""
    return list(dict.fromkeys(cited(s["citation"]) for f in group for s in f.detail["sources"]))


def cited(citation: str) -> str:
    """Return a citation with the year of a date in it."""
    return _DATE.sub(r"\1", citation)


def _said(text: str) -> str:
    for unit, shown in _UNITS.items():
        text = text.replace(unit, shown)
    return plain(_NESTED.sub(r"(\1, \2\3)", text))


def _drugs(group: Sequence[Finding], entries: Mapping[str, Fact]) -> str:
    """Return what is drafted and what is taken, each drug once by its newest entry."""
    newest: dict[tuple[str, str], Input] = {}
    sigs: dict[str, str] = {}
    for line in (line for finding in group for line in finding.inputs):
        key = (line.note, str(line.value).casefold())
        sigs[key[1]] = sigs.get(key[1]) or _sig(entries.get(line.ref))
        before = newest.get(key)
        if before is None or _age(line) < _age(before):
            newest[key] = line
    told: dict[str, list[str]] = {}
    for (note, text), line in newest.items():
        told.setdefault(note, []).append(_entry(line, entries, sigs[text]))
    return " ".join(
        f"**{title}:** {plain('; '.join(told[note]))}." for note, title in _GROUPS if note in told
    )


def _allergies(group: Sequence[Finding], entries: Mapping[str, Fact]) -> str:
    """Return the entries of the allergy list that the alerts speak of, each with reaction and age."""
    if group[0].detail["alert"] != "allergy":
        return ""
    refs = dict.fromkeys(str(finding.detail["allergy"]) for finding in group)
    told = [_allergy(entries[ref]) for ref in refs if ref in entries]
    more = f"; and {len(told) - _ALLERGIES} more" if len(told) > _ALLERGIES else ""
    return f"**Allergy on record:** {plain('; '.join(told[:_ALLERGIES]))}{more}." if told else ""


def _allergy(fact: Fact) -> str:
    named = fact.text or next((code.display for code in fact.codes if code.display), "an entry without words")
    reactions = [r for r in str(fact.detail.get("reactions", "")).split(";") if r and not r.isdigit()]
    said = (
        f"{named}: {', '.join(dict.fromkeys(reactions))}" if reactions else f"{named}, reaction not recorded"
    )
    minutes = fact.minutes_ago
    return f"{said} ({ago(minutes)})" if minutes is not None and minutes >= 0 else said


def _age(line: Input) -> int:
    return 10**9 if line.minutes_ago is None else line.minutes_ago


def _sig(fact: Fact | None) -> str:
    return shorten(str(fact.detail.get("sig", "")), _SIG).rstrip(".") if fact is not None else ""


def _entry(line: Input, entries: Mapping[str, Fact], sig: str) -> str:
    """Return an entry with how it is taken and since when it is known."""
    fact = entries.get(line.ref)
    words = f"{line.value}, {sig}" if sig else str(line.value)
    if line.note == "draft" or fact is None:
        return words
    minutes = fact.ended_minutes_ago if line.note == "ended" else line.minutes_ago
    if minutes is None or minutes < 0:
        return words
    verb = "ended" if line.note == "ended" else _VERBS.get(str(fact.detail.get("resource")), "recorded")
    return f"{words} ({verb} {ago(minutes)})"


def _weighs(group: Sequence[Finding]) -> str:
    return " ".join(_weighing(group))


def _weighing(group: Sequence[Finding]) -> Iterator[str]:
    """Yield what was found that weighs on the worst alert, and what none of them could find."""
    absent = dict.fromkeys(_absent(text) for f in group for text in f.missing)
    found = [note for note in group[0].notes if _absent(note) not in absent]
    if found:
        yield f"**In this record:** {'; '.join(map(_said, found))}."
    if absent:
        yield f"**Not found:** {'; '.join(map(_said, absent))}."


def _absent(text: str) -> str:
    """Return what is missing by itself: "not found: no potassium, duration not known" would say it twice."""
    return text.removeprefix("no ").removesuffix(" not known")


def _noted(finding: Finding) -> str:
    inside = "; ".join(_INNER.sub(r", \1", note) for note in finding.notes)
    return f" ({_said(inside)})" if inside else ""


def _alternatives(finding: Finding) -> str:
    passed = [drug["name"] for drug in finding.detail["alternatives"]]
    if not passed:
        return ""
    return (
        f"**Alternative checked:** {plain(', '.join(passed))}: allergy, interactions, conditions, kidney, "
        "age. Dose to be chosen."
    )
