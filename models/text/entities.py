"""Find what a text names: by our words, by the learned tagger, by terminologies.

The best of what overlaps is kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from models.text import rulebook
from models.text.found import NOTHING
from models.text.lexicon import Abbreviations, Entry, Lexicon
from models.text.nearby import Nearby
from models.text.tokens import Words

GENERAL = frozenset(
    {
        "C80.1",
        "R52",
        "B99.9",
        "T14.8XXA",
        "R19.00",
        "I72.9",
        "K46.9",
        "D64.9",
        "R58",
        "L02.91",
        "R60.9",
        "I49.9",
    }
)
"""Codes of words so general (pain, cancer, infection) that what stands before them belongs to the name."""
_RANK = {
    "nothing": 7,
    "added": 6,
    "abbreviation": 5,
    "rules": 4,
    "knowledge": 4,
    "learned": 2,
    "terminology": 3,
}
_SCALE = re.compile(r"-\d{1,2}(?![\w-])")
"""What makes letters the name of a questionnaire: `GAD-7`."""
_BEFORE_GENERAL = rulebook.words("specifying")
_FOUND = frozenset({"problem", "symptom"})
_NAMING = frozenset({"for", "of", "with", "new", "known", "has", "paroxysmal", "fast"})
_FIRST = attrgetter("first")


class Candidate(NamedTuple):
    """A span of tokens that may be an entity."""

    first: int
    last: int
    entry: Entry
    source: str
    confidence: float = 0.9
    expansion: str = ""
    attributes: Mapping[str, Any] = NOTHING


def candidates(
    words: Words,
    stems: Sequence[str],
    lexicons: Sequence[Lexicon],
    short: Abbreviations,
    near: Nearby,
) -> list[Candidate]:
    """Return what the lexicons find, and what words name beside others.

    Abbreviations that are words when not in capitals are left alone.
    """
    ends = [last for first, last in words.sentences for _ in range(first, last)]
    return [
        *[
            Candidate(begin, end, entry, entry.source)
            for found in lexicons
            for begin, end, entry in found.within(stems, ends)
            if end - begin > 1 or _readable(words, begin, short)
        ],
        *_abbreviated(words, stems, short),
        *[
            Candidate(at, at + 1, row.entry, row.entry.source, expansion=row.means)
            for at, row in near.find(stems, words.sentences)
        ],
    ]


def _readable(words: Words, at: int, short: Abbreviations) -> bool:
    """Tell whether one token may be read as what the lexicon says it is."""
    word = words.texts[at]
    upper = word.upper()
    if word.isupper() and _SCALE.match(words.text, words.ends[at]):
        return False
    if word in short.senses:
        return False
    if upper in short.capitals or upper in short.senses:
        return word.isupper() and not _shouted(words, at)
    return len(word) > 2 or word.isupper() or words.lower[at] in {"hf", "mi", "af", "n/v"}


def _shouted(words: Words, at: int) -> bool:
    """Tell whether the words on both sides are in capitals too, so that capitals mean nothing."""
    sides = [words.texts[n] for n in range(max(0, at - 3), min(len(words.texts), at + 4)) if n != at]
    letters = [side for side in sides if side.isalpha() and len(side) > 3]
    return len(letters) > 2 and all(side.isupper() for side in letters)


def _abbreviated(words: Words, stems: Sequence[str], short: Abbreviations) -> Iterator[Candidate]:
    senses = short.senses
    for at in [at for at, word in enumerate(words.texts) if word in senses]:
        word = words.texts[at]
        if not (at + 1 < len(words.texts) and words.texts[at + 1] in {":", "'"}) or _said_of(words, at):
            first, last = words.sentences[words.sentence_of(at)]
            near = [*stems[max(first, at - 12) : at], *stems[at + 1 : min(last, at + 13)]]
            sense = short.sense(word, near)
            if sense is not None and sense.kind:
                entry = Entry(sense.kind, sense.codes, "abbreviation")
                yield Candidate(at, at + 1, entry, "abbreviation", expansion=sense.means)


def _said_of(words: Words, at: int) -> bool:
    """Tell whether the word before makes letters before a colon no heading: `anticoagulated for AF: ...`."""
    return at > 0 and words.texts[at + 1] == ":" and words.texts[at - 1] in _NAMING


def learned(tags: Sequence[int], names: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield the spans of tokens that tags mean, with the tag's kind."""
    begin, kind = 0, ""
    for at, tag in enumerate([*(names[tag] for tag in tags), "O"]):
        mark, _, own = tag.partition("-")
        if kind and (mark != "I" or own != kind):
            yield begin, at, kind
            kind = ""
        if own and not kind:
            begin, kind = at, own


def general(found: Candidate) -> bool:
    """Tell whether a candidate is a word so general that what stands before it belongs to its name."""
    if found.entry.form == "head":
        return True
    return found.source != "abbreviation" and not GENERAL.isdisjoint([c.code for c in found.entry.codes])


def widened(words: Words, found: Candidate) -> Candidate:
    """Return a general word together with the words before it that say which: `left ankle pain`."""
    if not general(found):
        return found
    first = found.first
    lowest = words.sentences[words.sentence_of(first)][0]
    while first - 1 >= lowest and found.first - first < 4 and _specifies(words, first - 1):
        first -= 1
    if words.texts[first] == "-" and first < found.first:
        first += 1
    if first == found.first:
        return found
    codes = tuple(code._replace(confidence=0.5) for code in found.entry.codes)
    return found._replace(first=first, entry=found.entry._replace(codes=codes))


def _specifies(words: Words, at: int) -> bool:
    return words.lower[at] in _BEFORE_GENERAL or (
        words.texts[at] == "-" and at > 0 and words.lower[at - 1] in _BEFORE_GENERAL
    )


def settled(found: Sequence[Candidate]) -> list[Candidate]:
    """Return candidates of which none overlap, the longer and better known before others, in order."""
    kept: list[Candidate] = []
    taken: set[int] = set()
    ending: dict[int, list[Candidate]] = {}
    for one in found:
        if one.entry.codes:
            ending.setdefault(one.last, []).append(one)
    for one in sorted(found, key=_rank):
        place = range(one.first, one.last)
        if taken.isdisjoint(place):
            taken.update(place)
            kept.append(_coded(one, ending) if one.entry.form and not one.entry.codes else one)
    return sorted(kept, key=_FIRST)


def _coded(one: Candidate, ending: Mapping[int, Sequence[Candidate]]) -> Candidate:
    """Return a finding with the codes of what it ends with: `paroxysmal AF` has those of `AF`."""
    near = ending.get(one.last, ())
    inner = [other for other in near if one.first < other.first and other.entry.kind in _FOUND]
    if not inner:
        return one
    best = min(inner, key=_rank)
    codes = tuple(code._replace(confidence=code.confidence * 0.6) for code in best.entry.codes)
    entry = one.entry._replace(kind=best.entry.kind, codes=codes)
    return one._replace(entry=entry, expansion=one.expansion or best.expansion)


def _rank(one: Candidate) -> tuple[int, int, int]:
    """Return what decides between candidates that overlap: length, then where it is from, then place."""
    known = 2 if one.entry.form and not one.entry.codes else _RANK.get(one.source, 1)
    return one.first - one.last, -known, one.first
