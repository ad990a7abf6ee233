"""The text model behind the door every model stands behind: `text`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any, cast

from models.base import BadInput, Document
from models.sole import Sole

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

    @cached_property
    def ready(self) -> bool:
        """Whether words and weights are loaded, which takes half a second: asked when a server starts."""
        _reader().warm()
        return True

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
                "list": {
                    "type": "boolean",
                    "description": "The text is a list of a chart, an entry a line: only what each names.",
                },
            },
            "required": ["text"],
            "additionalProperties": False,
        }

    def run(self, document: Document) -> dict[str, Any]:
        """Understand one text; with `spans`, one entity for each; with `list`, what each line names."""
        text, spans = _checked(document)
        reader = _reader()
        answer = {"id": document["id"]} if "id" in document else {}
        if document.get("list"):
            return {**answer, **_listed(text, reader)}
        if spans is None:
            told = _understood(text, reader.understand(text))
            return {**answer, **told, **_label(reader, text), "model": f"{NAME}@{self.version}"}
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


def _understood(text: str, found: "Understood") -> dict[str, Any]:
    reading = import_module("models.text.claims")
    claimed = {id(claim.entity): claim.as_dict() for claim in reading.claims(text, found.entities)}
    return {
        "entities": [
            entity.as_dict()
            | ({"claim": claimed[id(entity)]} if id(entity) in claimed else {})
            | ({"stopped": True} if reading.stopped(text, entity) else {})
            for entity in found.entities
        ],
        "sections": _sections(found.sections),
        "note_kind": found.kind,
        "notes": list(found.notes),
        "writes_from": reading.thresholds(),
    }


def _listed(text: str, reader: "Reader") -> dict[str, Any]:
    found = import_module("models.text.listing").entries(text, reader.parts)
    return {
        "entries": [
            [
                {
                    "kind": kind,
                    "text": words,
                    "codes": [{"system": c.system, "code": c.code, "display": c.display} for c in codes],
                }
                for kind, words, codes in entry
            ]
            for entry in found
        ]
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
    extra = sorted(map(str, set(document) - {"id", "text", "spans", "list"}))
    if extra:
        raise BadInput("known here are id, text, spans and list", pointer=f"/{extra[0]}")
    if not isinstance(document.get("list", False), bool):
        raise BadInput("true or false is needed", pointer="/list")
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


model = Sole(NAME, TextModel)
"""What the entry point names."""
