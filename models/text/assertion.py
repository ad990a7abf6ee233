"""What a text says of an entity: negated, uncertain, historical, hypothetical, of another person.

Rules over cues (`rules/triggers.toml`): each cue has a scope within its sentence, which ends at a `stop`.
Every flag names the cue that raised it, where it stands and how far it reached.
"""

from collections.abc import Sequence

from models.text import rulebook
from models.text.answers import CLAUSE, answered
from models.text.cues import Cue, Trigger
from models.text.endings import DEPTH, enclosed, ends_item, stands_before
from models.text.sentences import Mark, Sentence
from models.text.ticked import MINUS, said, signed

POLARITY = ("negated", "uncertain")
_RELATIVES_MAY = rulebook.words("relatives_may")
"""Words that end no scope of another person: of whom is told what that person has."""
_REASONS = frozenset(
    ("given", "because", "despite", "as", "adding", "contributing", "explaining", "in", "but", "b", "d")
)
"""First words of stops that end a scope though they stand right behind its cue: `unlikely given`."""
_SPECIFIC = frozenset(
    (
        "prevent",
        "prevents",
        "preventing",
        "prevention",
        "prn",
        "avoid",
        "prophylaxis",
        "ppx",
        "surveillance",
        "reduce",
    )
)
"""Words of cues that say what one drug or visit is for, of one item of a list."""


def marks(place: Sentence, first: int, last: int) -> list[Mark]:
    """Return the flags of an entity that covers these tokens, the nearest cue of each kind."""
    found = answered(place, first, last) if last < place.last else []
    if place.signs:
        for cue, where in signed(place.words, (first, last), (place.first, place.last)):
            found.append(Mark("negated", cue, where, (first, last)))
    if place.cues:
        found += _inside(place, first, last)
    for cue in said(place.words, place.all, first, last):
        found += [Mark(trigger.kind, cue, "answer", (first, last)) for trigger in cue.triggers]
    for cue in place.cues:
        if cue.first < first < cue.last:
            for shorter in place.all.find(place.words.lower, cue.first, first):
                found += _reaching(place, shorter, first, last)
        elif cue.last <= first or cue.first >= last:
            found += _reaching(place, cue, first, last)
    return _settled(place, found, first, last) if found else found


def _reaching(place: Sentence, cue: Cue, first: int, last: int) -> list[Mark]:
    found = []
    for trigger in cue.triggers:
        if trigger.where == "before" and cue.last <= first:
            end = _forward(place, cue, trigger, first)
            if end > first - 1:
                found.append(Mark(trigger.kind, cue, "before", (cue.last, max(end, last))))
        elif trigger.where == "after" and cue.first >= last:
            start = _backward(place, cue, trigger, last)
            if start <= last:
                found.append(Mark(trigger.kind, cue, "after", (min(start, first), cue.first)))
    return found


def _forward(place: Sentence, cue: Cue, trigger: Trigger, target: int) -> int:
    """Return how far a cue reaches towards a token behind it; less than the token where it stops before."""
    end = min(target, cue.last + (trigger.reach or target))
    if end < target:
        return -1
    lower = place.words.lower
    for stop in place.stops:
        if not cue.last <= stop.first < target or not _stops(place, stop, trigger):
            continue
        near = stop.first < cue.last + _grace(trigger)
        if lower[stop.first] in _REASONS if near else not enclosed(lower, stop.first, target):
            return -1
    return -1 if _cut(place, cue, trigger, target) else target


def _grace(trigger: Trigger) -> int:
    return 0 if trigger.kind == "hypothetical" else 1


def _stops(place: Sentence, stop: Cue, trigger: Trigger) -> bool:
    where = trigger.kind if trigger.kind in {"historical", "hypothetical"} else ""
    if trigger.kind in {"family", "other"} and _RELATIVES_MAY.issuperset(
        place.words.lower[stop.first : stop.last]
    ):
        return False
    return ("stop", where) in [(t.kind, t.where) for t in stop.triggers]


def _cut(place: Sentence, cue: Cue, trigger: Trigger, target: int) -> bool:
    """Tell whether a sign between cue and target ends the scope."""
    lower = place.words.lower
    specific = trigger.kind == "hypothetical" and not _SPECIFIC.isdisjoint(lower[cue.first : cue.last])
    depth = 0
    for at in range(cue.last, target):
        word = lower[at]
        if word.isalnum():
            continue
        if word in ".~" and ends_item(place, at):
            return True
        depth += DEPTH.get(word, 0)
        if word == ";" and trigger.kind == "negated" and place.words.texts[cue.last - 1] == ":":
            continue  # A list of its own: `Ruled out: embolism; pneumonia`.
        if depth < 0 or _ended(word, at, cue, trigger, specific=specific):
            return True
        if word == "," and not trigger.commas and not _listed(lower, at, target, place.last):
            return True
        if word == "," and trigger.kind == "negated" and _each(place, cue, at):
            return not _listed(lower, at, target, place.last)
        if word in MINUS and trigger.kind == "negated" and _dash(place, cue, at):
            return True
    return False


def _ended(word: str, at: int, cue: Cue, trigger: Trigger, *, specific: bool) -> bool:
    """Tell whether a sign ends what a cue says.

    A semicolon, a colon later on, or a comma right behind the cue: `headache nil, rash`.
    """
    if word == ";":
        return trigger.kind not in {"hypothetical", "family"} or specific
    if trigger.kind not in {"negated", "historical"}:
        return False
    return (word == ":" and at > cue.last) or (word == "," and at == cue.last)


def _each(place: Sentence, cue: Cue, comma: int) -> bool:
    """Tell whether each item of a list is denied by a word of its own, so that one without is not denied.

    `No haemorrhage, no mass, chronic changes`.
    """
    lower = place.words.lower
    if lower[cue.first] != "no":
        return False
    again = comma + 1 < place.last and lower[comma + 1] == "no"
    return again or (
        cue.first - 1 > place.first
        and lower[cue.first - 1] in ",;:"
        and "no" in lower[place.first : cue.first]
    )


def _dash(place: Sentence, cue: Cue, at: int) -> bool:
    """Tell whether a dash between blanks begins something else: `no stool for 3 days - constipation`."""
    words = place.words
    apart = (
        words.ends[at - 1] < words.starts[at]
        and at + 1 < place.last
        and words.ends[at] < words.starts[at + 1]
    )
    return apart and at > cue.last + 1


def _listed(lower: Sequence[str], comma: int, target: int, last: int) -> bool:
    """Tell whether a comma is one of a list that ends in `and` or `or`."""
    limit = min(last, comma + 12)
    for at in range(comma + 1, limit):
        if lower[at] == "or" or (lower[at] == "and" and lower[at - 1] == ","):
            return at >= target - 1
        if CLAUSE.match(lower[at]) or lower[at] in {";", "with", "for", "on"}:
            return False
    return False


def _backward(place: Sentence, cue: Cue, trigger: Trigger, target: int) -> int:
    """Return how far back a cue reaches towards an entity that ends at this token.

    More than it where it stops.
    """
    gap = cue.first - target
    beyond = cue.last + 1
    if gap > (trigger.reach or gap):
        return beyond
    lower = place.words.lower
    for at in range(target, cue.first):
        if lower[at] in ";:" or (lower[at] == "." and (at > target or stands_before(place, at, cue))):
            return beyond
        if CLAUSE.match(lower[at]):
            return beyond
        if lower[at] == "," and not _joined(lower, at, cue, trigger.kind):
            return beyond
    for stop in place.stops:
        if target <= stop.first < cue.first and any(
            t.kind == "stop" and t.where == "after" for t in stop.triggers
        ):
            return beyond
    return target


def _joined(lower: Sequence[str], comma: int, cue: Cue, kind: str) -> bool:
    """Tell whether a comma between an entity and a cue behind it is one of a list.

    Or stands right before the cue.
    """
    if comma + 1 == cue.first:
        return kind in {"historical", "negated"}
    if kind == "hypothetical" and cue.last < len(lower) and lower[cue.last] == ")":
        # A list in brackets is of one kind as a whole: `(paresthesia, kidney stones explained)`.
        return ")" not in lower[comma : cue.first]
    return any(lower[at] in {"and", "or", "&"} for at in range(comma + 1, cue.first))


def _inside(place: Sentence, first: int, last: int) -> list[Mark]:
    """Return what an entity says of itself: a cue at its beginning, or a whole one within."""
    found = []
    for cue in place.cues:
        if first <= cue.first and cue.last <= last and cue.last - cue.first < last - first:
            for trigger in cue.triggers:
                begins = cue.first == first and trigger.where in {"before", "inside"}
                if begins or (trigger.where == "inside" and trigger.kind != "negated"):
                    found.append(Mark(trigger.kind, cue, "inside", (first, last)))
    return found


def _settled(place: Sentence, found: Sequence[Mark], first: int, last: int) -> list[Mark]:
    """Return one mark of each flag; of negated, uncertain and present only what stands nearest counts."""
    best: dict[str, Mark] = {}
    for mark in found:
        kept = best.get(mark.flag)
        if kept is None or _before(mark, kept, first, last):
            best[mark.flag] = mark
    if any(mark.where == "answer" for mark in best.values()):
        answer = next(mark for mark in best.values() if mark.where == "answer")
        for flag in (*POLARITY, "present"):
            if flag in best and best[flag] is not answer:
                del best[flag]
    best.pop("present", None)
    _drop_farther(best, "hypothetical", "uncertain", (first, last))
    negated, uncertain = best.get("negated"), best.get("uncertain")
    if negated and uncertain:
        del best["uncertain" if _wins(place, negated, uncertain, (first, last)) else "negated"]
    return [mark for flag, mark in best.items() if flag not in {"stop", "pseudo"}]


def _before(mark: Mark, kept: Mark, first: int, last: int) -> bool:
    """Tell whether a mark counts rather than one of the same flag: the nearer, or what ended it."""
    if mark.flag == "historical" and mark.where != kept.where:
        return mark.where == "after"
    return _distance(mark, first, last) < _distance(kept, first, last)


def _drop_farther(best: dict[str, Mark], nearer: str, other: str, span: tuple[int, int]) -> None:
    """Leave out a doubt that stands farther away than what makes all of it conditional."""
    if nearer in best and other in best and _distance(best[nearer], *span) <= _distance(best[other], *span):
        del best[other]


def _wins(place: Sentence, negated: Mark, uncertain: Mark, span: tuple[int, int]) -> bool:
    """Tell whether a negation stands above a doubt: it is nearer, or it negates the doubt itself."""
    if negated.where == uncertain.where == "before" and negated.cue.last <= uncertain.cue.first:
        between = place.words.texts[negated.cue.last : uncertain.cue.first]
        return not {",", ";", "."} & set(between) and len(between) <= 7
    return _distance(negated, *span) <= _distance(uncertain, *span)


def _distance(mark: Mark, first: int, last: int) -> int:
    if mark.where in {"inside", "answer"}:
        return -1
    return first - mark.cue.last if mark.where == "before" else mark.cue.first - last
