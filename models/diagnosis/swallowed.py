"""Tablets that were taken by the dozen: `took about 40 headache pills` is an overdose whatever they were."""

import re
from collections.abc import Iterator

_COUNT = (
    r"(?P<count>\d{1,3}|twelve|fifteen|sixteen|twenty|thirty|forty|fifty|sixty|hundred|a hundred"
    r"|dozens? of|a dozen"
    r"|two dozen|handfuls? of|fistfuls? of"
    r"|(?:an? (?:whole |entire )?|the (?:whole|entire) )"
    r"(?:box|packet|pack|bottle|strip|tub|load|lot|handful) of)"
)
_MEASURE = (
    r"(?:mg|mcg|milligrams?|micrograms?|g|grams?|mls?|millilit(?:er|re)s?|units?|iu|puffs?|drops?|doses?|times"
    r"|minutes?|hours?|days?|nights?|weeks?|months?|years?)\b"
)
"""What makes a number a dose or a time, and no count of tablets: `took 400 mg of ibuprofen`."""
_TAKEN = re.compile(
    r"\b(?:took|taken|swallowed|swallowing|ate|eaten|necked|downed|gulped|ingested|emptied"
    r"|washed down)\s(?:\w+\s){0,3}?"
    rf"{_COUNT}\s(?!{_MEASURE})(?:[\w-]+\s){{0,4}}?(?P<what>paracetamols?|acetaminophen|tylenol|panadol|painkillers?"
    rf"|headache (?:pills|tablets)"
    r"|aspirins?|ibuprofen|tablets|pills|capsules|antidepressants|sleeping (?:pills|tablets)|sleepers"
    r"|codeine|co-codamol"
    r"|medication|medicines|amitriptyline|beta-?blockers|meds)\b(?!\s(?:a|per|each|every)\s(?:day|week"
    r"|month|night)|\sdaily"
    r"|\sover the (?:week|month))",
    re.IGNORECASE,
)
_FEWEST = 8
"""Tablets at once from which nobody takes them as directed; editorial."""
_PARACETAMOL = re.compile(r"paracetamol|acetaminophen|tylenol|panadol|co-codamol|headache", re.IGNORECASE)


def swallowed(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the findings of what was taken by the dozen, with their offsets."""
    for match in _TAKEN.finditer(text):
        count = match["count"].lower()
        if count.isdigit() and int(count) < _FEWEST:
            continue
        name = "overdose-paracetamol" if _PARACETAMOL.search(match[0]) else "overdose-known"
        yield name, *match.span()
