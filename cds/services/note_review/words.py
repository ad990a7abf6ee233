"""The words of a card: what list and notes say, how it was read, what speaks against it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cds.fhir.dates import Offset, ago
from cds.hooks.cards import OverrideReason, plain, shorten
from cds.services.base import Case
from cds.services.note_review.comparing import Lists, substances
from cds.services.note_review.finds import Find
from cds.services.note_review.reading import Evidence, ReadNote, Told
from cds.services.note_review.suggestions import nothing_known
from cds.services.note_review.tables import Sensitive
from models.knowledge.drugs.knowledge import load_drugs

MACHINE = "Machine-read; may be wrong."
_SHOWN = 3
_LISTS: Mapping[str, str] = {
    "allergy": "allergy list",
    "medication": "medication list",
    "problem": "problem list",
}
_REASONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "allergy": (("tested-excluded", "Tested and excluded"), ("other-person", "It is about another person")),
    "medication": (("not-taken", "Not taken any more"), ("other-person", "It is about another person")),
    "problem": (
        ("excluded-resolved", "Excluded or resolved"),
        ("other-person", "It is about another person"),
    ),
    "stopped": (("still-taken", "It is taken"), ("other-person", "It is about another person")),
    "find": (("known-handled", "Known and looked after"), ("other-person", "It is about another person")),
}
_LAST = (("misread", "Misread (which words, in the comment)"), ("cannot-confirm", "Cannot be confirmed now"))


def reasons(kind: str) -> tuple[OverrideReason, ...]:
    """Return the override reasons of a kind of card."""
    return tuple(OverrideReason(code, display) for code, display in (*_REASONS[kind], *_LAST))


def aged(minutes: int | None) -> str:
    """Return an age as a person says it."""
    return "undated" if minutes is None else ago(minutes)


def quoted(found: Sequence[Evidence], sensitive: Sensitive) -> Iterator[str]:
    """Yield the evidence as scrubbed quotes with kind of note, section and age, sensitive words left out."""
    for one in found[:_SHOWN]:
        place = ", ".join(plain(part) for part in (one.note or "note", one.section) if part)
        copies = (
            f", same words in {one.copies} older note{'s' if one.copies > 1 else ''}" if one.copies else ""
        )
        if not copies and len(found) > 1:
            copies = ", not copied"
        hidden = sensitive.speaks(one.quote)
        words = "words that also tell of another matter, not quoted" if hidden else f'"{plain(one.quote)}"'
        yield f"- {words}: {place}, {aged(one.minutes_ago)}{copies}"
    if len(found) > _SHOWN:
        yield f"- and in {len(found) - _SHOWN} more places"


def list_line(kind: str, lists: Lists, case: Case) -> str:
    """Return what the list says, in words that never turn "not found" into "none"."""
    state = lists.state(kind)
    if kind == "allergy" and state == "nil-known":
        return f'**List:** "no known allergy"{_reviewed(case)}.'
    if state in {"empty", "null"}:
        return f"**List:** the {_LISTS[kind]} is empty, which is not a statement."
    return f"**Not found** on the {_LISTS[kind]}{_near(kind, lists)}."


def _reviewed(case: Case) -> str:
    """Return how long ago it was entered that there is no allergy."""
    for resource in case.resources:
        if resource["resourceType"] == "AllergyIntolerance" and nothing_known(resource):
            moment = resource.get("recordedDate")
            if isinstance(moment, Offset):
                return f", entered {ago(moment.minutes_ago)}"
    return ""


def _near(kind: str, lists: Lists) -> str:
    count = len(
        {"allergy": lists.allergies, "medication": lists.medications, "problem": lists.problems}[kind]
    )
    return f" ({count} entr{'y' if count == 1 else 'ies'})"


def read_as(told: Told) -> str:
    """Return how the text was read, with the measured share of such readings that are right."""
    how = {
        "described": "affirmed, past event",
        "listed": "affirmed, on a list",
        "with dose": "affirmed, with dose",
        "said": "affirmed",
    }
    sure = f"{told.confidence:.2f}".removeprefix("0")
    return f"**Read as:** this patient, {how.get(told.manner, 'affirmed')} ({sure})."


def against_allergy(told: Told, case: Case, notes: Iterable[ReadNote]) -> str:
    """Return what in notes and orders speaks against an allergy, or that nothing was found that does."""
    read = list(notes)
    denying = [n.note for n in read if any((e.get("attributes") or {}).get("none_known") for e in n.entities)]
    said = []
    if denying:
        count = f"{len(denying)} notes state" if len(denying) > 1 else "a note states"
        newest = min((n.minutes_ago for n in denying if n.minutes_ago is not None), default=None)
        said.append(f"{count} no known allergy (newest {aged(newest)})")
    said += _given(told, case)
    return f"**Against:** {'; '.join(said)}." if said else "**Against:** not found."


def _given(told: Told, case: Case) -> Iterator[str]:
    """Yield drugs of the same group that were ordered after the reaction, and what that says."""
    own = substances(told.names)
    classes = load_drugs().allergens
    wide = classes["beta_lactam"].members
    kin = wide.ingredients if wide and own & wide.ingredients else frozenset()
    oldest = max((e.minutes_ago for e in told.evidence if e.minutes_ago is not None), default=None)
    seen: set[str] = set()
    for fact in case.record.of("medication"):
        words = f"{fact.text} {' '.join(c.display for c in fact.codes)}".casefold()
        for name in sorted(own | kin):
            later = oldest is None or (fact.minutes_ago is not None and fact.minutes_ago < oldest)
            if name in seen or name.startswith("group:") or len(name) < 4 or name not in words or not later:
                continue
            seen.add(name)
            same = name in own
            note = "" if same else "; that does not exclude it"
            yield f"{plain(name)} was ordered {aged(fact.minutes_ago)}{note}"


def detail_of(told: Told, lines: Iterable[str], *, pointing: str, sensitive: Sensitive) -> str:
    """Return the text of a card about a claim."""
    first, *rest = lines
    blocks = [first, "\n".join(quoted(told.evidence, sensitive)), read_as(told), *rest, pointing, MACHINE]
    return "\n\n".join(block for block in blocks if block)


def find_detail(found: Find, sensitive: Sensitive) -> str:
    """Return the text of a card about something found by words."""
    size = f" Size: {found.size_mm:g} mm." if found.size_mm else ""
    followed = found.sought.followed is not None
    if not found.whole:
        # Of a list that did not arrive whole nothing is said to be missing.
        lists = "orders, reports and procedures" if followed else "the problem list, procedures and devices"
        not_found = f"**Not checked:** whether {lists} tell of it; not all of them could be read."
    elif followed:
        not_found = (
            "**Not found:** a later order, report or procedure that looks after it (outside care invisible)."
        )
    else:
        not_found = "**Not found** on the problem list, among procedures or devices."
    return "\n\n".join(
        [
            "\n".join(quoted(found.evidence, sensitive)),
            not_found,
            f"**Why:** {plain(found.sought.means)}{size} {plain(found.sought.source)}.",
            "No entry is offered: how often this is read right was not measured.",
            MACHINE,
        ]
    )


def short(text: str) -> str:
    """Return a summary within the limit."""
    return shorten(text)
