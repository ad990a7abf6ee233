"""How likely it is that what reads as present is: a linear score over where and how a mention stands.

Cues tell what a text says in so many words; lists of effects, reasons to come back, the past told like the
present and the names of examinations come without one. The score sees what stands around a mention: words on
both sides, how its sentence and line begin, its list, what cues said of its neighbours, its section, whether
the note names it elsewhere. `present` needs both, cues and score.
"""

import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from models.text.found import Entity
from models.text.lexical import Floats, Pieces, stem
from models.text.sections import Section, section_at
from models.text.tokens import Words
from models.text.weights import Weights

BUCKETS = 2**15
KINDS = frozenset({"problem", "symptom"})
GROUPS = ("ln", "rn", "lf", "rf", "s1", "prev", "text")
"""Features that are words, read by their vectors too: near, far, at the beginning, before, itself."""
SCALE = 0.3
"""What makes a vector of a word as long as counts."""
_AT = {group: at for at, group in enumerate(GROUPS)}
_NEAR, _FAR = 3, 7
_BETWEEN = 3
_LINE = 2000
"""Characters before a mention in which its line may begin."""
_MOST_KEPT = 200_000
_PAST = frozenset(("was", "were", "had", "did", "went", "got", "became"))
_NOW = frozenset(("is", "are", "has", "have", "now", "today", "still", "currently", "remains", "continues"))
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_ENDED = re.compile(r"[a-z]{3,}ed\Z")
_ITEM = frozenset((",", "or", "and", "/"))


@dataclass(frozen=True)
class Standing:
    """A weight for each bucket of features, a vector for each group of words, and the least that stands."""

    weight: Floats
    groups: Floats
    bias: float
    least: float
    vector: Callable[[str], Floats]
    kept: dict[str, float] = field(init=False, default_factory=dict)
    """Weights of features that were met; of those that are words, group, share and number."""
    of_words: dict[str, tuple[int, float, int]] = field(init=False, default_factory=dict)
    shares: dict[str, list[float]] = field(init=False, default_factory=dict)

    def of(self, row: Sequence[str]) -> float:
        """Return how likely it is that what has these features is present."""
        raw, kept, words = self.bias, self.kept, self.of_words
        sums: dict[int, list[float]] = {}
        for name in set(row):
            value = kept.get(name)
            raw += self._keep(name) if value is None else value
            if name in words:
                group, share, count = words[name]
                total = sums.setdefault(group, [0.0, 0.0])
                total[0] += share
                total[1] += count
        raw += sum(share / count for share, count in sums.values())
        return 1 / (1 + math.exp(-raw))

    def _keep(self, name: str) -> float:
        """Return the weight of a feature that was not met before; of words, keep what their vectors add."""
        if len(self.kept) > _MOST_KEPT:
            self.kept.clear()
            self.of_words.clear()
            self.shares.clear()
        group, words = _words_of(name)
        if words:
            self.of_words[name] = group, sum(self._shares(word)[group] for word in words), len(words)
        weight = float(self.weight[bucket(name)])
        self.kept[name] = weight
        return weight

    def _shares(self, word: str) -> list[float]:
        """Return what one word adds in each group."""
        found = self.shares.get(word)
        if found is None:
            found = self.shares[word] = (SCALE * (self.groups @ self.vector(word))).tolist()
        return found


def _words_of(name: str) -> tuple[int, list[str]]:
    """Return the group of a feature and its words; none where it is not of words."""
    group, colon, words = name.partition(":")
    return (_AT[group], words.split(" ")) if colon and group in _AT else (0, [])


def spoken(row: Sequence[str]) -> list[list[str]]:
    """Return the words of each group of features, to be read by their meaning too."""
    found: list[list[str]] = [[] for _ in GROUPS]
    for name in row:
        group, words = _words_of(name)
        found[group] += words
    return found


@lru_cache(maxsize=65536)
def bucket(name: str) -> int:
    """Return the column of a feature."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % BUCKETS


def load(found: Weights, pieces: Pieces) -> Standing:
    """Return the score that a file of weights holds."""
    weight, groups = (np.asarray(found.arrays[name], np.float32) for name in ("weight", "groups"))
    return Standing(weight, groups, float(found.about["bias"]), float(found.about["least"]), pieces.vector)


def scored(one: Entity) -> bool:
    """Tell whether something is of a kind that is scored, whatever it reads as."""
    return one.kind in KINDS


def asked(one: Entity) -> bool:
    """Tell whether it matters how likely something is: it reads as present."""
    return scored(one) and one.present


def weighed(
    known: Standing, words: Words, named: Sequence[Entity], found: tuple[Section, ...]
) -> list[Entity]:
    """Return the entities of a note, those that read as present with how likely that is."""
    told = list(named)
    for at, row in rows(words, named, found, asked):
        likely = round(known.of(row), 3)
        told[at] = replace(named[at], standing=likely, stands=likely >= known.least)
    return told


def rows(
    words: Words, named: Sequence[Entity], found: tuple[Section, ...], wanted: Callable[[Entity], bool]
) -> Iterator[tuple[int, list[str]]]:
    """Yield the features of each problem and symptom that is wanted, with its place among the entities."""
    own = [one for one in named if one.kind in KINDS]
    if not own:
        return
    names = Counter(_name(one) for one in own)
    good = Counter(_name(one) for one in own if one.present)
    company: dict[tuple[int, int], Counter[str]] = {}
    for one in own:
        company.setdefault(one.sentence, Counter())[_flag(one)] += 1
    sides = zip([None, *own[:-1]], [*own[1:], None], strict=True)
    beside = dict(zip(map(id, own), sides, strict=True))
    for at, one in enumerate(named):
        if id(one) in beside and wanted(one):
            before, after = beside[id(one)]
            count, sure = names[_name(one)], good[_name(one)] - one.present
            yield (
                at,
                [
                    *_itself(one),
                    *_around(words, one),
                    *_place(words, one, found),
                    *_beside(words, "L", one, before),
                    *_beside(words, "R", one, after),
                    *_company(company[one.sentence], _flag(one)),
                    f"again:{min(count - 1, 2)}:{min(sure, 2)}",
                ],
            )


def _name(one: Entity) -> str:
    return one.codes[0].code if one.codes else stem(one.text)


def _itself(one: Entity) -> Iterator[str]:
    words = one.text.lower().split()
    yield f"kind:{one.kind}:{one.source}"
    yield f"coded:{bool(one.codes)}:{one.chronic}"
    yield f"size:{min(len(words), 4)}"
    yield f"chronic:{one.kind}:{one.chronic}"
    yield f"text:{' '.join(map(stem, words))}"
    yield f"last:{stem(words[-1])}"
    yield f"first:{stem(words[0])}"
    if one.codes:
        yield f"code:{one.codes[0].code[:3]}"
    if one.expansion:
        yield "short"


def _around(words: Words, one: Entity) -> list[str]:
    first, last = words.covering(one.start, one.end)
    begin, end = words.sentences[words.sentence_of(first)] if words.texts else (0, 0)
    left = [_word(word) for word in words.lower[max(begin, first - _FAR) : first]]
    right = [_word(word) for word in words.lower[last : min(end, last + _FAR)]]
    before, behind = left[-1] if left else "^", right[0] if right else "$"
    ends = "w" if right and behind.isalnum() else behind
    opens = first == begin
    opening = [_word(word) for word in words.lower[begin : min(first, begin + 3)]]
    return [
        f"l1:{before}",
        f"r1:{behind}",
        f"l2:{' '.join(['^', *left][-2:])}",
        f"r2:{' '.join([*right, '$'][:2])}",
        *["ln:" + word for word in set(left[-_NEAR:])],
        *["rn:" + word for word in set(right[:_NEAR])],
        *["lf:" + word for word in set(left)],
        *["rf:" + word for word in set(right)],
        f"open:{first - begin if first - begin < 2 else 'in'}:{ends}",
        f"open:{opens}:{ends}:{one.section}",
        f"long:{min((end - begin) // 4, 6)}:{opens}",
        f"in:{before}|{behind}",
        *[f"own:{cause.flag}:{cause.text.lower()}" for cause in one.causes],
        f"s1:{opening[0] if opening else '^'}",
        f"s2:{' '.join(opening[:2])}",
        *_tense(left, right),
        *_list(left, right),
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


def _tense(left: Sequence[str], right: Sequence[str]) -> Iterator[str]:
    for side, own in (("l", left), ("r", right)):
        for name in {name for word in own for name in _times(word)}:
            yield f"{side}:{name}"


def _list(left: Sequence[str], right: Sequence[str]) -> Iterator[str]:
    commas = sum(word == "," for word in (*left, *right))
    either = "or" in left or "or" in right
    yield f"list:{min(commas, 3)}:{either}"
    if left[-1:] and left[-1] in _ITEM:
        yield f"item:{left[-1]}:{either}"
    if right and right[0] in _ITEM:
        yield f"next:{right[0]}:{either}"


def _place(words: Words, one: Entity, found: tuple[Section, ...]) -> Iterator[str]:
    yield f"section:{one.section}"
    yield f"section:{one.section}:{one.kind}"
    section = section_at(found, one.start)
    if section is not None and one.start < section.body:
        yield "heading"
    low = max(0, one.start - _LINE)
    line = max(low, words.text.rfind("\n", low, one.start) + 1)
    opening = words.lower[words.at(line) : words.at(line) + 3]
    yield f"line:{opening[0] if opening else ''}"
    yield f"lead:{one.start == line or not any(map(str.isalpha, words.text[line : one.start]))}"
    if words.text[one.end : one.end + 1] == ":":
        yield "titled"
    share = one.start / max(1, len(words.text))
    yield f"part:{int(5 * share)}:{one.kind}"
    sentence = words.sentence_of(words.at(one.start))
    if sentence:
        begin, end = words.sentences[sentence - 1]
        for word in set(words.lower[begin : min(end, begin + 4)]):
            yield f"prev:{_word(word)}"


def _flag(one: Entity) -> str:
    if one.experiencer != "patient":
        return "other"
    for flag in ("negated", "uncertain", "hypothetical"):
        if getattr(one, flag):
            return flag
    return "present" if one.present else "historical"


def _beside(words: Words, side: str, one: Entity, other: Entity | None) -> Iterator[str]:
    """Yield what is said of the neighbour on one side, and what stands between."""
    if other is None:
        yield f"{side}:none"
        return
    near = "same" if other.sentence == one.sentence else "apart"
    yield f"{side}:{near}:{_flag(other)}"
    first, last = sorted((one, other), key=lambda entity: entity.start)
    between = words.lower[words.at(first.end) : words.at(last.start)]
    if len(between) <= _BETWEEN:
        yield f"{side}:{' '.join(map(_word, between))}:{_flag(other)}"


def _company(flags: Counter[str], own: str) -> Iterator[str]:
    """Yield what is said of all others in the sentence, of which one is itself."""
    others = flags - Counter([own])
    size = others.total()
    yield f"with:{min(size, 4)}"
    for flag, count in others.items():
        yield f"with:{flag}"
        if count == size and count > 1:
            yield f"all:{flag}"
