"""A story to findings: wordings, measured values and time, each with its place and polarity."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from models.diagnosis.folding import fold
from models.diagnosis.measured import Value, judged, thresholds, values
from models.diagnosis.normals import normals
from models.diagnosis.said import Story, told
from models.diagnosis.timing import duration
from models.diagnosis.wordings import Hit, Wordings, load_wordings
from models.knowledge.diagnosis import Finding, KnowledgeBase, load_knowledge

_LEFT_OUT = frozenset(("uncertain", "hypothetical", "family", "other"))
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
        found = [m for at in range(len(story.sentences)) for m in self._sentence(story, at, text)]
        found += self._measured(values(text), band)
        time = duration(text)
        if time is not None:
            found.append(Mention(*time, present=True))
        return settled(self.base, found)

    def _sentence(self, story: Story, at: int, text: str) -> Iterator[Mention]:
        start, end = story.span(at)
        words = fold(text, start=start, end=end)
        for hit in self.wordings.find(words):
            if hit.finding in _TIMES:
                continue
            present = self._polarity(hit, story, at)
            if present is not None:
                yield Mention(hit.finding, hit.start, hit.end, present)
        for finding, first, last in normals(words):
            if finding in self.base.findings:
                yield Mention(finding, first, last, present=False)

    def _polarity(self, hit: Hit, story: Story, at: int) -> bool | None:
        """Return whether it is there; None where it is another's, of the future or in doubt."""
        key = min(hit.words, key=lambda word: word.start)
        flags = story.flags(at, key.start, hit.end if hit.tight else key.end)
        family = hit.finding.startswith("family-")
        if flags & _LEFT_OUT - ({"family"} if family else set()):
            return None
        return hit.denies or "negated" not in flags

    def _measured(self, found: Sequence[Value], band: int) -> Iterator[Mention]:
        for finding, present, value in judged(self._thresholds, found, band):
            yield Mention(finding, value.start, value.end, present)


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
