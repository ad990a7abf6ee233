"""The way of a text through the scrubber: found, settled, replaced."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime

from cds.privacy.known import Known
from cds.privacy.scrub.addressed import mark_addressed, mark_beside, mark_initialled
from cds.privacy.scrub.announced import mark_announced
from cds.privacy.scrub.beside import beside
from cds.privacy.scrub.called import mark_called
from cds.privacy.scrub.celled import celled, fields
from cds.privacy.scrub.dates import dated
from cds.privacy.scrub.edges import edged
from cds.privacy.scrub.extending import extend_places, mark_streets
from cds.privacy.scrub.facilities import mark_places
from cds.privacy.scrub.filed import mark_filed
from cds.privacy.scrub.finishing import finish
from cds.privacy.scrub.flowing import flowed
from cds.privacy.scrub.keeping import phrases, standing_in
from cds.privacy.scrub.knowing import leftover, standing
from cds.privacy.scrub.lexicon import CLINIC, WORD
from cds.privacy.scrub.lowly import mark_lowly
from cds.privacy.scrub.patterns import pattern
from cds.privacy.scrub.people import mark_again, mark_people
from cds.privacy.scrub.places import patterned
from cds.privacy.scrub.ranked import mark_ranked
from cds.privacy.scrub.reading import read
from cds.privacy.scrub.rowed import mark_rowed, mark_spelled
from cds.privacy.scrub.shapes import shaped
from cds.privacy.scrub.shops import mark_landmarks
from cds.privacy.scrub.signing import mark_signed
from cds.privacy.scrub.spans import Found, Scrubbed, replaced, settled
from cds.privacy.scrub.stated import mark_low, mark_stated
from cds.privacy.scrub.surrogates import TAGS, Surrogates
from cds.privacy.scrub.tails import mark_tails
from cds.privacy.scrub.things import abbreviated
from cds.privacy.scrub.tokens import LOWER, Tokens, tokens
from cds.privacy.scrub.weighing import eponym
from cds.privacy.scrub.widening import widen

KEPT = "KEPT"
_LAST = (mark_lowly, mark_filed, mark_signed, mark_ranked, mark_rowed, mark_spelled, mark_initialled)
"""What looks once more, in this order, for names that stand where only a name or somebody's letters do."""


def scrub(
    text: str,
    *,
    known: Known | None = None,
    surrogates: Surrogates = TAGS,
    keep_years: bool = True,
    this_year: int | None = None,
) -> Scrubbed:
    """Return a text without the 18 identifiers of Safe Harbor, and where each of them stood.

    `known` are the names and identifiers of the call, found in any writing; `this_year` tells which years of
    birth mean an age over 89.
    """
    year = this_year or datetime.now(UTC).year
    found = settled(_found(text, known=known, this_year=year, keep_years=keep_years))
    found = edged(text, found)
    if known is not None:
        found = settled([*found, *leftover(known, text, found)])
    return replaced(text, found, surrogates)


def _found(text: str, *, known: Known | None, this_year: int, keep_years: bool) -> Iterator[Found]:
    if known is not None:
        yield from standing(known, text)
    plain = flowed(text)
    made = tokens(celled(plain))
    fixed = [*fields(made, plain)]
    fixed += _patterns(made, this_year=this_year, keep_years=keep_years)
    fixed = list(_outside(made, fixed))
    yield from fixed
    rules, sure = _opinions(made, fixed)
    labels = read(made, rules)
    for at in sure:
        labels[at] = labels[at] or rules[at]
    for at, label in enumerate(labels):
        if rules[at] or (label and made.taken[at] != KEPT):
            made.taken[at] = label
    if any(labels):
        mark_beside(made)
        extend_places(made)
        finish(made)
        for mark in (mark_tails, mark_landmarks, mark_streets, mark_again):
            mark(made)
    widen(made)
    for mark in _LAST:
        mark(made)
    yield from _runs(made)
    yield from beside(made)


def _patterns(made: Tokens, *, this_year: int, keep_years: bool) -> list[Found]:
    found = [*shaped(made), *dated(made, this_year=this_year, keep_years=keep_years), *patterned(made)]
    if not made.text.isascii() and pattern("people.script").search(made.text):
        found += ((*m.span(), "NAME") for m in pattern("people.foreign").finditer(made.text))
    return found


def _outside(made: Tokens, fixed: list[Found]) -> Iterator[Found]:
    """Yield what was found by pattern but places within phrases that only sound like them."""
    kept: list[tuple[int, int]] = []
    if any(category == "LOCATION" for _, _, category in fixed):
        phrased = standing_in(made, phrases("phrases.txt"))
        kept = [(made.start[first], made.end[end - 1]) for first, end in phrased]
    for start, end, category in fixed:
        if category != "LOCATION" or not any(first <= start and end <= last for first, last in kept):
            yield start, end, category


def _opinions(made: Tokens, fixed: list[Found]) -> tuple[list[str], list[int]]:
    """Return what the rules take each token for, and where nobody is asked again: name, place, nothing."""
    _take_fixed(made, fixed)
    before = list(made.taken)
    sure = _keep(made)
    before = [t if t == KEPT else b for b, t in zip(before, made.taken, strict=True)]
    mark_places(made)
    mark_people(made)
    mark_announced(made)
    announced = list(made.taken)
    mark_stated(made)
    mark_low(made)
    sure += mark_called(made)
    sure += (at for at, taken in enumerate(announced) if taken != made.taken[at])
    mark_addressed(made)
    return ["" if b else t for b, t in zip(before, made.taken, strict=True)], sure


def _keep(made: Tokens) -> list[int]:
    """Take the tokens of phrases that only sound like names out of what is looked at, mark organisations.

    Return where an organisation stands whose name is nothing else, so that nobody is asked whether it is one.
    """
    for start, end in standing_in(made, phrases("phrases.txt")):
        for at in range(start, end):
            made.taken[at] = made.taken[at] or KEPT
    for match in pattern("people.measured").finditer(made.text) if "[" in made.text else ():
        for at in range(bisect_left(made.start, match.start()), bisect_left(made.start, match.end())):
            made.taken[at] = made.taken[at] or KEPT
    sure: list[int] = []
    for start, end in standing_in(made, phrases("organisations.txt")):
        alone = end - start == 1
        if alone and not _telling(made, start):
            continue
        for at in range(start, end):
            if not made.taken[at]:
                made.taken[at] = "LOCATION"
                if not alone or not (made.flags[at] >> WORD & 3 or eponym(made.low[at])):
                    sure.append(at)
    return sure


def _telling(made: Tokens, at: int) -> bool:
    """Tell whether an organisation of one word is meant: a capital, or a word that is nothing else."""
    if made.kind[at] != LOWER:
        return True
    flags, low = made.flags[at], made.low[at]
    return not (flags >> WORD & 3 or flags >> CLINIC & 3 or eponym(low)) and len(low) > 4


def ruled(text: str) -> tuple[Tokens, list[str]]:
    """Return the tokens of a text and the rules' opinion of them, which is what the model learns from."""
    made = tokens(celled(flowed(text)))
    return made, _opinions(made, _patterns(made, this_year=2026, keep_years=True))[0]


def _take_fixed(made: Tokens, fixed: list[Found]) -> None:
    """Give tokens within what was found by pattern its category, so that no name begins in a number."""
    at = 0
    for start, end, category in settled(fixed):
        while at < len(made.word) and made.end[at] <= start:
            at += 1
        while at < len(made.word) and made.start[at] < end:
            made.taken[at] = category
            at += 1


def _runs(made: Tokens) -> Iterator[Found]:
    """Yield neighbouring tokens of one category as one."""
    at = 0
    while at < len(made.word):
        category = made.taken[at]
        end = at + 1
        if category in {"NAME", "LOCATION"}:
            while end < len(made.word) and made.taken[end] == category and _near(made.gap(end), category):
                end += 1
            if end > at + 1 or not abbreviated(made, at):
                yield made.start[at], _owned(made, end, category), category
        at = end


def _owned(made: Tokens, end: int, category: str) -> int:
    """Return where a place ends, with the s of "St Philomena's" that belongs to what it is called."""
    last = made.end[end - 1]
    owned = category == "LOCATION" and made.text[last : last + 2].lower() in {"'s", "’s"}
    return last + 2 if owned else last


def _near(gap: str, category: str) -> bool:
    """Tell whether what stands between two parts of a name or place belongs to it: a dot, a hyphen."""
    if category == "LOCATION" and gap[:2] in {"'s", "’s"}:
        gap = gap[2:]
    return not gap.strip(" .,'’-") and len(gap) < 4
