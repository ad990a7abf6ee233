"""The entries of an allergy list: which substances and groups they mean, and which reactions they name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.resolve import Resolver
from models.medsafety.person import Allergy
from models.record import SNOMED, Code

UNKNOWN = "unknown"
"""The reaction of an entry that names none."""
_NOTHING = re.compile(r"\b(?:nkda|nka|nkfa|no known|none known|denies)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Allergens:
    """Reads entries by one knowledge base."""

    knowledge: DrugKnowledge
    resolver: Resolver

    def read(
        self,
        codes: Iterable[Code],
        text: str,
        *,
        reactions: Iterable[str] = (),
        intolerance: bool = False,
        high: bool = False,
        ref: str = "",
    ) -> Allergy | None:
        """Return what an entry means, or None where it states that there is nothing.

        `reactions` are words or SNOMED CT codes. An entry that names nothing known comes back without groups.
        """
        given = tuple(codes)
        spoken = " ".join(dict.fromkeys((text, *(code.display for code in given)))).strip()
        if _NOTHING.search(spoken):
            return None
        drug = self.resolver.resolve(text, given)
        ingredients = frozenset(drug.ingredients) if not drug.conflict else frozenset()
        named = self._named(given, spoken)
        inferred = {n for i in ingredients for n in self._groups_of.get(i, ())} if not named else set()
        return Allergy(
            text=text or spoken,
            groups=frozenset(named | inferred),
            ingredients=ingredients,
            reactions=frozenset(self._reactions(reactions, spoken)) or frozenset({UNKNOWN}),
            intolerance=intolerance,
            high=high,
            ref=ref,
        )

    def _named(self, codes: tuple[Code, ...], spoken: str) -> set[str]:
        """Return the groups that codes or words name themselves; a substance's own name is no group."""
        coded = (self._by_snomed.get(code.code, ()) for code in codes if code.system == SNOMED)
        named = {name for names in coded for name in names}
        if _spoken_of(self._any_word, spoken):
            named |= {name for name, pattern in self._words.items() if _spoken_of(pattern, spoken)}
        return named

    @cached_property
    def _by_snomed(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for row in self.knowledge.allergens.values():
            for code in row.snomed:
                found[code] = (*found.get(code, ()), row.name)
        return found

    @cached_property
    def _any_word(self) -> re.Pattern[str] | None:
        """Finds a word of any group: one look where there is none, which is what most entries are."""
        return _pattern(word for row in self.knowledge.allergens.values() for word in row.words)

    @cached_property
    def _words(self) -> Mapping[str, re.Pattern[str] | None]:
        return {row.name: _pattern(row.words) for row in self.knowledge.allergens.values()}

    @cached_property
    def _reaction_words(self) -> Mapping[str, re.Pattern[str] | None]:
        return {row.name: _pattern(row.words) for row in self.knowledge.reactions.values()}

    @cached_property
    def _groups_of(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for row in self.knowledge.allergens.values():
            for name in row.members.ingredients if row.members is not None else ():
                found.setdefault(name, set()).add(row.name)
        return {name: frozenset(groups) for name, groups in found.items()}

    def _reactions(self, given: Iterable[str], spoken: str) -> set[str]:
        found: set[str] = set()
        for one in dict.fromkeys((*given, spoken)):
            for row in self.knowledge.reactions.values():
                if one in row.snomed or _spoken_of(self._reaction_words[row.name], one):
                    found.add(row.name)
        return found


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![a-z])(?:{alternatives})(?![a-z])", re.IGNORECASE) if alternatives else None


def _spoken_of(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None
