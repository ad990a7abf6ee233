"""Put together what cues and sections say of one entity."""

from collections.abc import Sequence

from models.text import sections
from models.text.found import Cause, Entity
from models.text.sentences import Mark, Sentence
from models.text.telling import told
from models.text.tokens import Words

_SOFT = frozenset({"history", "hx", "h", "pmh", "pmhx", "medical", "known", "settled"})
"""Words of cues that say something is in the history, not that it is over."""
_HABITS = frozenset(
    ["alcohol", "drug", "drugs", "tobacco", "smoking", "etoh", "allergies", "allergy", "smoker", "nonsmoker"]
)


def flagged(
    known: Entity,
    words: Words,
    place: Sentence,
    found: Sequence[Mark],
    section: sections.Section | None,
) -> Entity:
    """Return an entity with its flags: from cues, then from the section where no cue speaks."""
    found = told(words, place, known, found)
    flags = {mark.flag for mark in found}
    kind = section.kind if section is not None else sections.NOWHERE
    assumed = _assumed(section, known.start, words, place)
    past = assumed == "historical" and not known.chronic
    over = "historical" in flags and any(
        mark.flag == "historical"
        and not _soft(mark, words)
        and not _heads(mark, words, section)
        and not _stays(mark, words, known)
        for mark in found
    )
    return Entity(  # Anew: `_replace` takes twice the time, and a note has hundreds.
        known.start,
        known.end,
        known.text,
        known.kind,
        known.codes,
        negated="negated" in flags,
        uncertain="uncertain" in flags or (assumed == "uncertain" and "negated" not in flags),
        historical="historical" in flags
        or past
        or _of_the_past(known, flags, kind, words, place)
        or assumed == "family"
        or ("family" in flags and _told_of_family(found, words)),
        hypothetical="hypothetical" in flags or assumed == "hypothetical",
        experiencer=_experiencer(flags, assumed),
        causes=_causes(found, words) if found else (),
        section=kind.name,
        section_title=kind.title,
        sentence=place.span,
        expansion=known.expansion,
        chronic=known.chronic,
        over=over or past,
        source=known.source,
        confidence=known.confidence,
        attributes=known.attributes,
    )


def _causes(found: Sequence[Mark], words: Words) -> tuple[Cause, ...]:
    return tuple(_cause(mark, words) for mark in sorted(found, key=lambda mark: _ORDER.index(mark.flag)))


def _of_the_past(known: Entity, flags: set[str], kind: sections.Kind, words: Words, place: Sentence) -> bool:
    """Tell whether a flag that costs nothing is due: denied habits and allergies, and a bare name on a list.

    A chronic problem that is all of a text is an entry of a list of a history.
    """
    if "negated" in flags:
        return kind.name in {"social_history", "allergies"} or _habit(known)
    listed = kind.name == "allergies" and "allerg" in known.text.lower()
    if listed or (kind.name == "social_history" and (known.chronic or not known.codes) and _habit(known)):
        return True
    if not known.chronic:
        return False
    if "known" in _just_before(known.start, words, place):
        return True
    whole = not flags and place.first == 0 and place.last == len(words.texts)
    return whole and sum(map(str.isalnum, words.texts)) == len(known.text.split())


def _habit(known: Entity) -> bool:
    return not _HABITS.isdisjoint(known.text.lower().split())


def _told_of_family(found: Sequence[Mark], words: Words) -> bool:
    """Tell whether something is of a family's history, which costs nothing: it is not this patient's."""
    return any(mark.flag == "family" and _soft(mark, words) for mark in found)


def _just_before(start: int, words: Words, place: Sentence) -> tuple[str, ...]:
    first = words.at(start)
    return words.lower[max(place.first, first - 4) : first]


def _assumed(section: sections.Section | None, start: int, words: Words, place: Sentence) -> str:
    """Return what the section says of an entity.

    A heading within a line speaks for its own sentence alone.
    """
    if section is None or not section.body <= start < section.reach or not section.kind.assume:
        return ""
    line = words.text.rfind("\n", 0, section.start) + 1
    within = bool(words.text[line : section.start].strip(" -*#\t0123456789.)"))
    if within and words.starts[place.first] > section.body and section.kind.assume != "allergy":
        return ""
    return section.kind.assume


_ORDER = ("negated", "uncertain", "hypothetical", "family", "other", "historical")


def _experiencer(flags: set[str], assumed: str) -> str:
    if "family" in flags or assumed == "family":
        return "family"
    return "other" if "other" in flags else "patient"


def _soft(mark: Mark, words: Words) -> bool:
    """Tell whether a cue says only that something is in the history, or since when, not that it is over."""
    cue = words.lower[mark.cue.first : mark.cue.last]
    since = cue[0] in {",", "("} and not any(word.isalpha() for word in cue)
    treated = "treated" in cue and cue[-1] in {"with", "by"}
    return since or treated or bool(_SOFT & set(cue)) or (cue[0] in {"s", "status"} and cue[-1] == "for")


def _stays(mark: Mark, words: Words, known: Entity) -> bool:
    """Tell whether a year or a remission of what stays says since when, or how it is, not that it is over."""
    if not known.chronic or any(code.code[:1] in "CF" for code in known.codes):
        return False
    cue = words.lower[mark.cue.first : mark.cue.last]
    return "remission" in cue or "quiescent" in cue or all(word.isdigit() for word in cue)


def _heads(mark: Mark, words: Words, section: sections.Section | None) -> bool:
    """Tell whether a cue is of the heading that an entity stands under: `Past history: gout`."""
    return section is not None and section.start <= words.starts[mark.cue.first] < section.body


def _cause(mark: Mark, words: Words) -> Cause:
    start, end = words.starts[mark.cue.first], words.ends[mark.cue.last - 1]
    first, last = mark.scope
    reach = (words.starts[first], words.ends[last - 1]) if first < last else (start, end)
    return Cause(mark.flag, start, end, words.text[start:end], reach)
