"""What a call itself says of its people and places: names and identifiers that must not stay anywhere in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds.privacy.folding import compact, folded, visible

_TITLES = frozenset(
    "dr mr mrs ms miss mx prof md do phd rn np pa jr sr ii iii iv mme mlle herr frau dott sig sra don dña".split()
)
_PARTICLES = frozenset(
    "al am an and av bin da das de del della den der des di do dos du el ibn la las le los of op st te ten ter "
    "the to van von vom y zu zum zur".split()
)
"""Parts of names that are words of their own: compared only within the whole name."""
_OFFICES = frozenset(
    "admin automated center centre clinic clinical default department doctor emergency facility health hospital "
    "lab laboratory medical medicine nurse patient pharmacist pharmacy physician practice provider radiology "
    "system team test unassigned unknown unit user".split()
)
"""Words in the display of a reference to a person that name an office, not the person."""
_SPACED = re.compile(r"[\u0041-\u024f\u0370-\u058f\u1e00-\u1fff]")
"""Latin, Greek, Cyrillic, Armenian: scripts that put spaces between words."""
_INFLECTED = re.compile(r"[\u0370-\u052f]")
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_WORD = re.compile(r"[^\W_]+")
_PEOPLE = re.compile(r"(?:^|/)(?:Patient|Practitioner|PractitionerRole|RelatedPerson|Person)/")
_NAMING = (
    "subject", "patient", "performer", "requester", "recorder", "asserter", "author", "informationSource",
    "participant", "generalPractitioner", "managingOrganization", "serviceProvider", "location", "custodian",
    "for", "owner",
)  # fmt: skip
_LONGEST_RUN = 6


class Known:
    """Names and identifiers of one call, compared with its labels, codes and words; dies with the call."""

    __slots__ = ("_identifiers", "_names", "_short", "_verdicts", "_within")

    def __init__(self, names: Iterable[str] = (), identifiers: Iterable[str] = ()) -> None:
        names = [visible(n).strip() for n in names]
        words = {w for n in names for w in _WORD.findall(n) if w.casefold() not in _TITLES}
        self._names = {
            folded(w) for w in words if len(w) >= 3 and _SPACED.match(w) and w.casefold() not in _PARTICLES
        }
        self._short = {
            form
            for w in words
            if len(w) == 2 and _SPACED.match(w) and w.casefold() not in _PARTICLES
            for form in (w.upper(), w.title())
        }
        self._within = _any_of(set(_substrings(names, words)))
        self._identifiers = {_joined(i) for i in identifiers} - {""}
        self._verdicts: dict[str, bool] = {}

    def within(self, text: str) -> bool:
        """Tell whether one of them stands in a text."""
        verdict = self._verdicts.get(text)
        if verdict is None:
            verdict = self._verdicts[text] = self._stands_in(text)
        return verdict

    def _stands_in(self, text: str) -> bool:
        plain = visible(text)
        low = folded(plain)
        if self._within is not None and self._within.search(low):
            return True
        if not self._names.isdisjoint(_WORD.findall(low)) or not self._names.isdisjoint(_TOKEN.findall(low)):
            return True
        if self._short and not self._short.isdisjoint(_TOKEN.findall(plain)):
            return True
        return bool(self._identifiers) and not self._identifiers.isdisjoint(_runs(plain))


def _substrings(names: Iterable[str], words: Iterable[str]) -> Iterator[str]:
    """Yield what is looked for anywhere in a text, as names are glued, inflected and written without spaces."""
    for word in words:
        if not _SPACED.match(word):
            if len(word) >= 2 and not word.isdigit():
                yield folded(word)
        elif len(word) >= 6:
            yield folded(word)[: -1 if _INFLECTED.match(word) else None]
    for name in names:
        if len(name) >= 4 and re.search(r"[\s,\-']", name):
            yield folded(name)
        parts = _WORD.findall(name)
        if len(parts) > 1 and not any(_SPACED.match(p) for p in parts):
            yield folded("".join(parts))


def _any_of(phrases: set[str]) -> re.Pattern[str] | None:
    kept = sorted((p for p in phrases if p), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, kept))) if kept else None


def _joined(identifier: str) -> str:
    """Return an identifier without its separators; one too short to mean anybody becomes empty."""
    joined = "".join(_TOKEN.findall(compact(identifier)))
    return joined if len(joined) >= 3 else ""


def _runs(text: str) -> Iterator[str]:
    """Yield tokens of a text and neighbours joined: separators within a number are written any way."""
    tokens = _TOKEN.findall(compact(text))
    for start in range(len(tokens)):
        joined = ""
        for token in tokens[start : start + _LONGEST_RUN]:
            joined += token
            yield joined


def known(resources: Iterable[Mapping[str, Any]]) -> Known:
    """Return names and identifiers of the people and places that these resources tell of."""
    names: set[str] = set()
    identifiers: set[str] = set()
    displays: set[tuple[str, bool]] = set()
    for resource in resources:
        for member in _NAMING:
            if member in resource:
                displays.update(_displays(resource[member]))
        identifiers.update(_identifiers(resource))
        if "name" in resource or "contact" in resource:
            names.update(_names_of(resource, identifiers))
        for part in _objects(resource.get("contained")):
            names.update(_names_of(part, identifiers))
            identifiers.update(_identifiers(part))
    for display, person in displays:
        names.update(_people(display) if person else (f"{display} ",))
    return Known(names, identifiers)


def _people(display: str) -> Iterator[str]:
    parts = [w for w in _WORD.findall(visible(display)) if w.casefold() not in _TITLES]
    yield " ".join(parts)
    yield from (w for w in parts if w.casefold() not in _OFFICES)
