"""Read a text: tokens, sections, entities.

What is said of each. One `Reader` holds the rules and what was learned.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from models.text import allergies, classify, entities, rulebook, sections, standing, terms, tokens
from models.text.assertion import marks
from models.text.bounds import MOST_CHARACTERS, SURROGATES, bounded
from models.text.doubting import no_name, placeholder
from models.text.entities import Candidate, candidates, learned, settled, widened
from models.text.flagging import flagged
from models.text.found import Entity, Understood
from models.text.lexical import membership, stem
from models.text.lexicon import Entry
from models.text.parts import Parts
from models.text.sentences import Sentence, sentence
from models.text.tokens import Words

LITERATURE, CLINICAL = 0, 1
_LEARNED_KINDS = {"disease": "problem", "chemical": "medication", "test": ""}
_BLOCK, _MARGIN = 20_000, 2_000
_NO_NAMES = rulebook.words("no_names")
"""Words that begin or end no name of a problem, whatever the tagger thinks."""
_OPENS_NOTHING = frozenset(stem(word) for word in rulebook.words("opens_nothing"))
_SURE = ((15, 0.97), (40, 0.9), (float("inf"), 0.6))
"""How sure it must be that a text of fewer tokens is science."""


@dataclass(frozen=True)
class Page:
    """One text on its way: what later steps need of earlier ones."""

    words: Words
    stems: tuple[str, ...]
    sections: tuple[sections.Section, ...]
    register: int
    found: dict[int, Sentence]
    held: set[int]
    """Tokens of findings that no word in them denies, nor do they deny another: `no energy, fever`."""


@dataclass(frozen=True)
class Reader:
    """Rules, lexicons and learned parts, loaded once, used by many threads."""

    parts: Parts

    @property
    def most(self) -> int:
        """How many characters of a text are read."""
        return MOST_CHARACTERS

    def label(self, text: str) -> tuple[str, float]:
        """Return the section that a passage is of by its words, and how sure that is."""
        return self.parts.labels.best([word.lower() for word in tokens.TOKEN.findall(text)])

    def check(self) -> None:
        """Read every rule file, so that one that is not of its form is named now; raises `RuleError`."""
        self.parts.check()

    def warm(self) -> None:
        """Load everything that reading needs."""
        self.understand("Chest pain. PMH: hypertension on lisinopril 10 mg daily. BP 120/80.")

    def understand(self, text: str) -> Understood:
        """Return what a text says; never raises for what a text is."""
        read, notes = bounded(text)
        page, named = self.told(read)
        if page.register == CLINICAL:
            named = standing.weighed(self.parts.standing, page.words, named, page.sections)
        spans = tuple((page.words.starts[a], page.words.ends[b - 1]) for a, b in page.words.sentences)
        kind = "literature" if page.register == LITERATURE else classify.note_kind(page.sections)
        return Understood(tuple(named), page.sections, kind, spans, notes)

    def told(self, read: str) -> tuple[Page, list[Entity]]:
        """Return a text of no more than is read, and what cues and sections say of what it names."""
        page = self.page(read)
        known = self._candidates(page)
        found = [one for one in settled([*known, *self._learned(page, known)]) if one.entry.kind]
        page.held.update(
            at for one in found if one.entry.form == "whole" for at in range(one.first, one.last)
        )
        limits = [
            *(page.words.starts[one.first] for one in found[1:] if one.entry.kind == "medication"),
            len(read),
        ]
        named = [self._entity(page, one, limits) for one in found]
        named = allergies.read(page.words, page.sections, named, self.parts.allergens, page.stems)
        named += self._measured(page, named)
        return page, sorted(named, key=lambda entity: (entity.start, entity.end))

    def of_spans(self, text: str, spans: Sequence[tuple[int, int]]) -> tuple[Entity, ...]:
        """Return what a text says of each of these places, one entity for each, in their order."""
        text = SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
        pages: dict[int, tuple[int, Page]] = {}
        return tuple(self._of_span(text, start, end, pages) for start, end in spans)

    def _of_span(self, text: str, start: int, end: int, pages: dict[int, tuple[int, Page]]) -> Entity:
        """Return one entity, read in its whole text or, where that is too long.

        In the part that it stands in.
        """
        block = 0 if len(text) <= MOST_CHARACTERS else start // _BLOCK + 1
        if block not in pages:
            first = max(0, (block - 1) * _BLOCK - _MARGIN) if block else 0
            last = block * _BLOCK + _MARGIN if block else len(text)
            pages[block] = first, self.page(text[first:last])
        shift, page = pages[block]
        inside = min(end - shift, len(page.words.text))
        first, last = page.words.covering(start - shift, inside)
        entry = self._named(page, first, last)
        chronic = self.parts.chronic.of(entry, page.stems[first:last])
        made = self.asserted(page, start - shift, inside, entry.kind, chronic=chronic)
        causes = tuple(
            c._replace(
                start=c.start + shift, end=c.end + shift, scope=(c.scope[0] + shift, c.scope[1] + shift)
            )
            for c in made.causes
        )
        sentence = (made.sentence[0] + shift, made.sentence[1] + shift)
        return made._replace(
            start=start,
            end=end,
            text=text[start:end],
            causes=causes,
            sentence=sentence,
            codes=entry.codes,
            source="given",
        )

    def _named(self, page: Page, first: int, last: int) -> Entry:
        """Return what the words of a given place stand for; a problem where no lexicon knows them."""
        best, length = Entry("problem"), 0
        for found in self.parts.lexicons:
            for begin, end, entry in found.find(page.stems, first, last):
                if entry.kind and end - begin > length:
                    sure = 1.0 if (begin, end) == (first, last) else 0.5
                    codes = tuple(code._replace(confidence=code.confidence * sure) for code in entry.codes)
                    best, length = entry._replace(codes=codes), end - begin
        return best

    def page(self, text: str) -> Page:
        """Return a text split into what all steps work on."""
        words = tokens.read(text)
        stems = tuple(map(stem, words.texts))
        headings = sections.find(text, self.parts.headings)
        register = LITERATURE if self._literature(words, headings=bool(headings)) else CLINICAL
        return Page(words, stems, headings, register, {}, set())

    def _literature(self, words: Words, *, headings: bool) -> bool:
        """Tell whether a text is science.

        The shorter it is, and with headings of notes, the surer it must be.
        """
        if not words.texts:
            return False
        label, sure = self.parts.register.best(words.lower[:400])
        least = next(need for size, need in _SURE if len(words.texts) < size)
        return label == "literature" and sure >= max(least, 0.8 if headings else 0.0)

    def _candidates(self, page: Page) -> list[Candidate]:
        if page.register == LITERATURE:
            return []
        found = candidates(page.words, page.stems, self.parts.lexicons, self.parts.short, self.parts.nearby)
        return [widened(page.words, one) for one in found]

    def _learned(self, page: Page, known: Sequence[Candidate]) -> Iterable[Candidate]:
        """Yield what the tagger finds; a finding that a lexicon knows takes its kind and codes from there."""
        chosen = page.words.sentences if page.register == LITERATURE else self._open(page, known)
        places = [at for first, last in chosen for at in range(first, last)]
        if not places:
            return
        held = {at for one in known if not entities.general(one) for at in range(one.first, one.last)}
        stems = [page.stems[at] for at in places]
        groups = [found.matches(stems, 0, len(stems)) for found in (terms.diseases(), terms.drugs())]
        ends = [0, *accumulate(last - first for first, last in chosen)]
        texts = [page.words.texts[at] for at in places]
        tags = self.parts.tagger.tag(texts, membership(stems, groups), list(pairwise(ends)), page.register)
        for begin, end, label in learned(tags, self.parts.tagger.heads[page.register].tags):
            first, last = places[begin], places[end - 1] + 1
            kind = _LEARNED_KINDS.get(label, label)
            if kind and not self._doubtful(page, first, last) and not held.intersection(range(first, last)):
                yield Candidate(first, last, self._known(page, first, last, kind), "learned", 0.7)

    def _open(self, page: Page, known: Sequence[Candidate]) -> Sequence[tuple[int, int]]:
        """Return the sentences that have a word which no lexicon found and which is not plain English."""
        words, plain, texts = page.words, self.parts.tagger.plain, page.words.texts
        told = {
            at
            for at, word in enumerate(page.stems)
            if word not in plain and word not in _OPENS_NOTHING and len(texts[at]) > 3 and texts[at].isalpha()
        }
        for one in known:
            told.difference_update(range(one.first, one.last))
        for section in page.sections:
            told.difference_update(range(words.at(section.start), words.at(section.body - 1)))
        return [words.sentences[at] for at in sorted({words.sentence_of(at) for at in told})]

    def _doubtful(self, page: Page, first: int, last: int) -> bool:
        """Tell whether what the tagger found in a note is a heading, a single letter or a number."""
        words = page.words
        if page.register == LITERATURE:
            return False
        section = sections.section_at(page.sections, words.starts[first])
        if section is not None and words.starts[first] < section.body:
            return True
        if all(stem in self.parts.tagger.plain or len(stem) < 4 for stem in page.stems[first:last]):
            return True
        if (
            placeholder(words, first, last)
            or words.lower[first] in _NO_NAMES
            or words.lower[last - 1] in _NO_NAMES
        ):
            return True
        return last - first == 1 and no_name(words, first)

    def _known(self, page: Page, first: int, last: int, kind: str) -> Entry:
        for found in self.parts.lexicons:
            for begin, end, entry in found.find(page.stems, first, last):
                if end == last and (begin == first or page.register == CLINICAL):
                    same = entry.kind == kind or {entry.kind, kind} <= {"problem", "symptom"}
                    if same:
                        sure = 1.0 if begin == first else 0.6
                        codes = tuple(c._replace(confidence=c.confidence * sure) for c in entry.codes)
                        return Entry(entry.kind, codes, "learned")
        return Entry(kind, (), "learned")

    def _entity(self, page: Page, one: Candidate, limits: Sequence[int]) -> Entity:
        words, entry = page.words, one.entry
        start, end = words.starts[one.first], words.ends[one.last - 1]
        attributes = one.attributes
        if entry.kind == "medication":
            limit = limits[min(bisect_left(limits, end), len(limits) - 1)]
            attributes = {**attributes, **self.parts.sigs.read(words.text, end, limit)}
        known = Entity(
            start,
            end,
            words.text[start:end],
            entry.kind,
            entry.codes,
            expansion=one.expansion,
            chronic=self.parts.chronic.of(entry, page.stems[one.first : one.last]),
            source=one.source,
            confidence=one.confidence,
            attributes=attributes,
        )
        return self._flagged(page, known, one.first, one.last)

    def asserted(self, page: Page, start: int, end: int, kind: str, *, chronic: bool = False) -> Entity:
        """Return an entity of this place with what the text says of it."""
        words = page.words
        first, last = words.covering(start, end)
        last = max(last, min(first + 1, len(words.texts)))
        known = Entity(start, end, words.text[start:end], kind, chronic=chronic)
        return self._flagged(page, known, first, last) if first < last else known

    def _flagged(self, page: Page, known: Entity, first: int, last: int) -> Entity:
        words, held = page.words, page.held
        at = words.sentence_of(first)
        place = page.found.get(at)
        if place is None:
            place = page.found[at] = sentence(words, *words.sentences[at], self.parts.cues)
        section = sections.section_at(page.sections, known.start)
        found = marks(place, first, last)
        if held and found:
            found = [one for one in found if not held.issuperset(range(one.cue.first, one.cue.last))]
        return flagged(known, words, place, found, section)

    def _measured(self, page: Page, named: Sequence[Entity]) -> list[Entity]:
        taken = [
            (entity.start, entity.end) for entity in named if entity.kind not in {"procedure", "medication"}
        ]
        found = []
        for one in self.parts.measures.find(page.words, page.stems):
            if any(start < one.end and one.start < end for start, end in taken):
                continue
            made = self.asserted(page, one.start, one.end, one.measure.kind)
            attributes = {"name": one.measure.code.display, **one.attributes}
            plain = made._replace(
                negated=False,
                uncertain=False,
                causes=tuple(c for c in made.causes if c.flag not in {"negated", "uncertain"}),
            )
            found.append(plain._replace(codes=(one.measure.code,), source="rules", attributes=attributes))
        return found
