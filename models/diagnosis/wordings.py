"""Find the wordings of the knowledge base in a story: all its words near each other, longest first."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from models.diagnosis.folding import Word, fold, never_alone
from models.knowledge.diagnosis import Finding, KnowledgeBase, load_knowledge

_DIGIT = re.compile(r"\d")
NEGATIVE = "NOT"
"""What every word of denial folds to."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One way of saying a finding, folded."""

    finding: str
    words: tuple[str, ...]
    denies: bool
    """Whether it says by a denial that something is there: `cannot swallow`."""
    denied_first: bool = False
    """Whether the denial stands before all else."""

    @property
    def reach(self) -> int:
        """Return over how many places its words may be spread; a denial stands close to what it denies."""
        size = len(self.words)
        return size if size == 1 or self.denies else size + min(size - 1, 3)


@dataclass(frozen=True, slots=True)
class Hit:
    """A wording found: which words of the story it took."""

    finding: str
    words: tuple[Word, ...]
    tight: bool
    denies: bool

    @property
    def start(self) -> int:
        """Return the offset of its first character."""
        return min(word.start for word in self.words)

    @property
    def end(self) -> int:
        """Return the offset behind its last character."""
        return max(word.end for word in self.words)


@dataclass(frozen=True)
class Wordings:
    """Every wording, by the word of it that fewest wordings share."""

    by_word: Mapping[str, Sequence[Wording]]

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Return what a sentence's words say, without what lies within a longer wording."""
        said = {word.fold for word in words}
        found = [hit for at, word in enumerate(words) for hit in self._at(words, at, word, said)]
        found.sort(key=lambda hit: (-len(hit.words), not hit.tight, hit.start, hit.finding))
        kept: list[Hit] = []
        for hit in found:
            if not any(_within(hit, longer) for longer in kept):
                kept.append(hit)
        kept = [hit for hit in kept if not hit.denies or not any(_denies(hit, other) for other in kept)]
        return sorted(kept, key=lambda hit: (hit.start, hit.end, hit.finding))

    def _at(self, words: Sequence[Word], at: int, word: Word, said: set[str]) -> Iterator[Hit]:
        for wording in self.by_word.get(word.fold, ()):
            if not said.issuperset(wording.words):
                continue
            hit = _match(wording, words, at)
            if hit is not None:
                yield hit


def _match(wording: Wording, words: Sequence[Word], at: int) -> Hit | None:
    """Return the wording with its rarest word here, where the others are near and none is denied between."""
    if len(wording.words) == 1:
        return Hit(wording.finding, (words[at],), tight=True, denies=wording.denies)
    taken, reach = [words[at]], wording.reach
    near = [w for w in words[max(0, at - 8) : at + 9] if abs(w.place - words[at].place) < reach]
    for name in wording.words[1:]:
        free = [w for w in near if w.fold == name and w not in taken]
        if not free:
            return None
        taken.append(min(free, key=lambda w: abs(w.place - words[at].place)))
    first, last = min(w.place for w in taken), max(w.place for w in taken)
    if last - first >= reach:
        return None
    if not wording.denies and any(w.fold == NEGATIVE and first < w.place < last for w in near):
        return None
    if wording.denied_first and min(taken, key=lambda w: w.place).fold != NEGATIVE:
        return None
    return Hit(
        wording.finding,
        tuple(taken),
        tight=last - first < len(taken),
        denies=wording.denies,
    )


def _denies(hit: Hit, other: Hit) -> bool:
    """Return whether a hit by denial is no more than another finding denied: `no black stool`."""
    own = {word for word in hit.words if word.fold != NEGATIVE}
    return not other.denies and bool(own) and own <= set(other.words) and len(other.words) > 1


def _within(hit: Hit, longer: Hit) -> bool:
    if not longer.tight or len(hit.words) > len(longer.words):
        return False
    if len(hit.words) == len(longer.words):
        return hit.finding == longer.finding and hit.words == longer.words
    return set(hit.words) <= set(longer.words)


@lru_cache(maxsize=1)
def load_wordings() -> Wordings:
    """Return the wordings of the packaged knowledge base."""
    return wordings_of(load_knowledge())


def wordings_of(base: KnowledgeBase) -> Wordings:
    """Return the wordings of a knowledge base; those with a number are read as measured values."""
    further = also()
    rows = {
        wording
        for finding in base.findings.values()
        for wording in _rows(finding, further.get(finding.id, ()))
    }
    counts = Counter(word for row in rows for word in row.words)
    found: dict[str, list[Wording]] = {}
    for row in sorted(rows, key=lambda row: (row.finding, row.words)):
        words = tuple(sorted(row.words, key=lambda word: (counts[word], word)))
        found.setdefault(words[0], []).append(Wording(row.finding, words, row.denies, row.denied_first))
    return Wordings(found)


@lru_cache(maxsize=1)
def also() -> Mapping[str, Sequence[str]]:
    """Return the further wordings of findings, beside those of the knowledge base."""
    found: dict[str, list[str]] = {}
    for name in ("also.toml", "also_plain.toml"):
        place = resources.files("models.diagnosis") / name
        for finding, said in tomllib.loads(place.read_text(encoding="utf-8")).items():
            found.setdefault(finding, []).extend(part.strip() for part in said.split(";"))
    return found


def _rows(finding: Finding, also: Sequence[str]) -> Iterator[Wording]:
    numeric = finding.kind == "modifier" or finding.measure is not None
    for text in (*finding.wordings, *also, finding.name):
        if numeric and _DIGIT.search(text):
            continue
        folded = fold(text)
        words = tuple(dict.fromkeys(word.fold for word in folded))
        # What stop words reduce to a single everyday word (`getting lost`) would be found everywhere.
        thinned = len(folded) == 1 and folded[0].end - folded[0].start < len(text.rstrip()) - 1
        alone = len(words) == 1 and words[0] in never_alone() | {NEGATIVE}
        if words and not alone and not thinned:
            yield Wording(finding.id, words, NEGATIVE in words, words[0] == NEGATIVE)
