"""The text model behind the door every model stands behind: `text`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any, cast

from models.base import BadInput, Document, Model, UnknownModel

if TYPE_CHECKING:
    from models.text.found import Understood
    from models.text.reading import Reader

NAME = "text"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
MOST_SPANS = 20_000
LONGEST_PASSAGE = 8_000
"""A text up to this many characters is also told which section it may be of."""


@lru_cache(maxsize=1)
def _card() -> Mapping[str, Any]:
    path = resources.files("models.text") / "card.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _reader() -> "Reader":
    # Loaded on first use: numpy and the weights are no part of a server that reads no text.
    return cast("Reader", import_module("models.text.features").reader())


@dataclass(frozen=True)
class TextModel:
    """Clinical text in, entities with what is said of them out."""

    @property
    def name(self) -> str:
        """The name as in `clinicards run NAME`."""
        return NAME

    @property
    def version(self) -> str:
        """The version that results carry."""
        return str(_card()["version"])

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of one input document."""
        place = {"type": "integer", "minimum": 0}
        span = {
            "type": "object",
            "properties": {"start": place, "end": place},
            "required": ["start", "end"],
            "additionalProperties": False,
        }
        return {
            "$schema": DRAFT,
            "$id": f"urn:clinicards:{NAME}:{self.version}",
            "title": "A clinical text, and optionally the places in it to speak of",
            "type": "object",
            "properties": {
                "id": {"description": "Returned unchanged."},
                "text": {
                    "type": "string",
                    "format": "clinical-text",
                    "description": "The text as it is; offsets are into it, in characters.",
                },
                "spans": {"type": "array", "maxItems": MOST_SPANS, "items": span},
            },
            "required": ["text"],
            "additionalProperties": False,
        }

    def run(self, document: Document) -> dict[str, Any]:
        """Understand one text; with `spans`, exactly one entity for each, in their order."""
        text, spans = _checked(document)
        reader = _reader()
        answer = {"id": document["id"]} if "id" in document else {}
        if spans is None:
            return {**answer, **_understood(reader.understand(text)), **_label(reader, text)}
        entities = [entity.as_dict() for entity in reader.of_spans(text, spans)]
        found = reader.page(text[: reader.most]).sections
        return {
            **answer,
            "entities": entities,
            "sections": _sections(found),
            "notes": [],
            **_label(reader, text),
        }

    def card(self) -> dict[str, Any]:
        """Return the model card as data."""
        return dict(_card())


def _understood(found: "Understood") -> dict[str, Any]:
    return {
        "entities": [entity.as_dict() for entity in found.entities],
        "sections": _sections(found.sections),
        "note_kind": found.kind,
        "notes": list(found.notes),
    }


def _sections(found: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"section": s.kind.name, "title": s.kind.title, "loinc": s.kind.loinc, "start": s.start, "end": s.end}
        for s in found
    ]


def _label(reader: "Reader", text: str) -> dict[str, Any]:
    """Return the section that a passage is of, where the text is no longer than a passage."""
    if not text.strip() or len(text) > LONGEST_PASSAGE:
        return {}
    label, sure = reader.label(text)
    return {"label": label, "label_probability": round(sure, 3)}


def _checked(document: Document) -> tuple[str, list[tuple[int, int]] | None]:
    if not isinstance(document, Mapping):
        raise BadInput("one JSON object is needed", pointer="")
    extra = sorted(map(str, set(document) - {"id", "text", "spans"}))
    if extra:
        raise BadInput("known here are id, text and spans", pointer=f"/{extra[0]}")
    text = document.get("text")
    if not isinstance(text, str):
        raise BadInput("a text is needed", pointer="/text")
    return text, _spans(document["spans"], len(text)) if "spans" in document else None


def _spans(given: Any, length: int) -> list[tuple[int, int]]:
    if not isinstance(given, list | tuple) or len(given) > MOST_SPANS:
        raise BadInput(f"a list of at most {MOST_SPANS} spans is needed", pointer="/spans")
    return [_span(span, length, f"/spans/{at}") for at, span in enumerate(given)]


def _span(span: Any, length: int, pointer: str) -> tuple[int, int]:
    if not isinstance(span, Mapping) or set(span) != {"start", "end"}:
        raise BadInput("a span has start and end", pointer=pointer)
    start, end = span["start"], span["end"]
    if any(isinstance(place, bool) or not isinstance(place, int) for place in (start, end)):
        raise BadInput("start and end are whole numbers", pointer=pointer)
    if not 0 <= start < end <= length:
        raise BadInput(
            f"start is before end, and both are within the text's {length} characters", pointer=pointer
        )
    return start, end


class TextFamily:
    """The entry point `text` of the group `clinicards.models`."""

    def names(self) -> Sequence[str]:
        """Return the name of the one model, without loading it."""
        return (NAME,)

    def load(self, name: str) -> Model:
        """Return the model; raise `UnknownModel`."""
        if name != NAME:
            raise UnknownModel(f"the text model is named {NAME!r}")
        return TextModel()


model = TextFamily()
"""What the entry point names."""
