"""The text model as a spaCy pipeline: a `Language` of our tokenizer and three components.

`pipeline()` builds it; the components are registered as `clinicards_sections`, `clinicards_entities` and
`clinicards_codes`, so that a site puts its own beside them. They call the same functions as `understand`,
which does without spaCy: importing spaCy alone takes longer than the model's whole cold start may.

A `Doc` has `doc.spans["sections"]` (labels are our names of sections), `doc.ents` with the extensions
`ent._.negated`, `.uncertain`, `.historical`, `.hypothetical`, `.experiencer`, `.present`, `.trigger`,
`.section`, `.codes` and `.attributes`, and `doc._.understood`, all of it as `understand` answers.
"""

from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from models.text.features import Reader, reader
from models.text.found import Entity, Understood
from models.text.tokens import read

FLAGS = (
    "negated",
    "uncertain",
    "historical",
    "hypothetical",
    "experiencer",
    "present",
    "section",
    "attributes",
)
COMPONENTS = ("clinicards_sections", "clinicards_entities", "clinicards_codes")


class Tokenizer:
    """Our tokens as a spaCy tokenizer; every character stays where it is."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return a text as a Doc: blanks other than a single space are tokens of their own."""
        found = read(text)
        words: list[str] = []
        spaces: list[bool] = []
        begins: list[bool] = []
        starts = set(found.sentence_starts)
        at = 0
        for n, (word, start, end) in enumerate(zip(found.texts, found.starts, found.ends, strict=True)):
            _blank(text[at:start], words, spaces, begins)
            words.append(word)
            spaces.append(False)
            begins.append(n in starts)
            at = end
        _blank(text[at:], words, spaces, begins)
        doc = Doc(self.vocab, words=words, spaces=spaces)
        for token, begin in zip(doc, begins, strict=True):
            token.is_sent_start = begin
        return doc

    def to_bytes(self, **_: Any) -> bytes:
        """Return nothing: the tokenizer has no state."""
        return b""

    def from_bytes(self, _data: bytes, **_more: Any) -> "Tokenizer":
        """Return itself: the tokenizer has no state."""
        return self

    def to_disk(self, _path: Any, **_more: Any) -> None:
        """Write nothing: the tokenizer has no state."""

    def from_disk(self, _path: Any, **_more: Any) -> "Tokenizer":
        """Return itself: the tokenizer has no state."""
        return self


def _blank(gap: str, words: list[str], spaces: list[bool], begins: list[bool]) -> None:
    """Add what stands between two tokens: a space belongs to the token before it, the rest is a token."""
    if gap.startswith(" ") and words:
        spaces[-1] = True
        gap = gap[1:]
    if gap:
        words.append(gap)
        spaces.append(False)
        begins.append(False)


def _known(doc: Doc, found: Reader) -> Understood:
    known: Understood | None = doc.user_data.get("understood")
    if known is None:
        known = doc.user_data["understood"] = found.understand(doc.text)
    return known


def _reader(rules: str) -> Reader:
    return reader(Path(rules)) if rules else reader()


@Language.factory(COMPONENTS[0], default_config={"rules": ""})
def sections_component(nlp: Language, name: str, rules: str) -> Any:  # noqa: ARG001  # spaCy's form of a factory
    """Return the component that marks sections."""
    found = _reader(rules)

    def component(doc: Doc) -> Doc:
        spans = [
            doc.char_span(s.start, s.end, label=s.kind.name, alignment_mode="expand")
            for s in _known(doc, found).sections
        ]
        doc.spans["sections"] = [span for span in spans if span is not None]
        return doc

    return component


@Language.factory(COMPONENTS[1], default_config={"rules": ""})
def entities_component(nlp: Language, name: str, rules: str) -> Any:  # noqa: ARG001  # spaCy's form of a factory
    """Return the component that marks entities with what is said of them."""
    found = _reader(rules)

    def component(doc: Doc) -> Doc:
        pairs = [(_span(doc, entity), entity) for entity in _known(doc, found).entities]
        kept: list[Span] = []
        for span, entity in pairs:
            if span is not None and not any(
                other.start < span.end and span.start < other.end for other in kept
            ):
                kept.append(span)
                for flag in FLAGS:
                    span._.set(flag, getattr(entity, flag))
                span._.trigger = entity.causes[0].text if entity.causes else ""
        doc.ents = tuple(kept)
        return doc

    return component


@Language.factory(COMPONENTS[2], default_config={"rules": ""})
def codes_component(nlp: Language, name: str, rules: str) -> Any:  # noqa: ARG001  # spaCy's form of a factory
    """Return the component that gives entities their codes."""
    found = _reader(rules)

    def component(doc: Doc) -> Doc:
        by_place = {(entity.start, entity.end): entity.codes for entity in _known(doc, found).entities}
        for span in doc.ents:
            span._.codes = by_place.get((span.start_char, span.end_char), ())
        return doc

    return component


def _span(doc: Doc, entity: Entity) -> Span | None:
    return doc.char_span(entity.start, entity.end, label=entity.kind)


def pipeline(rules: Path | None = None) -> Language:
    """Return the pipeline; `rules` is a site's folder of rule files."""
    for flag in (*FLAGS, "trigger", "codes"):
        Span.set_extension(flag, default=None, force=True)
    Doc.set_extension("understood", getter=lambda doc: doc.user_data.get("understood"), force=True)
    nlp = Language(Vocab())
    nlp.tokenizer = Tokenizer(nlp.vocab)
    for name in COMPONENTS:
        nlp.add_pipe(name, config={"rules": str(rules) if rules else ""})
    return nlp
