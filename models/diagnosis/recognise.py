"""A story to findings: wordings, measured values and time, each with its place and polarity."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from models.diagnosis.folding import Word, fold
from models.diagnosis.journeys import journeys
from models.diagnosis.measured import Value, falls_on_standing, judged, thresholds, values
from models.diagnosis.normals import normals
from models.diagnosis.person import age_span, birth_span, gestation
from models.diagnosis.said import Story, told
from models.diagnosis.swallowed import swallowed
from models.diagnosis.timing import duration
from models.diagnosis.traps import traps
from models.diagnosis.vocabulary import terms
from models.diagnosis.wordings import Hit, Wordings, load_wordings
from models.knowledge.diagnosis import Finding, KnowledgeBase, load_knowledge

_LEFT_OUT = frozenset(("uncertain", "hypothetical", "family", "other"))
_NOT_SAID = _LEFT_OUT - {"uncertain"} | {"negated"}
_SECOND_TRIMESTER, _SECOND_HALF = 14, 20
_DENYING = re.compile(
    r"(?:not|no|never|isn['’]?t|can['’]?t|cannot|couldn['’]?t|could not|unable|won['’]?t)\s+\w", re.IGNORECASE
)
_GROWN_BAND = 4
_OF_CHILDREN = frozenset(("child", "infant", "nappy", "fontanelle", "diaper"))
"""Parts of the names of findings that only children have; from the band of 15 years on they are misread."""
_FALL, _BIRTH = "orthostatic-drop", "postpartum"
_TIMES = frozenset(("duration-hours", "duration-days", "duration-weeks", "duration-months", "duration-years"))


@dataclass(frozen=True, slots=True)
class Mention:
    """One finding that a text speaks of; offsets index the text as given."""

    finding: str
    start: int
    end: int
    present: bool


@dataclass(frozen=True, slots=True)
class Recognised:
    """All that was understood, settled: what is there, what is not, and what the text says both of."""

    mentions: tuple[Mention, ...]
    present: frozenset[str]
    absent: frozenset[str]
    contradicted: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    """The words of the story, folded, that it does not deny; they weigh beside the findings."""
    worded: frozenset[str] = frozenset()
    """What is there by words of the story, with all that implies: not by a value or the record."""


@dataclass(frozen=True)
class Recogniser:
    """The wordings and thresholds of one knowledge base."""

    base: KnowledgeBase
    wordings: Wordings

    @cached_property
    def _thresholds(self) -> Mapping[str, list[Finding]]:
        return thresholds(self.base)

    def read(self, text: str, band: int) -> Recognised:
        """Return the findings of a text about somebody of this age band."""
        story = told(text)
        trapped = traps(text)
        folded = [
            _clear(fold(text, start=start, end=end), trapped)
            for start, end in map(story.span, range(len(story.sentences)))
        ]
        worded = [m for at, words in enumerate(folded) for m in self._sentence(story, at, words)]
        found = [*worded, *self._measured(values(text), band)]
        weeks = gestation(text)
        time = duration(text, apart=(age_span(text), weeks[1:] if weeks else (0, 0)))
        if time is not None and time[0] in self.base.findings:
            found.append(Mention(*time, present=True))
        found += self._carried(text, weeks, band)
        found += self._counted(story, text)
        found += self._together(found, band)
        if band >= _GROWN_BAND:
            worded, found = _grown(worded), _grown(found)
        known = settled(self.base, found)
        own = frozenset(m.finding for m in worded if m.present) & known.present
        ruled_out = [(m.start, m.end) for m in worded if not m.present]
        return replace(known, words=_affirmed(story, folded, ruled_out), worded=self.base.closure(own))

    def _sentence(self, story: Story, at: int, words: Sequence[Word]) -> Iterator[Mention]:
        well = list(normals(words))
        for hit in self.wordings.find(words):
            if hit.finding in _TIMES or any(at <= hit.start and hit.end <= end for _, at, end in well):
                continue
            present = self._polarity(hit, story, at)
            if present is not None:
                yield Mention(hit.finding, hit.start, hit.end, present)
        for finding, first, last in well:
            if finding in self.base.findings:
                yield Mention(finding, first, last, present=False)

    def _polarity(self, hit: Hit, story: Story, at: int) -> bool | None:
        """Return whether it is there; None where it is another's, of the future or in doubt."""
        key = min(hit.words, key=lambda word: word.start)
        flags = story.flags(at, key.start, hit.end if hit.tight else key.end)
        family = hit.finding.startswith("family-")
        if flags & _LEFT_OUT - ({"family"} if family else set()):
            return None
        if family and story.subject and story.subject in story.words.text[hit.start : hit.end].lower():
            # `My sister has Graves and stopped her tablets` is about the sister.
            return None
        return hit.denies or "negated" not in flags or _itself_denies(hit, story.words.text)

    def _together(self, found: Sequence[Mention], band: int) -> Iterator[Mention]:
        """Yield what two findings say together: a child that fits in a fever has a seizure with fever."""
        said = {one.finding: one for one in found if one.present}
        fits = next((said[name] for name in ("seizure", "seizure-prolonged") if name in said), None)
        if fits and band < _GROWN_BAND and said.keys() & {"fever", "temperature-38", "fever-high"}:
            yield replace(fits, finding="seizure-with-fever")

    def _counted(self, story: Story, text: str) -> Iterator[Mention]:
        """Yield what numbers and small words tell: tablets and the pill, journeys, pressures on standing."""
        for finding, start, end in (*swallowed(text), *journeys(text)):
            at = story.words.sentence_of(story.words.at(start))
            if finding in self.base.findings and not story.flags(at, start, end) & (_LEFT_OUT | {"negated"}):
                yield Mention(finding, start, end, present=True)
        fall = falls_on_standing(text)
        if fall is not None and _FALL in self.base.findings:
            yield Mention(_FALL, *fall, present=True)

    def _carried(self, text: str, said: tuple[float, int, int] | None, band: int) -> Iterator[Mention]:
        """Yield what weeks of pregnancy and a birth not long ago mean."""
        birth = birth_span(text) if said is None and band >= _GROWN_BAND else None
        if birth is not None and _BIRTH in self.base.findings:
            yield Mention(_BIRTH, *birth, present=True)
        if said is not None:
            weeks, start, end = said
            names = ["pregnant", "pregnant-over-20-weeks" if weeks >= _SECOND_HALF else ""]
            names.append("pregnant-first-trimester" if weeks < _SECOND_TRIMESTER else "")
            for name in names:
                if name in self.base.findings:
                    yield Mention(name, start, end, present=True)

    def _measured(self, found: Sequence[Value], band: int) -> Iterator[Mention]:
        for finding, present, value in judged(self._thresholds, found, band):
            yield Mention(finding, value.start, value.end, present)


def _itself_denies(hit: Hit, text: str) -> bool:
    """Tell whether one folded word is a denial in the text: `can't breathe`, `not making sense`."""
    return any(_DENYING.match(text, word.start, word.end) for word in hit.words)


def _grown(found: Sequence[Mention]) -> list[Mention]:
    """Return what is not of children only: a woman of 59 who does not drink is no child that will not."""
    return [one for one in found if not _OF_CHILDREN & set(one.finding.split("-"))]


def _clear(words: Sequence[Word], trapped: Sequence[tuple[int, int]]) -> Sequence[Word]:
    """Return the words that lie in none of these stretches."""
    return [w for w in words if not any(start < w.end and w.start < end for start, end in trapped)]


def _affirmed(
    story: Story, folded: Sequence[Sequence[Word]], ruled_out: Sequence[tuple[int, int]]
) -> frozenset[str]:
    """Return the words, and pairs of them, that no cue denies or gives to another.

    What says that a finding is not there speaks for nothing: `opens mouth wide` is no trouble of the mouth.
    """
    found: set[str] = set()
    for at, words in enumerate(folded):
        said = [w for w in words if not any(start <= w.start < end for start, end in ruled_out)]
        found.update(terms([w for w in said if not story.flags(at, w.start, w.end) & _NOT_SAID]))
    return frozenset(found)


def settled(base: KnowledgeBase, found: Sequence[Mention]) -> Recognised:
    """Return mentions with what follows: kinds imply what they are a kind of; what is absent has no kinds."""
    said = frozenset(m.finding for m in found if m.present)
    denied = frozenset(m.finding for m in found if not m.present)
    contradicted = said & denied
    present = base.closure(said - contradicted)
    absent = frozenset(denied - contradicted - present)
    mentions = tuple(sorted(set(found), key=lambda m: (m.start, m.end, m.finding, m.present)))
    return Recognised(mentions, present, absent, tuple(sorted(contradicted)))


@lru_cache(maxsize=1)
def recogniser() -> Recogniser:
    """Return the recogniser of the packaged knowledge base."""
    return Recogniser(load_knowledge(), load_wordings())
