"""What the shape of a sentence says of what it names, where no cue does.

What comes in brackets behind advice, before an arrow to the emergency department, behind `for` of a test,
among vaccines; what stands in an item of a list with a year or an operation; a question mark of what follows.
"""

import re
from collections.abc import Iterator, Sequence

from models.text import rulebook
from models.text.bygone import YEAR, dated, over
from models.text.cues import Cue
from models.text.elsewhere import of_another
from models.text.found import Entity
from models.text.sentences import Mark, Sentence
from models.text.tokens import Words

_ASKED = re.compile(r"(?:^|[\s(\[/:,;\"+])\?{1,3}[ \]]*(?:[A-Za-z'-]+ ){0,2}\Z")
"""A question mark before an entity, and no more than two words between."""
_ARROW = re.compile(
    r"(?:->|→|=>|=|:|–|—| - )\s*(?:[a-z]+ ){0,2}?(?:same day|phone|ring|call|urgent|seek|"
    r"contact (?:us|the|your|gp|ward|team|clinic|nurse|doctor)|tell us|"
    r"see gp|stop and call|999|911|111|a&e|ed\b|er\b|ambulance|hospital)",
    re.IGNORECASE,
)
"""What to do when it comes: the end of a list of warnings."""
_GOES = re.compile(
    r"\b(?:was|were|had|has|took|taken|came|brought|called|arrived|went|started)\b", re.IGNORECASE
)
_ADVICE = rulebook.words("advice")
_SIGNS = frozenset(("signs", "symptoms", "sx"))
_TAUGHT = rulebook.words("taught")
_GIVEN = rulebook.words("handed_out")
_WANTED = rulebook.words("test_wanted")
_SCREENED = rulebook.words("screened")
_TESTS = rulebook.words("tests")
_KNOWN = rulebook.words("known_already")
_SEEKING = frozenset(("tft", "tfts", "survey", "dexa", "screen", "swab", "serology"))
"""Tests that are made to find what is not known, even of what stays."""
_NO_TEST = frozenset(
    ("with", "positive", "negative", "pos", "neg", "+", "admitted", "seen", "treated", "deferred", "held")
)
_GUARDED = re.compile(
    r"(?:tetanus|typhoid|rabies|diphtheria|polio|cholera|hep(?:atitis)? [ab]|h[ab]v|measles|mumps|rubella|"
    r"mmr|varicella|influenza(?: a)?|flu|pneumonia|pneumococc\w*|covid(?:-19)?|shingles|zoster|hpv|mening\w*|"
    r"rsv|pertussis|rotavirus|japanese enceph\w*|yellow fever|hib|mpox)\Z",
    re.IGNORECASE,
)
_GUARDED_BEGIN = frozenset("abcdefhijmprstvyz")
"""How the name of such a disease may begin."""
_VACCINE = rulebook.words("vaccines")
_DOSED = re.compile(
    r"(?:\s*/\s*\w+)*\s*[-–:#]?\s*(?:#?\d )?(?:given|declined|not (?:needed|indicated|required)|due|booster|"
    r"utd|up to date|immune|completed|anti-|x\d|[^.;\n]{0,16}booster|\d doses|non-responder|never\s+#)",
    re.IGNORECASE,
)
"""What is told of a vaccine that is called by its disease."""
_WORKED_UP = re.compile(
    r"\s*(?:->|→)\s*(?:\w+ ){0,2}(?:doppler|duplex|ct|ctpa|mri|uss?|ultrasound|swab|echo|biopsy|lp|scan)s?\b",
    re.IGNORECASE,
)
"""A test behind an arrow: `renal vein thrombosis -> doppler`."""
_FAR = 25


def told(words: Words, place: Sentence, known: Entity, found: Sequence[Mark]) -> list[Mark]:
    """Return the marks of a problem or symptom: of cues that speak of it, and of where it stands."""
    if known.kind not in {"problem", "symptom"}:
        return list(found)
    first, last = words.covering(known.start, known.end)
    kept = [mark for mark in found if not of_another(mark, words, known, (first, last))]
    flags = {mark.flag for mark in kept}
    if "negated" in flags:
        return kept
    for flag, at in _shaped(words, place, known, (first, last)):
        if flag not in flags:
            kept.append(Mark(flag, Cue(at, at + 1, ()), "before" if at < first else "after", (first, last)))
            break
    return kept


def _shaped(words: Words, place: Sentence, known: Entity, span: tuple[int, int]) -> Iterator[tuple[str, int]]:
    """Yield the flags that the shape of the sentence raises, each with the token that does.

    Each rule is asked only where its sign or word stands near, as hardly any mention has one.
    """
    text, first = words.text, max(place.first, span[0] - _FAR)
    lead = words.texts[first : span[0]]
    if "?" in text[max(0, known.start - 30) : known.start]:
        yield from _asked(words, known)
    if "(" in lead:
        yield from _in_brackets(words, place, known, span)
    if known.kind == "problem" and _may_be_tested(words, lead, span):
        yield from _tested_for(words, place, known, span)
    if known.start < known.end and text[known.start].lower() in _GUARDED_BEGIN:
        yield from _vaccine(words, place, known, span)
    yield from _warned(words, place, known, span)
    yield from over(words, place, known, span)
    if not known.chronic:
        yield from dated(words, place, known, span)


def _may_be_tested(words: Words, lead: Sequence[str], span: tuple[int, int]) -> bool:
    """Tell whether `for` stands close before, or an arrow behind."""
    following = words.texts[span[1] : span[1] + 2]
    return "for" in lead[-7:] or "FOR" in lead[-7:] or "→" in following or following == ("-", ">")


def _asked(words: Words, known: Entity) -> Iterator[tuple[str, int]]:
    text = words.text[max(0, known.start - 30) : known.start]
    if "?" in text:
        asked = _ASKED.search(text)
        if asked is not None and "\n" not in text[asked.start() + 1 :]:
            yield "uncertain", max(0, words.at(known.start - len(text) + text.rindex("?")))


def _in_brackets(
    words: Words, place: Sentence, known: Entity, span: tuple[int, int]
) -> Iterator[tuple[str, int]]:
    lower, first = words.lower, span[0]
    for at in range(first - 1, max(place.first, first - _FAR), -1):
        if lower[at] == ")":
            return
        if lower[at] == "(":
            before = lower[at - 1]
            lead = lower[max(place.first, at - 6) : at - 1]
            if (
                before in _ADVICE
                or (before == "given" and not _GIVEN.isdisjoint(lead[-1:]))
                or (before in _SIGNS and not _TAUGHT.isdisjoint(lead))
            ):
                yield "hypothetical", at - 1
            elif before in _WANTED or (before == "done" and not _SCREENED.isdisjoint(lead)):
                yield "uncertain", at - 1
            elif YEAR.match(before) and not known.chronic:
                yield "historical", at - 1
            return


def _tested_for(
    words: Words, place: Sentence, known: Entity, span: tuple[int, int]
) -> Iterator[tuple[str, int]]:
    """Yield a doubt where a test is made for it: a disease, as what is felt is the reason for a test."""
    lower, first = words.lower, span[0]
    if known.kind != "problem" or known.section == "radiology_indication":
        return
    if not known.chronic and _WORKED_UP.match(words.text, known.end, known.end + 40):
        yield "uncertain", span[1]
        return
    for at in range(first - 1, max(place.first, first - 7), -1):
        word = lower[at]
        if word == "for":
            before = _clause(lower[max(place.first, at - 7) : at])
            tests = _TESTS.intersection(before)
            again = before[-1:] and before[-1].isdigit() and "/" in before  # `CT chest 12/12 for nodule`.
            told = not again and _KNOWN.isdisjoint(lower[at + 1 : first]) and _NO_TEST.isdisjoint(before)
            if tests and told and (not known.chronic or tests & _SEEKING):
                yield "uncertain", at
            return
        if word not in {"/", "or", "and", ","} and not word.isalpha():
            return


def _clause(before: Sequence[str]) -> Sequence[str]:
    """Return the words behind the last full stop or semicolon."""
    ends = [
        at
        for at, word in enumerate(before)
        if word in {".", ";"} or (word == ")" and at and before[at - 1].isdigit() and "(" not in before[:at])
    ]
    return before[ends[-1] + 1 :] if ends else before


def _vaccine(
    words: Words, place: Sentence, known: Entity, span: tuple[int, int]
) -> Iterator[tuple[str, int]]:
    if not _GUARDED.match(known.text):
        return
    first, last = span
    lower = words.lower
    if _DOSED.match(words.text, known.end, known.end + 60):
        yield "hypothetical", last
        return
    for at in (
        *range(last, min(place.last, last + 4)),
        *range(first - 1, max(place.first - 1, first - 8), -1),
    ):
        if lower[at] in _VACCINE:
            yield "hypothetical", at
            return


def _warned(words: Words, place: Sentence, known: Entity, span: tuple[int, int]) -> Iterator[tuple[str, int]]:
    """Yield what is told as a reason to call; what brought somebody to hospital stands early in a note."""
    lower, (first, last) = words.lower, span
    if lower[last - 1] == "risk":
        yield "hypothetical", last - 1
        return
    reports = first - 1 >= place.first and lower[first - 1] == "report"
    if reports and (first - 2 < place.first or not lower[first - 2].isalnum()):
        yield "hypothetical", first - 1
        return
    if known.start * 5 < len(words.text) * 2:
        return
    end = min(place.span[1], known.end + 110)
    tail = words.text[known.end : end]
    if not (
        ":" in tail
        or ">" in tail
        or "=" in tail
        or "→" in tail
        or "–" in tail
        or "—" in tail
        or " - " in tail
    ):
        return
    arrow = _ARROW.search(tail)
    if arrow is not None and not _GOES.search(words.text, place.span[0], known.end + arrow.end()):
        yield "hypothetical", words.at(known.end + arrow.start())
