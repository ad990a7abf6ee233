"""Allergies: the substance is `allergy`, what it did a symptom and, by name, the allergy's reaction."""

import re
from collections.abc import Iterator, Sequence

from models.text.found import Entity
from models.text.lexicon import Lexicon
from models.text.sections import Section, section_at
from models.text.tokens import Words

_NONE = re.compile(
    r"\b(?:nkda|nka|nkma|no (?:known )?(?:drug |medication |food |medicine |environmental |latex )*"
    r"(?:allergies|allergy))\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:allerg(?:y|ies|ic)(?: reactions?)? (?:to|include|includes|including|with|of)|"
    r"intoleran(?:t|ce) (?:to|of)|sensitivity to|sensitive to|hypersensitivity to|"
    r"allerg(?:y|ies)\s*[-–]|anaphyla(?:xis|ctic reaction) (?:to|from|with|after)|"
    r"(?:adverse )?reactions? to|cannot tolerate|could not tolerate|unable to tolerate|"
    r"(?:angioedema|hives|rash) (?:to|from|with))"
    r"(?: (?:the|a|an|any|oral|iv|both))*[\s:]*\Z",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:\((?:allergic|allergy)|allerg(?:y|ies)|intolerance|anaphylaxis|hypersensitivity|"
    r"[-–:,]?\s*(?:causes|caused|gives|gave)\b)",
    re.IGNORECASE,
)
_LIST = re.compile(r"\s*(?:,|and|or|/|&|,\s*and|,\s*or)\s*(?:the )?\Z", re.IGNORECASE)
_LINK = re.compile(
    r"\s*(?:[-–—:=(\[→,>]+|causes|caused|gives|gave|with|which caused|leads to|resulting in|develops|"
    r"allerg(?:y|ic)(?: reaction)?(?: reported)?(?: as| with)?|\(?reactions?:?|"
    r"[-–(]*\s*severity.{0,12})?[\s(:\-–—>→]*"
    r"(?:severe |mild |bad |a |diffuse |itchy |facial |gets |got |get |made (?:him|her) |causes |caused |"
    r"reaction:? )*\Z",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:no|not|without|never|never had|denies|denied|nor)"
    r"(?: (?:a|an|any|known|prior|previous|reported|history of))*\s+\Z",
    re.IGNORECASE,
)
_TAPE = re.compile(r"(?:\d+ ?-?(?:h|hr|hour|hours)|holter|ecg|cardiac|surgical) \Z", re.IGNORECASE)
"""What makes a tape one that records."""
_PAST = re.compile(
    r"[,\s]*(?:(?:\([^)\n]{0,40}\) *)?(?:also )?(?:gave|caused|made|brought on|led to|triggered)|"
    r"[-–—:=,]* *(?:you|he|she|they|i) (?:had|got|came out in|developed|went)|which (?:gave|caused|led to)|"
    r"causing|\(|was stopped (?:for|because of))[^.;\n]{0,25}\Z",
    re.IGNORECASE,
)
"""What stands between a drug and what it did once."""
_REACTED = re.compile(r"(?:[(:=>–-]\s*(?:\w+ ){0,2}|[;:,.]\s*[A-Za-z-]+ )\Z")
"""What stands before a reaction: `plasters (itch)`, `codeine: nausea`, `; codeine nausea`."""
_REASON = re.compile(
    r"\b(?:because|b/c|bc|due to|d/t|contra-?indicated|in view|given|as|not)\b[^.;\n]{0,28}\Z", re.IGNORECASE
)
"""What makes a disease the reason against a drug: `NSAIDs: avoid because of CKD`."""
_PARTED = re.compile(r"\n|\.\.*[^.]")
"""What parts a drug from what stands in another line or sentence."""
_ATOPIC = ("J30", "J45", "K52", "K90", "L20", "D", "Z88", "Z91")
"""Codes of what a list of allergies may name itself."""
_TRIED = re.compile(
    r"\b(?:intoleran\w+|tried|adrs?|adverse|sensitivit\w+|react(?:s|ed|ion|ions) to|could not take|"
    r"couldn.t take|prev(?:ious(?:ly)?)?|stopped|avoid|avoids|last time|previous reactions?|do not re-?use|"
    r"a [-–])[^.\n]{0,80}\Z",
    re.IGNORECASE,
)
"""What tells that a drug was taken and is no longer."""
_NOT_SUBSTANCES = frozenset({"antibiotics", "antibiotic", "inhaler", "steroids", "oxygen", "birth control"})


def read(
    words: Words,
    sections: tuple[Section, ...],
    named: Sequence[Entity],
    substances: Lexicon,
    stems: Sequence[str],
) -> list[Entity]:
    """Return entities with substances that the patient does not bear as allergies.

    Each with its reactions.
    """
    known = [*named, *_substances(words, sections, named, substances, stems)]
    known.sort(key=lambda entity: entity.start)
    marked: list[Entity] = []
    for entity in known:
        marked.append(_as_allergy(words, sections, entity, marked))
    kept = [
        entity
        for entity in marked
        if entity.source != "allergen"
        or (
            entity.kind == "allergy"
            and not _TAPE.search(words.text[max(0, entity.start - 12) : entity.start])
        )
    ]
    return [*_with_reactions(words.text, kept, sections), *_none_known(words, sections)]


def _substances(
    words: Words,
    sections: tuple[Section, ...],
    named: Sequence[Entity],
    substances: Lexicon,
    stems: Sequence[str],
) -> Iterator[Entity]:
    taken = [(entity.start, entity.end) for entity in named]
    for first, last, entry in substances.find(stems, 0, len(stems)):
        start, end = words.starts[first], words.ends[last - 1]
        if not any(a < end and start < b for a, b in taken):
            section = section_at(sections, start)
            name, title = (section.kind.name, section.kind.title) if section else ("", "")
            yield Entity(
                start,
                end,
                words.text[start:end],
                entry.kind,
                source="allergen",
                section=name,
                section_title=title,
            )


def _as_allergy(
    words: Words, sections: tuple[Section, ...], entity: Entity, before: Sequence[Entity]
) -> Entity:
    if entity.kind not in {"medication", "allergy"} or entity.text.lower() in _NOT_SUBSTANCES:
        return entity
    text = words.text
    section = section_at(sections, entity.start)
    listed = (
        section is not None
        and section.kind.assume == "allergy"
        and section.body <= entity.start < section.reach
    )
    lead = text[max(0, entity.start - 60) : entity.start]
    told = _BEFORE.search(lead)
    said = told is not None or bool(_AFTER.match(text[entity.end : entity.end + 30]))
    if not (listed or said or _in_list(text, entity, before)):
        return entity
    denied = told is not None and bool(_NEVER.search(lead[: told.start()]))
    kind_only = {key: value for key, value in entity.attributes.items() if key == "reactions"}
    return entity._replace(
        kind="allergy",
        negated=entity.negated or denied,
        historical=False,
        over=False,
        hypothetical=False,
        attributes=kind_only,
    )


def _in_list(text: str, entity: Entity, before: Sequence[Entity]) -> bool:
    """Tell whether a substance stands in a list behind one that is an allergy."""
    last = next((one for one in reversed(before) if one.kind in {"allergy", "medication"}), None)
    return (
        last is not None and last.kind == "allergy" and bool(_LIST.fullmatch(text[last.end : entity.start]))
    )


def _with_reactions(text: str, named: Sequence[Entity], sections: tuple[Section, ...]) -> Iterator[Entity]:
    found = list(named)
    current: int | None = None
    end = 0
    for at, entity in enumerate(found):
        if entity.kind == "allergy":
            current, end = at, entity.end
        elif current is not None and entity.kind in {"symptom", "problem"} and _reaction(text, end, entity):
            host = found[current]
            reactions = (*host.attributes.get("reactions", ()), entity.text)
            found[current] = host._replace(attributes={**host.attributes, "reactions": reactions})
            found[at] = entity._replace(kind="symptom", historical=True, over=True)
            end = entity.end
        elif (
            entity.kind in {"symptom", "problem"}
            and not entity.historical
            and _borne(text, found, at, sections)
        ):
            found[at] = entity._replace(historical=True, over=True)
        elif entity.start - end > 60:
            current = None
    yield from found


def _borne(text: str, found: Sequence[Entity], at: int, sections: tuple[Section, ...]) -> bool:
    """Tell whether something is what a drug did that is no longer taken, or an entry of allergies."""
    one = found[at]
    if one.chronic and _REASON.search(text, max(0, one.start - 45), one.start):
        return False
    listed, near = _among_allergies(text, one, sections)
    itself = "allerg" in one.text.lower() or any(code.code.startswith(_ATOPIC) for code in one.codes)
    if listed and not itself and _REACTED.search(text, max(0, one.start - 40), one.start):
        return True
    before = next((e for e in found[max(0, at - 4) : at][::-1] if e.kind in {"medication", "allergy"}), None)
    between = "." if before is None else text[before.end : one.start]
    if before is None or before.end > one.start or len(between) > 60 or _PARTED.search(between):
        return False
    if near and not itself and ";" not in between and before.section == "allergies":
        return True
    if not _PAST.match(between) and not _LINK.fullmatch(between):
        return False
    told = between.lstrip(" ,")[:1].isalpha() or "had" in between or " got " in between
    return told or bool(_TRIED.search(text, max(0, before.start - 90), before.start))


def _among_allergies(text: str, one: Entity, sections: tuple[Section, ...]) -> tuple[bool, bool]:
    """Tell whether an entity is of a list of allergies, and whether it stands in its first paragraph."""
    section = section_at(sections, one.start)
    if section is None or section.kind.name != "allergies":
        return False, False
    within = one.start < section.reach
    return within, within or "\n\n" not in text[section.body : one.start].strip()


def _reaction(text: str, end: int, entity: Entity) -> bool:
    between = text[end : entity.start]
    return "\n" not in between and (bool(_LINK.fullmatch(between)) or bool(_LIST.fullmatch(between)))


def _none_known(words: Words, sections: tuple[Section, ...]) -> Iterator[Entity]:
    """Yield `no known allergies` as an allergy that is denied."""
    for found in _NONE.finditer(words.text):
        section = section_at(sections, found.start())
        yield Entity(
            found.start(),
            found.end(),
            found.group(),
            "allergy",
            negated=True,
            section=section.kind.name if section else "",
            section_title=section.kind.title if section else "",
            source="rules",
            attributes={"none_known": True},
        )
