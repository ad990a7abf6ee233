"""What the answer to an item says of it: `Fever: no`, `Cough (-)`, `rash ..... N`."""

import re

from models.text.cues import Cue
from models.text.sentences import Mark, Sentence
from models.text.tokens import Words

_SEPARATORS = frozenset(":-–—=?.…")
_ITEM_ENDS = frozenset(",;.|/)]")
_WEAK = frozenset({"n", "y", "0", "-", "+", "not", "noted", "reports", "confirmed", "absent"})
"""Answers that need a sign before them, or a text that answers by letters."""
_WHEN = frozenset({"in", "on", "today", "yesterday", "last", "this", "at", "since"})
"""What may follow a test that was negative: `XR neg in February`."""
CLAUSE = re.compile(
    r"(?:is|was|are|were|has|had|have|he|she|they|it|there|this|that|who|which|will|the|but|presented|presents|"
    r"showed|shows|revealed|demonstrated|complains|reports|reported|admitted|started|given|developed|found|noted)\Z"
)
"""Words with which a clause of its own begins."""


def answered(place: Sentence, first: int, last: int) -> list[Mark]:
    """Return what the answer to an item says: `Fever: no`, `Cough (-)`, `Chest pain - denies`."""
    words = place.words
    if words.texts[last] == ",":
        last = _items_end(place, first, last)
    if first > place.first and words.lower[first - 1] == "any":
        last = _asked_end(place, last)
    begins = place.all.answers
    if not (
        words.texts[last] in _SEPARATORS
        or words.texts[last] == "/"
        or begins.open
        or words.lower[last] in begins.following
    ):
        return []
    while last + 2 < place.last and words.texts[last] == "/" and _goes_on(place, last + 2):
        last += 2  # One answer for several: `obsessions/compulsions: denies`.
    at = last
    while at < place.last and words.texts[at] in _SEPARATORS and (at - last < 2 or words.texts[at] == "."):
        at += 1
    for begin in range(last, at + 1) if at - last < 3 else (at,):
        cue = place.all.answer(words.lower, begin, place.last)
        apart = begin > last or (begin == last and words.starts[last] - words.ends[last - 1] > 2)
        if cue is not None and _whole(place, cue, separated=apart):
            return [Mark(trigger.kind, cue, "answer", (last, cue.last)) for trigger in cue.triggers]
    return []


def _asked_end(place: Sentence, last: int) -> int:
    """Return the sign behind what is asked for, past a few words: `any noise at rest - no`."""
    words = place.words
    for at in range(last, min(place.last - 1, last + 5)):
        if words.texts[at] in _SEPARATORS:
            return at
        if not words.texts[at].isalpha():
            break
    return last


def _goes_on(place: Sentence, at: int) -> bool:
    """Tell whether an answer follows here, after signs, or another item of the same group."""
    words = place.words
    if words.texts[at] in ":/":
        return True
    while at < place.last and words.texts[at] in _SEPARATORS:
        at += 1
    cue = place.all.answer(words.lower, at, place.last)
    return cue is not None and (cue.last >= place.last or words.texts[cue.last] in _ITEM_ENDS)


def _items_end(place: Sentence, first: int, comma: int) -> int:
    """Return the colon behind a list of items that begins here, to which one answer is given.

    `Early satiety, weight loss: no`. Where there is none, return the comma.
    """
    words = place.words
    if first > place.first and words.texts[first - 1] not in ";.":
        return comma
    since = 0
    for at in range(comma, min(place.last, comma + 16)):
        word = words.lower[at]
        if word == ":":
            return at
        since = 0 if word == "," else since + 1
        if since > 3 or not (word.isalpha() or word in ",/-") or CLAUSE.match(word):
            return comma
    return comma


def _whole(place: Sentence, cue: Cue, *, separated: bool) -> bool:
    """Tell whether a cue is the whole answer, and no word that speaks of what comes next."""
    words = place.words
    if cue.last >= place.last or words.texts[cue.last] in _ITEM_ENDS:
        return separated or words.lower[cue.first] not in _WEAK or _by_letter(words, cue)
    gap = words.text[words.ends[cue.last - 1] : words.starts[cue.last]]
    if words.texts[cue.first] == "[" and words.texts[cue.first + 1] not in "xX]":
        # What stands in brackets is whole; an empty or ticked box may be of the next item.
        return True
    letter = words.lower[cue.first]
    if (
        letter in {"n", "y"}
        and cue.last == cue.first + 1
        and words.lettered
        and words.texts[cue.first].isupper()
    ):
        return True  # `CNS epilepsy N CVA N TIA Y 2018`.
    if not separated:
        return letter == "no" and cue.last == cue.first + 1 and _explained(words, cue.last)
    if "\n" in gap or len(gap) > 1 or (words.lower[cue.last] in _WHEN and cue.last > cue.first + 1):
        return True
    return any(words.texts[at] == ":" for at in range(cue.last, min(place.last, cue.last + 4)))


def _explained(words: Words, at: int) -> bool:
    """Tell whether a bracket or a dash with blanks follows an answer: `pneumothorax no (sliding seen)`."""
    if words.texts[at] == "(":
        return True
    return (
        words.texts[at] in {"-", "–", "—"}
        and words.ends[at - 1] < words.starts[at]
        and (words.ends[at] < words.starts[min(at + 1, len(words.starts) - 1)])
    )


def _by_letter(words: Words, cue: Cue) -> bool:
    """Tell whether a letter stands in a column of its own, or in a text that answers by letters."""
    said, end = words.lower[cue.first], words.ends[cue.last - 1]
    if words.text[end : end + 1] == "." and words.text[end + 1 : end + 2].isdigit():
        return False  # The beginning of `0.4 mg`.
    apart = words.starts[cue.first] - words.ends[cue.first - 1] > 1
    return said == "0" or (said in {"n", "y"} and (apart or words.lettered))
