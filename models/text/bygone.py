"""What an item of a list tells of the past: an operation, its end, a year.

`Retinal tear lasered`, `AKI, prerenal - RESOLVED`, `ovarian cyst L torted 2020`, `1999 appendicitis`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from models.text import rulebook
from models.text.found import Entity
from models.text.sentences import Sentence
from models.text.tokens import Words

YEAR = re.compile(r"(?:19[2-9]|20[0-4])\d\Z")
_SINCE = rulebook.words("since_when")
_DONE = re.compile(
    r"(?:\w{3,}ectomy|radioiodine|phaco|lasered|banded|drained|evacuated|stripped|packed|"
    r"excised|closed|repaired|"
    r"resected|stented|clipped|coiled|ablated|operated|evacuation|stent|surgery|resection|"
    r"curettage|fixed|orif|reconstructed|"
    r"eradicated|phototherapy|detorsion|grommets)\Z"
)
_COMING = rulebook.words("still_to_come")
_ENDS = rulebook.words("item_ends")
_TREATED_NOW = rulebook.words("treated_now")
_ENDED = re.compile(
    r"[^.;:\n(]{0,30}(?:\([^)\n]{0,30}\))?\s*[,\-–—]\s*(?:now |since |then |fully |all )?"
    r"(?:corrected(?! (?:na|ca|calcium|sodium|k|qtc?|for|age|gest))|resolved|settled|gone|"
    r"cured|healed|recovered|inactive)\b",
    re.IGNORECASE,
)
"""The end of an item that tells what became of it: `AKI, prerenal - RESOLVED`."""
_NOT_ENDED = re.compile(r"\b(?:but|persist\w*|not|no|never|still|without)\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def _done(word: str) -> bool:
    """Tell whether a word is of an operation or its end."""
    return _DONE.match(word) is not None


def over(words: Words, place: Sentence, known: Entity, span: tuple[int, int]) -> Iterator[tuple[str, int]]:
    """Yield the past of an item that tells of an operation or of its end: `retinal tear lasered`."""
    tail = words.text[known.end : min(place.span[1], known.end + 64)]
    parted = "," in tail or "-" in tail or "–" in tail or "—" in tail
    ended = _ENDED.match(words.text, known.end, min(place.span[1], known.end + 90)) if parted else None
    if ended is not None and not _NOT_ENDED.search(words.text, known.end, ended.end()):
        yield "historical", words.at(ended.end() - 1)
        return
    if known.chronic and not any(code.code[:1] in "CD" for code in known.codes):
        return
    lower, (first, last) = words.lower, span
    lead = lower[max(place.first, first - 8) : first]
    if len(lead) > 1 and lead[-1] == "for" and _done(lead[-2]) and _COMING.isdisjoint(lead[:-2]):
        yield "historical", first - 1
        return
    for at in range(last, min(place.last, last + 5)):
        if lower[at] in _ENDS or lower[at] in _COMING:
            return
        if _done(lower[at]):
            following = set(lower[at + 1 : min(place.last, at + 4)])
            if not following & _COMING and _TREATED_NOW.isdisjoint(lower[place.first : place.last]):
                yield "historical", at
            return


def dated(words: Words, place: Sentence, known: Entity, span: tuple[int, int]) -> Iterator[tuple[str, int]]:
    """Yield the past of an item with a year: `ovarian cyst L torted 2020`, `1999 appendicitis`."""
    if known.chronic:
        return
    first, last = span
    lower = words.lower
    begin = first - 1
    if begin >= place.first and YEAR.match(lower[begin]):
        leads = begin == place.first and known.kind == "problem"
        if leads or (begin > place.first and lower[begin - 1] in ",;:.("):
            yield "historical", begin
            return
    for at in range(last, min(place.last, last + 6)):
        word = lower[at]
        if word.isdigit() and YEAR.match(word):
            yield "historical", at
            return
        if word in ".,;:|()/" or word in _SINCE:
            return
