"""How a problem or symptom stands in its note: the features that `standing.py` weighs.

Words on both sides, how its sentence and line begin, its list, what cues said of its neighbours, its
section, whether the note names it elsewhere.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from models.text.found import Entity
from models.text.lexical import stem
from models.text.sections import Section, section_at
from models.text.tokens import Words

KINDS = frozenset({"problem", "symptom"})
ITSELF = "text"
PLACES = ("ln", "rn", "lf", "rf", "s1", "prev", ITSELF)
"""Where words stand: near, far, beginning the sentence or the one before it, in the mention itself."""
_NEAR, _FAR = 3, 7
_BETWEEN = 3
_LINE = 2000
"""Characters before a mention in which its line may begin."""
_PAST = frozenset(("was", "were", "had", "did", "went", "got", "became"))
_NOW = frozenset(("is", "are", "has", "have", "now", "today", "still", "currently", "remains", "continues"))
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_ENDED = re.compile(r"[a-z]{3,}ed\Z")
_ITEM = frozenset((",", "or", "and", "/"))


class Row(NamedTuple):
    """The features of one mention: names, and words by where they stand, which are read by meaning too."""

    names: list[str]
    words: list[tuple[str, Collection[str]]]

    def named(self) -> set[str]:
        """Return all features by name, words with their place; its own words are one name already."""
        return {
            *self.names,
            *(f"{place}:{word}" for place, words in self.words if place != ITSELF for word in words),
        }


class _Mention(NamedTuple):
    """An entity with its tokens, sentence and flag, looked up once for it and its neighbours."""

    one: Entity
    first: int
    last: int
    sentence: int
    flag: str
    name: str


def rows(
    words: Words, named: Sequence[Entity], found: tuple[Section, ...], wanted: Callable[[Entity], bool]
) -> Iterator[tuple[int, Row]]:
    """Yield the features of each problem and symptom that is wanted, with its place among the entities."""
    places = [at for at, one in enumerate(named) if one.kind in KINDS]
    own = [_mention(words, named[at]) for at in places]
    names = Counter(one.name for one in own)
    good = Counter(one.name for one in own if one.flag == "present")
    company: dict[tuple[int, int], list[str]] = {}
    for one in own:
        company.setdefault(one.one.sentence, []).append(one.flag)
    before: dict[int, set[str]] = {}
    for number, (at, one) in enumerate(zip(places, own, strict=True)):
        if wanted(one.one):
            count, sure = names[one.name], good[one.name] - (one.flag == "present")
            if one.sentence not in before:
                before[one.sentence] = _previous(words, one.sentence)
            own_names, own_words = _itself(one.one)
            row = [*own_names, f"again:{min(count - 1, 2)}:{min(sure, 2)}"]
            around = _around(row, words, one)
            _place(row, words, one, found)
            _beside(row, words, "L", one, own[number - 1] if number else None)
            _beside(row, words, "R", one, own[number + 1] if number + 1 < len(own) else None)
            _company(row, company[one.one.sentence], one.flag)
            yield at, Row(row, [*around, ("prev", before[one.sentence]), (ITSELF, own_words)])


def _mention(words: Words, one: Entity) -> _Mention:
    first, last = words.covering(one.start, one.end)
    name = one.codes[0].code if one.codes else stem(one.text)
    return _Mention(one, first, last, words.sentence_of(first), _flag(one), name)


def _itself(one: Entity) -> tuple[tuple[str, ...], list[str]]:
    code = one.codes[0].code[:3] if one.codes else ""
    return _named(one.text.lower(), one.kind, one.source, code, one.expansion, str(one.chronic))


@lru_cache(maxsize=16384)
def _named(
    text: str, kind: str, source: str, code: str, means: str, chronic: str
) -> tuple[tuple[str, ...], list[str]]:
    words = [stem(word) for word in text.split()]
    found = [
        f"kind:{kind}:{source}",
        f"coded:{bool(code)}:{chronic}",
        f"size:{min(len(words), 4)}",
        f"chronic:{kind}:{chronic}",
        f"text:{' '.join(words)}",
        f"last:{words[-1]}",
        f"first:{words[0]}",
    ]
    if code:
        found.append(f"code:{code}")
    if means:
        found.append("short")
    return tuple(found), words


def _around(row: list[str], words: Words, mention: _Mention) -> list[tuple[str, Collection[str]]]:
    one, first, last = mention.one, mention.first, mention.last
    begin, end = words.sentences[mention.sentence]
    left = [_word(word) for word in words.lower[max(begin, first - _FAR) : first]]
    right = [_word(word) for word in words.lower[last : min(end, last + _FAR)]]
    before, behind = left[-1] if left else "^", right[0] if right else "$"
    ends = "w" if right and behind.isalnum() else behind
    opens = first == begin
    opening = [_word(word) for word in words.lower[begin : min(first, begin + 3)]]
    row += [
        f"l1:{before}",
        f"r1:{behind}",
        f"l2:{' '.join(['^', *left][-2:])}",
        f"r2:{' '.join([*right, '$'][:2])}",
        f"open:{first - begin if first - begin < 2 else 'in'}:{ends}",
        f"open:{opens}:{ends}:{one.section}",
        f"long:{min((end - begin) // 4, 6)}:{opens}",
        f"in:{before}|{behind}",
        f"s2:{' '.join(opening[:2])}",
    ]
    row += [f"l:{time}" for word in left for time in _times(word)]
    row += [f"r:{time}" for word in right for time in _times(word)]
    row += [f"own:{cause.flag}:{cause.text.lower()}" for cause in one.causes]
    _list(row, left, right)
    return [
        ("ln", set(left[-_NEAR:])),
        ("rn", set(right[:_NEAR])),
        ("lf", set(left)),
        ("rf", set(right)),
        ("s1", opening[:1] or ["^"]),
    ]


@lru_cache(maxsize=65536)
def _word(word: str) -> str:
    """Return a word as features have it."""
    if _YEAR.match(word):
        return "<year>"
    return "<n>" if word.isdigit() else stem(word)


@lru_cache(maxsize=65536)
def _times(word: str) -> tuple[str, ...]:
    """Return what a word says of time."""
    marks = (
        ("past", word in _PAST),
        ("now", word in _NOW),
        ("ed", bool(_ENDED.match(word))),
        ("year", word == "<year>"),
    )
    return tuple(name for name, there in marks if there)


def _list(row: list[str], left: list[str], right: list[str]) -> None:
    commas = left.count(",") + right.count(",")
    either = "or" in left or "or" in right
    row.append(f"list:{min(commas, 3)}:{either}")
    if left and left[-1] in _ITEM:
        row.append(f"item:{left[-1]}:{either}")
    if right and right[0] in _ITEM:
        row.append(f"next:{right[0]}:{either}")


def _place(row: list[str], words: Words, mention: _Mention, found: tuple[Section, ...]) -> None:
    one, text = mention.one, words.text
    section = section_at(found, one.start)
    if section is not None and one.start < section.body:
        row.append("heading")
    low = max(0, one.start - _LINE)
    line = max(low, text.rfind("\n", low, one.start) + 1)
    opening = words.at(line)
    lead = one.start == line or not any(map(str.isalpha, text[line : one.start]))
    row += [
        f"section:{one.section}",
        f"section:{one.section}:{one.kind}",
        f"line:{words.lower[opening] if opening < len(words.lower) else ''}",
        f"lead:{lead}",
        f"part:{int(5 * (one.start / max(1, len(text))))}:{one.kind}",
    ]
    if text[one.end : one.end + 1] == ":":
        row.append("titled")


def _previous(words: Words, sentence: int) -> set[str]:
    """Return how the sentence before begins."""
    if not sentence:
        return set()
    begin, end = words.sentences[sentence - 1]
    return {_word(word) for word in words.lower[begin : min(end, begin + 4)]}


def _flag(one: Entity) -> str:
    if one.experiencer != "patient":
        return "other"
    if one.negated:
        return "negated"
    if one.uncertain:
        return "uncertain"
    if one.hypothetical:
        return "hypothetical"
    return "present" if one.present else "historical"


def _beside(row: list[str], words: Words, side: str, mention: _Mention, other: _Mention | None) -> None:
    """Add what is said of the neighbour on one side, and what stands between."""
    if other is None:
        row.append(f"{side}:none")
        return
    near = "same" if other.one.sentence == mention.one.sentence else "apart"
    row.append(f"{side}:{near}:{other.flag}")
    left, right = (mention, other) if mention.one.start < other.one.start else (other, mention)
    begin, end = words.at(left.one.end), right.first
    if end - begin <= _BETWEEN:
        between = " ".join(map(_word, words.lower[begin:end]))
        row.append(f"{side}:{between}:{other.flag}")


def _company(row: list[str], flags: Sequence[str], own: str) -> None:
    """Add what is said of all others in the sentence, of which one is itself."""
    size = len(flags) - 1
    row.append(f"with:{min(size, 4)}")
    if not size:
        return
    for flag in set(flags):
        count = flags.count(flag) - (flag == own)
        if count:
            row.append(f"with:{flag}")
        if count == size and count > 1:
            row.append(f"all:{flag}")
