"""Documents for models: clinical text is scrubbed before a model reads it, offsets mapped there and back.

A model says which of its inputs are clinical text: members whose schema has `"format": "clinical-text"`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cds.privacy.scrub import Scrubbed, scrub
from models.base import Document, Model

CLINICAL_TEXT = "clinical-text"
Offsets = Callable[[int], int]


@dataclass(frozen=True)
class Asked:
    """A document past the scrubber, and how offsets in what is answered lead back to what was sent."""

    document: Mapping[str, Any]
    back: Offsets | None = None

    def answered(self, result: Any) -> Any:
        """Return a model's result with its offsets as places in the text that was sent."""
        return result if self.back is None else _moved(result, self.back)


@dataclass(frozen=True)
class Scrubbing:
    """A model behind the scrubber: what it reads holds no identifier, what it answers fits what was sent."""

    model: Model
    texts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def version(self) -> str:
        """The model's version."""
        return self.model.version

    def schema(self) -> dict[str, Any]:
        """Return the model's schema."""
        return self.model.schema()

    def card(self) -> dict[str, Any]:
        """Return the model's card."""
        return self.model.card()

    def run(self, document: Document) -> dict[str, Any]:
        """Answer one document with its clinical text scrubbed."""
        given: Any = document
        if not isinstance(given, Mapping):
            return self.model.run(document)  # what is no document is the model's to refuse
        put = asked(given, self.texts)
        answered: dict[str, Any] = put.answered(self.model.run(put.document))
        return answered


def scrubbing(model: Model) -> Model:
    """Return a model behind the scrubber where it reads clinical text, and itself where it does not."""
    texts = texts_of(model.schema())
    return Scrubbing(model, texts) if texts else model


def texts_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the members of a model's documents that are clinical text."""
    properties = schema.get("properties") or {}
    return tuple(
        name
        for name, row in properties.items()
        if isinstance(row, Mapping) and row.get("format") == CLINICAL_TEXT
    )


def asked(document: Mapping[str, Any], texts: tuple[str, ...]) -> Asked:
    """Return the document with its clinical text scrubbed; one without any comes back as it is."""
    present = [name for name in texts if isinstance(document.get(name), str)]
    if not present:
        return Asked(document)
    clean = dict(document)
    found = {name: scrub(document[name]) for name in present}
    clean.update({name: one.text for name, one in found.items()})
    if len(found) > 1:
        return Asked(clean)
    (only,) = found.values()
    if isinstance(document.get("spans"), list):
        clean["spans"] = [_moved(span, _forth(only)) for span in document["spans"]]
    return Asked(clean, only.back)


def _forth(scrubbed: Scrubbed) -> Offsets:
    """Return the way from an offset in the text that was sent to one in the scrubbed text."""

    def forth(at: int) -> int:
        moved = 0
        for span in scrubbed.spans:
            if at < span.end:
                return min(at, span.start) + moved if at <= span.start else span.start + moved
            moved += len(span.replacement) - (span.end - span.start)
        return at + moved

    return forth


def _moved(value: Any, way: Offsets) -> Any:
    """Return a value with every `start` and `end` taken along."""
    if isinstance(value, Mapping):
        return {
            key: way(item)
            if key in ("start", "end") and isinstance(item, int) and not isinstance(item, bool)
            else _moved(item, way)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_moved(item, way) for item in value]
    return value
