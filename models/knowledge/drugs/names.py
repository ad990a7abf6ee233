"""Every name a drug goes by, and where such names stand in a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from models.knowledge.drugs.errors import DrugTableError
from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.rows import Combination, Part
from models.knowledge.drugs.words import Token, key

LONGEST = 7
_SUGGESTED = 3
_SHORTEST_SUGGESTED = 5


@dataclass(frozen=True, slots=True)
class Name:
    """What a name stands for; a brand of one ingredient is a name with one part."""

    parts: tuple[Part, ...]
    route: str = ""
    ordered: bool = False
    brand: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in a text: which tokens, from `first` up to but not including `last`."""

    name: Name
    first: int
    last: int


@dataclass(frozen=True)
class Names:
    """The index of all names."""

    knowledge: DrugKnowledge

    @cached_property
    def index(self) -> Mapping[str, Name]:
        """Return what each name stands for, by its key; raise where one name stands for two things."""
        found: dict[str, Name] = {}
        for row in self.knowledge.ingredients.values():
            plain, brand = Name((Part(row.name),)), Name((Part(row.name),), brand=True)
            for text in (row.name, *row.synonyms):
                _add(found, text, plain)
            for text in row.brands:
                _add(found, text, brand)
        for combination in self.knowledge.combinations:
            _add_all(found, combination)
        return found

    @cached_property
    def learned(self) -> Mapping[str, Name]:
        """Return the brands that products carry and no other table names, each that stands for one thing."""
        found: dict[str, set[frozenset[str]]] = {}
        for product in self.knowledge.products.values():
            text = key(product.brand) if product.brand else ""
            if text and text not in self.index:
                names = frozenset(part.ingredient for part in product.parts)
                found.setdefault(text, set()).add(names)
        single = {text: next(iter(sets)) for text, sets in found.items() if len(sets) == 1}
        return {text: Name(tuple(map(Part, sorted(names))), brand=True) for text, names in single.items()}

    def find(self, text: str) -> Name | None:
        """Return what a name stands for, or None."""
        return self.index.get(text) or self.learned.get(text)

    @cached_property
    def _longest(self) -> Mapping[str, int]:
        """Return how many words the longest name has that begins with a word."""
        found: dict[str, int] = {}
        for text in (*self.index, *self.learned):
            first, *rest = text.split(" ")
            found[first] = max(found.get(first, 0), min(1 + len(rest), LONGEST))
        return found

    def mentions(self, found: tuple[Token, ...]) -> tuple[Mention, ...]:
        """Return the names in a text, the longest first at each place, none overlapping."""
        mentions: list[Mention] = []
        longest, after = self._longest, 0
        for place, token in enumerate(found):
            if place < after or token.is_sign:
                continue
            length = longest.get(token.text.replace("’", "'"))
            mention = None if length is None else self._at(found, place, length)
            if mention is not None:
                mentions.append(mention)
                after = mention.last
        return tuple(mentions)

    def _at(self, found: tuple[Token, ...], place: int, longest: int) -> Mention | None:
        best, words = None, list[str]()
        for last in range(place, min(len(found), place + 2 * LONGEST)):
            token = found[last]
            if token.is_sign and token.text != "#":
                if token.text in "()[]{};":
                    break
                continue
            words.append(token.text.replace("’", "'"))
            name = self.find(" ".join(words))
            if name is not None:
                best = Mention(name, place, last + 1)
            if len(words) == longest:
                break
        return best

    def near(self, word: str) -> tuple[str, ...]:
        """Return names spelt like a word that is not known: to be asked about, never to be used."""
        if len(word) < _SHORTEST_SUGGESTED:
            return ()
        return tuple(get_close_matches(word.lower(), self._spelt, n=_SUGGESTED, cutoff=0.82))

    @cached_property
    def _spelt(self) -> tuple[str, ...]:
        return tuple(text for text in self.index if len(text) >= _SHORTEST_SUGGESTED)


def _add(found: dict[str, Name], text: str, name: Name) -> None:
    at = key(text)
    before = found.setdefault(at, name)
    if before is not name and before.parts != name.parts:
        raise DrugTableError(
            f"the name {text!r} stands for {_said(before)} and for {_said(name)}; take it from one of them"
        )


def _add_all(found: dict[str, Name], combination: Combination) -> None:
    name = Name(combination.parts, combination.route, ordered=combination.ordered, brand=True)
    for text in combination.names:
        _add(found, text, name)


def _said(name: Name) -> str:
    return " with ".join(part.ingredient for part in name.parts)
