"""What a call says of its people and places: names and identifiers that must not stay anywhere in it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from cds.privacy.folding import compact, folded, squeezed, visible

_TITLE_WORDS = """
dr mr mrs ms miss mx prof md do phd rn np pa jr sr ii iii iv mme mlle herr frau dott sig sra don
"""
TITLES = frozenset(_TITLE_WORDS.split())
_PARTICLE_WORDS = """
al am an and av bin da das de del della den der des di do dos du el ibn la las le los of op st te ten ter the
to van von vom y zu zum zur
"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
"""Parts of names that are words of their own: compared only within the whole name."""
_SPACED = re.compile(r"[\u0041-\u024f\u0370-\u058f\u1e00-\u1fff]")
"""Latin, Greek, Cyrillic, Armenian: scripts that put spaces between words."""
_INFLECTED = re.compile(r"[\u0370-\u052f]")
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[\W_]+")
_IN_WORD = re.compile(r"\w")
_LONGEST_RUN = 8
_LONG = 6
"""Letters from which on a name is looked for inside words too, where it may be glued to something."""
_LONGEST = 400
"""Letters beyond which nothing is a name: no label that may stay is as long."""


class Known:
    """Names and identifiers of one call, compared with its labels, codes and words; dies with the call.

    `people` are names of persons, whose every word counts; `phrases` (addresses, hospitals) count as a whole.
    """

    __slots__ = ("_alone", "_anywhere", "_identifiers", "_noted", "_short", "_verdicts", "_words")

    def __init__(
        self, people: Iterable[str] = (), *, phrases: Iterable[str] = (), identifiers: Iterable[str] = ()
    ) -> None:
        names = {visible(name).strip() for name in people}
        words = {w for name in names for w in _words(name)}
        self._words = {folded(w) for w in words if len(w) >= 3 and _SPACED.match(w)}
        self._short = {
            f for w in words if len(w) == 2 and _SPACED.match(w) for f in (w.upper(), w.capitalize())
        }
        whole = {folded(p) for p in (*names, *map(visible, phrases))}
        inside = {p for w in words for p in _anywhere(w)} | set(_unspaced(names))
        # Compared with `in`, not by an expression: `re` keeps those it was given long after the call.
        self._alone = [p for p in whole if 3 <= len(p) < _LONG]
        self._anywhere = [p for p in inside | {p for p in whole if len(p) >= _LONG} if 0 < len(p) <= _LONGEST]
        self._identifiers = {_joined(i) for i in identifiers} - {""}
        self._verdicts: dict[str, bool] = {}
        self._noted: set[str] | None = None

    @property
    def forms(
        self,
    ) -> tuple[AbstractSet[str], AbstractSet[str], Sequence[str], Sequence[str], AbstractSet[str]]:
        """Return what is looked for: words, those of two letters, phrases alone, anywhere, identifiers."""
        return self._words, self._short, self._alone, self._anywhere, self._identifiers

    def within(self, text: str) -> bool:
        """Tell whether one of them stands in a text; while answers are postponed, no."""
        if self._noted is not None:
            self._noted.add(text)
            return False
        verdict = self._verdicts.get(text)
        if verdict is None:
            verdict = self._verdicts[text] = self._stands_in(text)
        return verdict

    def postpone(self) -> None:
        """Answer no from now on and note the texts, until `settled` is asked.

        Names stand in so few texts that all of them together are looked at once, and one by itself only where
        there is reason to.
        """
        self._noted = set()

    def settled(self) -> bool:
        """Tell whether every no that was given holds; from now on each text is looked at by itself."""
        noted, self._noted = self._noted or set(), None
        return not any(map(self.within, self._suspects(noted)))

    def _suspects(self, texts: set[str]) -> Iterable[str]:
        """Return the texts in which a name might stand, all of them where an identifier might."""
        together = visible("\n".join(texts))
        numbers = squeezed(together)
        if any(identifier in numbers for identifier in self._identifiers):
            return texts
        low = folded(together)
        near = [form for form in (*self._words, *self._alone, *self._anywhere) if form in low]
        short = [form for form in self._short if form in together]
        if not near and not short:
            return ()
        return [
            text
            for text in texts
            if any(form in folded(visible(text)) for form in near)
            or any(form in visible(text) for form in short)
        ]

    def _stands_in(self, text: str) -> bool:
        plain = visible(text)
        low = folded(plain)
        return (
            any(phrase in low for phrase in self._anywhere)
            or any(_stands_alone(phrase, low) for phrase in self._alone)
            or self._named(plain, low)
            or self._numbered(plain)
        )

    def _named(self, plain: str, low: str) -> bool:
        """Tell whether a word of a name is a word of the text; first whether it stands anywhere at all."""
        if not (any(word in low for word in self._words) or any(word in plain for word in self._short)):
            return False
        tokens = _TOKEN.findall(plain)
        return not (
            self._words.isdisjoint(_WORD.findall(low))
            and self._words.isdisjoint(map(folded, tokens))
            and self._short.isdisjoint(tokens)
        )

    def _numbered(self, plain: str) -> bool:
        """Tell whether an identifier stands in the text, its separators written in any way."""
        numbers = compact(_BETWEEN.sub("", plain))
        if not any(identifier in numbers for identifier in self._identifiers):
            return False
        return not self._identifiers.isdisjoint(_runs(_TOKEN.findall(plain)))


def _words(name: str) -> Iterator[str]:
    """Yield the words of a name that may stand for it alone."""
    for part in name.replace(",", " ").split():
        pieces = _WORD.findall(part)
        if len(pieces) > 1:
            yield "".join(pieces)
            yield from ("".join(_WORD.findall(chunk)) for chunk in part.split("-"))
        yield from (p for p in pieces if p.casefold() not in TITLES and p.casefold() not in _PARTICLES)


def _anywhere(word: str) -> Iterator[str]:
    """Yield the form that is looked for inside words: names are glued, inflected, written without spaces."""
    if not _SPACED.match(word):
        if len(word) >= 2 and not word.isdigit():
            yield folded(word)
    elif len(word) >= _LONG:
        yield folded(word)[: -1 if _INFLECTED.match(word) else None]


def _unspaced(names: Iterable[str]) -> Iterator[str]:
    """Yield whole names of scripts without spaces: one letter of family name and one given make a name."""
    for name in names:
        parts = _WORD.findall(name)
        if not any(map(_SPACED.match, parts)):
            yield from (folded(a + b) for a, b in pairwise(parts))


def _stands_alone(phrase: str, text: str) -> bool:
    """Tell whether a phrase stands in a text with no letter or digit of a word at either end."""
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        if not _IN_WORD.match(text[at - 1 : at]) and not _IN_WORD.match(text[end : end + 1]):
            return True
        at = text.find(phrase, at + 1)
    return False


def _joined(identifier: str) -> str:
    """Return an identifier without its separators; one too short to mean anybody becomes empty."""
    if identifier.isascii():
        joined = squeezed(identifier).replace("\n", "")  # the same, by one look at each letter
    else:
        joined = "".join(map(compact, _TOKEN.findall(visible(identifier))))
    distinct = len(joined) >= 5 or (len(joined) >= 3 and any(c.isdigit() for c in identifier))
    return joined if distinct else ""


def _runs(tokens: list[str]) -> Iterator[str]:
    """Yield tokens and neighbours joined: the separators within a number are written in any way."""
    forms = [compact(t) for t in tokens]
    for start in range(len(forms)):
        joined = ""
        for form in forms[start : start + _LONGEST_RUN]:
            joined += form
            yield joined
