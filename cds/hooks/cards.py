"""Cards as types that cannot be built wrong: what the specification forbids raises `CardError` here.

Spec: https://cds-hooks.hl7.org/2.0/#cds-service-response (2.0.1). What a service says it wants changed is a
`Change` in pseudonyms; only after restoration does it become an `Action` with real references.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import nh3

from models.record import Code

Indicator = Literal["info", "warning", "critical"]
INDICATORS: tuple[Indicator, ...] = ("critical", "warning", "info")
SelectionBehavior = Literal["at-most-one", "any"]
ActionSelection = Literal["all", "any", "at-most-one"]

SUMMARY_LIMIT = 139
TOPIC_SYSTEM = "https://clinicards.org/fhir/CodeSystem/card-topic"
OVERRIDE_SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
OWN_OVERRIDE_SYSTEM = "https://clinicards.org/fhir/CodeSystem/override-reason"

_SIGNS = re.compile(r"([\\`*_\[\]|#~>])")
_BEGINS = re.compile(r"^([-+=](?=[\s\-=]|$)|[0-9]+(?=[.)](?:\s|$)))")
_TOPIC = re.compile(r"[A-Za-z0-9]{1,100}\Z")
_ABSOLUTE = re.compile(r"https?://[^\s]+\Z")
_RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}\Z")


class CardError(ValueError):
    """A card, suggestion or action breaks the specification; a defect of a service, never of the caller."""


def _demand(condition: object, message: str) -> None:
    if not condition:
        raise CardError(message)


def plain(text: str) -> str:
    """Return text that came from data as plain inline text: no markup, no control characters, one line.

    Clients render `detail` as Markdown and some raw HTML, so whatever a record held is made harmless:
    tags are taken out, Markdown's own signs escaped.
    """
    text = unicodedata.normalize("NFC", text)
    if "<" in text or "&" in text:
        text = nh3.clean(text, tags=set()).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        text = text.replace("<", "‹").replace(">", "›")
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    text = text.replace("://", ": //").replace("www.", "www .")  # an address in a record is no link of ours
    return _BEGINS.sub(_unmarked, _SIGNS.sub(r"\\\1", text))


def _unmarked(match: re.Match[str]) -> str:
    """Return what would begin a list or a heading as mere text."""
    mark = match[1]
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


@dataclass(frozen=True, slots=True)
class Source:
    """Who says it: a label, a page about it, and the topic an EHR remembers overrides by."""

    label: str
    url: str = ""
    icon: str = ""
    topic: Code | None = None

    def __post_init__(self) -> None:
        _demand(self.label, "source.label is required")
        for name, value in (("url", self.url), ("icon", self.icon)):
            _demand(not value or _ABSOLUTE.match(value), f"source.{name} must be an absolute URL")
        if self.topic is not None:
            _demand(_TOPIC.match(self.topic.code), "source.topic.code must be 1 to 100 letters and digits")
            _demand(self.topic.system, "source.topic.system is required")


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """A coded reason a clinician may give; `display` is required by the specification."""

    code: str
    display: str
    system: str = OWN_OVERRIDE_SYSTEM

    def __post_init__(self) -> None:
        _demand(self.code and self.display and self.system, "an override reason needs code, system, display")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page or a SMART app; `app_context` only with the latter."""

    label: str
    url: str
    type: Literal["absolute", "smart"] = "absolute"
    app_context: str = ""
    autolaunchable: bool | None = None

    def __post_init__(self) -> None:
        _demand(self.label, "link.label is required")
        _demand(_ABSOLUTE.match(self.url), "link.url must be absolute")
        _demand(self.type in {"absolute", "smart"}, "link.type must be absolute or smart")
        _demand(self.type == "smart" or not self.app_context, "appContext is for SMART links only")


@dataclass(frozen=True, slots=True)
class Change:
    """What a service wants done, in pseudonyms: create a resource, patch or delete one that was sent.

    create: `resource` is whole. patch: `reference` names an original of this call and `resource` holds the
    top-level members to replace in it. delete: only `reference`.
    """

    kind: Literal["create", "patch", "delete"]
    description: str
    reference: str = ""
    resource: Mapping[str, Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _demand(self.kind in {"create", "patch", "delete"}, "change must be create, patch or delete")
        _demand(self.description, "a change needs a description: some EHRs show nothing else")
        _demand((self.resource is None) == (self.kind == "delete"), "only a delete has no resource")
        _demand(bool(self.reference) == (self.kind != "create"), "patch and delete name a reference")


@dataclass(frozen=True, slots=True)
class Action:
    """One action as it goes over the wire, with real references."""

    type: Literal["create", "update", "delete"]
    description: str
    resource: Mapping[str, Any] | None = field(default=None, repr=False)
    resource_id: str = ""

    def __post_init__(self) -> None:
        _demand(self.type in {"create", "update", "delete"}, "action.type must be create, update or delete")
        if self.type == "delete":
            _demand(self.resource is None, "a delete has no resource")
            _demand(_RELATIVE.match(self.resource_id), "resourceId must be Type/id")
        else:
            kind = self.resource.get("resourceType") if self.resource is not None else None
            _demand(isinstance(kind, str), f"{self.type} needs a whole FHIR resource")
            _demand(not self.resource_id, "resourceId is for deletes only")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to accept with one click: its actions belong together (all of them)."""

    label: str
    uuid: str
    actions: tuple[Change | Action, ...]
    is_recommended: bool = False
    action_selection: ActionSelection = "all"
    """Which of the actions are taken together; other than all needs a 3.0 client, others get one each."""

    def __post_init__(self) -> None:
        _demand(self.label, "suggestion.label is required")
        _demand(self.action_selection in {"all", "any", "at-most-one"}, "actionSelectionBehavior is unknown")
        _demand(self.uuid, "a suggestion needs a uuid, or feedback cannot name it")
        _demand(self.actions, "a suggestion needs an action")
        _demand(all(a.description for a in self.actions), "an action of a suggestion needs a description")


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `findings` go into its extension as data; `model` names what computed it."""

    uuid: str
    summary: str
    indicator: Indicator
    source: Source
    detail: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    selection_behavior: SelectionBehavior | None = None
    override_reasons: tuple[OverrideReason, ...] = ()
    links: tuple[Link, ...] = ()
    findings: tuple[Mapping[str, Any], ...] = ()
    model: str = ""
    about: Literal["advice", "gap"] = "advice"
    """advice: what the service has to say. gap: a card that names what was not checked."""
    refs: tuple[str, ...] = field(default=(), repr=False)
    """Pseudonyms of the entries that the card is about or rests on; they are never sent."""

    def __post_init__(self) -> None:
        _demand(self.uuid, "card.uuid is required")
        _demand(0 < len(self.summary) <= SUMMARY_LIMIT, f"summary must be 1 to {SUMMARY_LIMIT} characters")
        _demand("\n" not in self.summary, "summary must be one line")
        _demand(self.indicator in INDICATORS, "indicator must be info, warning or critical")
        _demand(bool(self.suggestions) == (self.selection_behavior is not None), _BEHAVIOR)
        _demand(self.selection_behavior in {None, "at-most-one", "any"}, _BEHAVIOR)
        recommended = sum(s.is_recommended for s in self.suggestions)
        _demand(
            recommended <= 1 or self.selection_behavior != "at-most-one",
            "at most one suggestion is recommended where at most one may be taken",
        )

    @property
    def topic(self) -> str:
        """The code an EHR remembers overrides by, or an empty string."""
        return self.source.topic.code if self.source.topic else ""


_BEHAVIOR = "suggestions and selectionBehavior (at-most-one or any) come together or not at all"


def topic(code: str, display: str = "") -> Code:
    """Return the coding of a card's topic: stable, alphanumeric, one per rule, never one per service."""
    return Code(TOPIC_SYSTEM, code, display)


def shorten(text: str, limit: int = SUMMARY_LIMIT) -> str:
    """Return text cut at a word within the limit, with an ellipsis where something was cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[limit // 2 :] else cut).rstrip(" ,;:") + "…"
