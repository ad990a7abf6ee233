"""Terminologies as phrases of stems: which spans of a text are in one, the longest first."""

import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from models.text.lexical import stem
from models.text.tokens import TOKEN

LONGEST = 8


def phrase(text: str) -> str:
    """Return a text as it is looked up: its stems, without apostrophes."""
    return " ".join(stem(word) for word in TOKEN.findall(text) if word not in "'’")


@dataclass(frozen=True)
class Terms:
    """Phrases with what each stands for."""

    entries: Mapping[str, str]
    begins: frozenset[str]
    """The first words of phrases."""
    longest: Mapping[str, int]
    """By the first two words of phrases of several: how many the longest has."""

    def matches(self, stems: Sequence[str], first: int, last: int) -> list[tuple[int, int, str]]:
        """Return the spans of tokens that are phrases, each with it, none overlapping, from left to right."""
        begins = self.begins
        part = stems if last - first == len(stems) else stems[first:last]
        return self._found(stems, [at for at, word in enumerate(part, first) if word in begins], last)

    def within(self, stems: Sequence[str], ends: Sequence[int]) -> list[tuple[int, int, str]]:
        """Return the same of a whole text at once; `ends` has for each token where its sentence ends."""
        begins = self.begins
        return self._found(stems, [at for at, word in enumerate(stems) if word in begins], ends)

    def _found(
        self, stems: Sequence[str], places: Sequence[int], ends: int | Sequence[int]
    ) -> list[tuple[int, int, str]]:
        found, reached = [], 0
        for at in places:
            if at >= reached:
                text = self._match(stems, at, ends if isinstance(ends, int) else ends[at])
                if text:
                    reached = at + text.count(" ") + 1
                    found.append((at, reached, text))
        return found

    def _match(self, stems: Sequence[str], at: int, last: int) -> str:
        """Return the longest phrase that begins at a token, or nothing."""
        one = stems[at]
        if at + 1 < last:
            most = self.longest.get(f"{one} {stems[at + 1]}", 0)
            for end in range(min(last, at + most), at + 1, -1):
                text = " ".join(stems[at:end])
                if text in self.entries:
                    return text
        return one if one in self.entries else ""


def terms(entries: Mapping[str, str]) -> Terms:
    """Return phrases ready to be found."""
    begins: set[str] = set()
    longest: dict[str, int] = {}
    for text in entries:
        first, *rest = text.split(" ")
        begins.add(first)
        if rest:
            pair = f"{first} {rest[0]}"
            longest[pair] = max(longest.get(pair, 0), len(rest) + 1)
    return Terms(entries, frozenset(begins), longest)


def rows(name: str) -> Iterator[tuple[str, str]]:
    """Yield phrase and code of a packed terminology."""
    packed = (resources.files("models.text") / "terms" / f"{name}.tsv.gz").read_bytes()
    for line in gzip.decompress(packed).decode().splitlines():
        if line and not line.startswith("#"):
            text, _, code = line.partition("\t")
            yield text, code


@lru_cache(maxsize=1)
def diseases() -> Terms:
    """Return the names of diseases and findings: ICD-10-CM, then HPO, then Orphanet."""
    return terms(_merged(("icd10cm", "hpo", "orphanet")))


def _merged(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        for text, code in rows(name):
            found.setdefault(text, code)
    return found


@lru_cache(maxsize=1)
def drugs() -> Terms:
    """Return the names of drugs that the knowledge of drugs has, each with its ingredients."""
    # Loaded on first use: whoever only splits a text needs no table of drugs.
    from models.knowledge.drugs.knowledge import load_drugs
    from models.knowledge.drugs.names import Names

    index = Names(load_drugs()).index
    return terms(
        {phrase(text): "; ".join(part.ingredient for part in name.parts) for text, name in index.items()}
    )
