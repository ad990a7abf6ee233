"""What may become of one member: each action by its name in the rules, made for one path of one run."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cds.fhir.types import RESOURCE_TYPES
from cds.privacy.leaving import addresses, documents
from cds.privacy.leaving.acting_codes import CODE_ACTIONS
from cds.privacy.leaving.acting_words import WORD_ACTIONS
from cds.privacy.leaving.codings import is_canonical, is_public_system
from cds.privacy.leaving.rules import Rule, actions
from cds.privacy.leaving.state import MASKED, REDACTED, Act, State, masked

Make = Callable[[State, str, Rule], Act]

_IS_REQUEST = re.compile(r"[A-Z][A-Za-z]+\Z").match
_MOST_REFERENCES = 50_000
_IDENTIFIER_USES = frozenset({"usual", "official", "temp", "secondary", "old"})
_ADDRESS_WORDS: Mapping[str, frozenset[str]] = {
    "use": frozenset({"home", "work", "temp", "old", "billing"}),
    "type": frozenset({"postal", "physical", "both"}),
}


def _gone(_state: State, _path: str, _rule: Rule) -> Act:
    return lambda _value: None


def _ref(state: State, path: str, _rule: Rule) -> Act:
    """Return the action on a reference; one that comes again is the same object again."""
    counts, rewrite, shared = state.ledger.counts, state.tokens.reference, state.references
    dropped = state.ledger.slot(f"{path}.display", "dropped")

    def ref(value: Any) -> Any:
        if type(value) is not dict:
            return None
        text = value.get("reference")
        if type(text) is not str:
            return _unaddressed(value, state)
        bare = len(value) == 1
        if bare and (found := shared.get(text)):
            return found
        made = rewrite(text) if text[:1] != "#" else state.inner.get(text, "")
        if not made:
            return _unaddressed(value, state)
        if bare:
            return _shared({"reference": made}, text, shared)
        counts[dropped] += "display" in value
        return _described({"reference": made}, value, state)

    return ref


def _shared(made: dict[str, str], text: str, shared: dict[str, dict[str, str]]) -> dict[str, str]:
    """Remember a reference: a record refers to its patient in every line."""
    if text[:1] != "#":
        if len(shared) >= _MOST_REFERENCES:
            shared.clear()
        shared[text] = made
    return made


def _described(made: dict[str, str], value: Mapping[str, Any], state: State) -> dict[str, str]:
    """Return a reference with the type it says; its display and identifier are gone."""
    kind = value.get("type")
    if isinstance(kind, str) and kind in RESOURCE_TYPES:
        made["type"] = kind
    state.marks |= REDACTED
    return made


def _unaddressed(value: Mapping[str, Any], state: State) -> Any:
    """Return a reference that names its target by an identifier, or None where nothing of it may stay."""
    state.marks |= REDACTED
    text, identifier = value.get("reference"), value.get("identifier")
    kind, token = state.tokens.by_identifier(text) if isinstance(text, str) else ("", "")
    if not token and isinstance(identifier, dict):
        token = state.tokens.identifier(identifier)
    if not token:
        return None
    made = _described({}, value, state)
    return {**({"type": kind} if kind else made), "identifier": {"value": token}}


def _identifier(state: State, path: str, rule: Rule) -> Act:
    if not state.shape.limited:
        return _gone(state, path, rule)
    concept = CODE_ACTIONS["concept"](state, f"{path}.type", Rule("concept"))

    def identifier(value: Any) -> Any:
        token = state.tokens.identifier(value) if isinstance(value, dict) else ""
        if not token:
            return None
        state.marks |= MASKED
        kept: dict[str, Any] = {}
        if value.get("use") in _IDENTIFIER_USES:
            kept["use"] = value["use"]
        kind = value.get("type")
        if kind is not None and (made := concept(kind)):
            kept["type"] = {"coding": made["coding"]} if "coding" in made else made
        system = value.get("system")
        if isinstance(system, str) and is_public_system(system):
            kept["system"] = system
        return {**kept, "value": token}

    return identifier


def _uid(state: State, _path: str, _rule: Rule) -> Act:
    def uid(value: Any) -> Any:
        return state.tokens.uid(value) if isinstance(value, str) and value else None

    return uid


def _plain(state: State, _path: str, _rule: Rule) -> Act:
    fits = re.compile(r"[A-Za-z0-9./_:\-]{1,64}\Z").match

    def plain(value: Any) -> Any:
        if type(value) is not str or not value:
            return None
        return value if fits(value) and not state.voice.within(value) else state.tokens.word(value)

    return plain


def _canonical(state: State, _path: str, _rule: Rule) -> Act:
    def canonical(value: Any) -> Any:
        fits = type(value) is str and is_canonical(value) and not state.voice.within(value)
        return value if fits else None

    return canonical


def _full_url(state: State, _path: str, _rule: Rule) -> Act:
    def full_url(value: Any) -> Any:
        return (state.tokens.full_url(value) or None) if isinstance(value, str) else None

    return full_url


def _request_url(state: State, _path: str, _rule: Rule) -> Act:
    def request_url(value: Any) -> Any:
        if not isinstance(value, str):
            return None
        if _IS_REQUEST(value):
            return value if value in RESOURCE_TYPES else None
        made = state.tokens.reference(value)
        return made if made and not made.startswith("urn:") else None

    return request_url


def _address(state: State, _path: str, _rule: Rule) -> Act:
    with_zip3 = state.shape.zip3

    def address(value: Any) -> Any:
        if not isinstance(value, dict):
            return None
        kept = addresses.address(value, with_zip3=with_zip3)
        state.marks |= REDACTED
        words = {n: value[n] for n, allowed in _ADDRESS_WORDS.items() if value.get(n) in allowed}
        return {**words, **kept} if kept else None

    return address


def _mime(_state: State, _path: str, _rule: Rule) -> Act:
    return lambda value: documents.mime(value) or None


def _payload(state: State, _path: str, _rule: Rule) -> Act:
    """Scrub base64 text; the media type is the one beside it."""

    def payload(value: Any) -> Any:
        made = documents.payload(value, state.mime, state.scrubbed)
        return documents.encoded(made) if made is not None else None

    return payload


def _attachment(state: State, path: str, _rule: Rule) -> Act:
    dropped = state.ledger.slot(f"{path}.data", "dropped")

    def attachment(value: Any) -> Any:
        if not isinstance(value, dict):
            return None
        kind = documents.mime(value.get("contentType"))
        made: dict[str, Any] = {"contentType": kind} if kind else {}
        if created := state.calendar.when(value.get("creation")):
            made["creation"] = created
        clean = documents.payload(value.get("data"), kind, state.scrubbed)
        link = state.tokens.reference(value["url"]) if isinstance(value.get("url"), str) else ""
        if clean is not None:
            made |= {
                "contentType": documents.plain(kind),
                "data": documents.encoded(clean),
                "size": len(clean),
            }
        elif link.startswith("Binary/"):
            made["url"] = link
        elif not {"data", "url", "_data"}.isdisjoint(value):  # `_data`: lost before, and still said so
            made["_data"] = masked()
            state.ledger.counts[dropped] += 1
            state.marks |= MASKED
        state.marks |= REDACTED
        return made or None

    return attachment


ACTIONS: Mapping[str, Make] = {
    **{name: _gone for name, action in actions().items() if action.get("gone")},
    **CODE_ACTIONS,
    **WORD_ACTIONS,
    "ref": _ref,
    "identifier": _identifier,
    "uid": _uid,
    "plain": _plain,
    "canonical": _canonical,
    "full-url": _full_url,
    "request-url": _request_url,
    "address": _address,
    "mime": _mime,
    "payload": _payload,
    "attachment": _attachment,
}
