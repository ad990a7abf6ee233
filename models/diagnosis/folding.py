"""Bring stories and wordings to the same words: spelling, endings and phrases that say the same."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

_TOKEN = re.compile(r"[a-z]+(?:['’][a-z]+)?|\d+(?:[.,/]\d+)*|[,;():.!?]")
_COLD = re.compile(
    r"(?<=\ba )cold\b(?! (?:sweat|sore|compress|pack|drink|shower|bath|day|night|morning|wind|snap|hand|foot"
    r"|feet|leg|arm|feeling|shiver|spell))"
)
"""`A cold` is an illness; `cold` by itself is not."""
_BREAKS = frozenset(",;():.!?")
_JOINS = frozenset(("and", "or", "but", "nor"))
_IRREGULAR = {
    "hives": "urticaria",
    "testes": "testis",
    "limps": "limping",
    "limped": "limping",
    "limping": "limping",
    "winded": "winded",
    "banging": "banging",
    "boiling": "boiling",
    "yellowing": "yellowing",
    "feet": "foot",
    "teeth": "tooth",
}
"""Words whose plain stem is another word (`hives` and HIV) or is not that of their singular."""
_LONGEST_PHRASE = 5
_LEAST_STEM = 3


@dataclass(frozen=True, slots=True)
class Word:
    """One word that carries meaning: what it folds to, its offsets, and its place with gaps for commas."""

    fold: str
    start: int
    end: int
    place: int


@dataclass(frozen=True, slots=True)
class Same:
    """The words that carry no meaning and the phrases that say the same."""

    stop: frozenset[str]
    phrases: Mapping[tuple[str, ...], str]
    lengths: Mapping[str, tuple[int, ...]]
    """How many words the phrases have that begin with a word, most first."""
    never_alone: frozenset[str]


def never_alone() -> frozenset[str]:
    """Return the words that are no wording by themselves."""
    return _same().never_alone


def fold(text: str, *, start: int = 0, end: int | None = None) -> list[Word]:
    """Return the words of a stretch of text; offsets index the whole text."""
    same = _same()
    return _phrased(_plain(text, start, len(text) if end is None else end, same.stop), same)


def _plain(text: str, start: int, end: int, stop: frozenset[str]) -> list[Word]:
    found: list[Word] = []
    place = 0
    # Lower case of a few letters is longer than the letter; those texts are read as they are.
    lower = text.lower() if len(text.lower()) == len(text) else text
    if "cold" in lower:
        lower = _COLD.sub("kold", lower)
    for match in _TOKEN.finditer(lower, start, end):
        word = match.group().replace("’", "'")
        if word in _BREAKS or word in _JOINS:
            place += 1
        elif word not in stop:
            found.append(Word(stem(word), match.start(), match.end(), place))
            place += 1
    return found


def _phrased(words: Sequence[Word], same: Same) -> list[Word]:
    found: list[Word] = []
    at = 0
    while at < len(words):
        parts = _phrase(words, at, same)
        if parts:
            name = same.phrases[tuple([w.fold for w in parts])]
            found.append(Word(name, parts[0].start, parts[-1].end, parts[0].place))
        else:
            found.append(words[at])
        at += len(parts) or 1
    return found


def _phrase(words: Sequence[Word], at: int, same: Same) -> Sequence[Word]:
    """Return the words of the longest phrase that begins here; none where there is none."""
    for size in same.lengths.get(words[at].fold, ()):
        parts = words[at : at + size]
        near = len(parts) == size and parts[-1].place - parts[0].place < size
        if near and tuple([word.fold for word in parts]) in same.phrases:
            return parts
    return ()


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return a word without its spelling variants and endings; the same for stories and wordings."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    word = word.removesuffix("'s")
    if len(word) > _LEAST_STEM:
        # `doe` and `toe` keep theirs: `de` is a word of other languages.
        word = word.replace("ae", "e").replace("oe", "e")
    if len(word) > _LEAST_STEM + 1:
        for ending, instead in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
            if word.endswith(ending) and not word.endswith(("ss", "us", "is")):
                word = word[: -len(ending)] + instead
                break
    if len(word) > _LEAST_STEM and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > _LEAST_STEM else word


@lru_cache(maxsize=1)
def _same() -> Same:
    place = resources.files("models.diagnosis") / "words.toml"
    table = tomllib.loads(place.read_text(encoding="utf-8"))
    stop = frozenset(table["stop"].split())
    phrases: dict[tuple[str, ...], str] = {}
    for name, said in table["same"].items():
        for phrase in said.split(";"):
            plain = phrase.strip()
            words = tuple(word.fold for word in _plain(plain, 0, len(plain), stop))
            if words and (len(words) > 1 or " " not in plain):
                phrases.setdefault(words, name.upper())
    lengths: dict[str, set[int]] = {}
    for words in phrases:
        if len(words) <= _LONGEST_PHRASE:
            lengths.setdefault(words[0], set()).add(len(words))
    longest_first = {word: tuple(sorted(sizes, reverse=True)) for word, sizes in lengths.items()}
    return Same(stop, phrases, longest_first, frozenset(stem(word) for word in table["never_alone"].split()))
